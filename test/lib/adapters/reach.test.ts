import { createServer, Socket } from 'node:net';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test, vi } from 'vitest';
import { createApiRoutes } from '../../../lib/adapters/api-routes.ts';
import { connect } from '../../../lib/adapters/tcp.ts';

async function listening() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, port, close: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

describe('a connection', () => {
  test('that opens is ended without a word', async () => {
    const { server, port, close } = await listening();
    const heard = new Promise<number>((resolve) => {
      server.once('connection', (socket) => {
        socket.on('data', () => resolve(1));
        socket.on('error', () => resolve(0));
        socket.on('close', () => resolve(socket.bytesRead));
      });
    });
    expect(await connect({ ip: '127.0.0.1', port })).toEqual({ kind: 'open' });
    expect(await heard).toBe(0);
    await close();
  });

  test('that nobody listens for is refused', async () => {
    const { port, close } = await listening();
    await close();
    expect(await connect({ ip: '127.0.0.1', port })).toEqual({
      kind: 'refused',
      message: `127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test('that nobody answers is given up', async () => {
    const { port, close } = await listening();
    const patience = vi.spyOn(Socket.prototype, 'setTimeout').mockImplementation(function (this: Socket) {
      // The time is over before anything can come.
      process.nextTick(() => this.emit('timeout'));
      return this;
    });
    try {
      expect(await connect({ ip: '127.0.0.1', port })).toEqual({
        kind: 'silent',
        message: `127.0.0.1:${port} did not answer within 3000 ms`,
      });
      expect(patience).toHaveBeenCalledWith(3000);
    } finally {
      patience.mockRestore();
    }
    await close();
  });

  test('that cannot be made was not refused by anybody', async () => {
    expect(await connect({ ip: 'no address', port: 1 })).toMatchObject({
      kind: 'silent',
      message: expect.stringMatching(/^no address:1: /),
    });
  });
});

/** Too long for a name, so that no server is asked. */
const unresolvable = `${'x'.repeat(64)}.example`;

describe('the routes of API calls', () => {
  test('are the hosts that were called, each with its addresses', async () => {
    const routes = createApiRoutes();
    const client = (endpoint: string) =>
      routes.follow(
        new RDSClient({
          region: 'eu-central-1',
          endpoint,
          credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
          maxAttempts: 1,
          requestHandler: { handle: () => Promise.reject(new Error('no network here')) },
        }),
      );
    expect(await routes.hosts()).toEqual([]);
    for (const endpoint of [`http://${unresolvable}`, 'http://127.0.0.1:1', 'http://127.0.0.1:2'])
      await expect(client(endpoint).send(new DescribeDBInstancesCommand({}))).rejects.toThrow('no network here');
    expect(await routes.hosts()).toEqual([
      { host: '127.0.0.1', addresses: ['127.0.0.1'] },
      { host: unresolvable, addresses: [] },
    ]);
  });
});
