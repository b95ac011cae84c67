import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeEventsCommand } from '@aws-sdk/client-rds';
import { expect, onTestFinished, test } from 'vitest';
import { createClients } from '../../../cli/access/clients.ts';

async function serverThatNeverReplies() {
  const server = createServer(() => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('clients that are closed abort the requests in flight, and retry none', async () => {
  const { server, endpoint } = await serverThatNeverReplies();
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  const clients = createClients({ region: 'eu-central-1', endpoint, credentials });
  const sent = clients
    .rds()
    .send(new DescribeEventsCommand({}))
    .catch((error: Error) => error.name);
  const [, response] = await once(server, 'request');
  const hungUp = once(response, 'close');
  clients.close();
  await hungUp;
  expect(await sent).toBe('AbortError');
  expect(requests).toBe(1);
});
