import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { compose } from '../../functions/compose.ts';

const environment = {
  DATABASE_NAME: 'orders',
  DATABASE_KIND: 'cluster',
  DATABASE_ID: 'orders',
  TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
};

test('a throttled question about a member is asked once, since the functions of all clusters ask it in the same second', async () => {
  const asked: string[] = [];
  const server = createServer(async (request, reply) => {
    const [body = ''] = await request.map(String).toArray();
    asked.push(new URLSearchParams(body).get('Action') ?? '');
    reply.writeHead(400, { 'content-type': 'text/xml' });
    reply.end('<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error></ErrorResponse>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'y');
  const { ports } = compose(environment);
  expect(await ports.topologyOnce?.describe()).toMatchObject({ kind: 'unavailable', error: { code: 'Throttled' } });
  expect(asked.length).toBeGreaterThan(0);
  expect([...new Set(asked)]).toEqual(asked);
});

test('only a cluster is asked about its members', () => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  expect(compose({ ...environment, DATABASE_KIND: 'instance' }).ports.topologyOnce).toBeUndefined();
});
