import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, describe, expect, test } from 'vitest';
import { boundedClient } from '../../../lib/adapters/aws-client.ts';
import { createElbv2TargetGroup } from '../../../lib/adapters/elbv2-target-group.ts';

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers.splice(0)) close();
});

async function groupBehind(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  const client = new ElasticLoadBalancingV2Client({
    ...boundedClient(),
    region: 'eu-central-1',
    endpoint,
    credentials,
  });
  return createElbv2TargetGroup(
    client,
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
  );
}

/* These wait for real time-outs: that they exist is what is tested. */
describe.concurrent('a call that hangs', () => {
  test('is given up after three attempts of two seconds', { timeout: 15_000 }, async () => {
    let attempts = 0;
    const group = await groupBehind(() => {
      attempts += 1;
    });
    const began = performance.now();
    await expect(group.list()).rejects.toMatchObject({ code: 'TimedOut', retriable: true });
    expect(attempts).toBe(3);
    expect(performance.now() - began).toBeLessThan(9000);
  });

  test('in the middle of its reply is given up as well', { timeout: 15_000 }, async () => {
    const group = await groupBehind((_, reply) => {
      reply.writeHead(200, { 'content-type': 'text/xml', 'content-length': '5000' });
      reply.write('<DescribeTargetHealthResponse>');
    });
    await expect(group.list()).rejects.toMatchObject({ name: 'ReconcileError' });
  });

  test('and sends a byte now and then times out as well', { timeout: 15_000 }, async () => {
    const group = await groupBehind(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const dribble = setInterval(() => socket.write('y'), 500);
      socket.once('close', () => clearInterval(dribble));
    });
    await expect(group.list()).rejects.toMatchObject({ name: 'ReconcileError' });
  });

  test('and sends its reply byte by byte is given up as well', { timeout: 15_000 }, async () => {
    const group = await groupBehind((_, reply) => {
      reply.writeHead(200, { 'content-type': 'text/xml' });
      const dribble = setInterval(() => reply.write(' '), 300);
      reply.once('close', () => clearInterval(dribble));
    });
    const began = performance.now();
    await expect(group.list()).rejects.toMatchObject({ code: 'TimedOut', retriable: true });
    expect(performance.now() - began).toBeLessThan(9000);
  });

  test('and never ends its reply is given up before it fills the memory', async () => {
    let sent = 0;
    const group = await groupBehind((_, reply) => {
      reply.writeHead(200, { 'content-type': 'text/xml' });
      const more = () => {
        while (!reply.destroyed && reply.write('x'.repeat(1_000_000))) sent += 1_000_000;
      };
      reply.on('drain', more).on('error', () => undefined);
      more();
    });
    await expect(group.list()).rejects.toThrow(/the reply is longer than 2097152 bytes/);
    expect(sent).toBeLessThan(80_000_000);
  });

  test('is cut at the deadline', async () => {
    const group = await groupBehind(() => {});
    await expect(group.list(AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  });
});
