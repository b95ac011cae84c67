import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createTcpClient } from '../../../../cli/drill/clients/tcp.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('the client that only connects', () => {
  const listen = (treat: (socket: Socket) => void = () => {}) =>
    new Promise<{ host: string; port: number }>((resolve) => {
      const server = createServer((socket) => treat(socket.on('error', () => {})));
      servers.push(server);
      server.listen(0, '127.0.0.1', () =>
        resolve({ host: '127.0.0.1', port: (server.address() as { port: number }).port }),
      );
    });

  test('is served by anything that listens, and tells a refusal by its code', async () => {
    const address = await listen();
    const limits = { timeoutMs: 10_000, holdMs: 0 };
    await createTcpClient(address, limits).attempt(1);
    await new Promise((resolve) => servers[0]?.close(resolve));
    await expect(createTcpClient(address, limits).attempt(2)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['closes', (socket: Socket) => socket.end(), 'closed at once'],
  ])('is not served by something that accepts and %s: a proxy with nothing behind it', async (_, treat, code) => {
    // A moment after the connection, as a proxy that first tries its own way.
    const address = await listen((socket) => void setTimeout(() => treat(socket), 20));
    // Far longer than a reset takes on a busy machine.
    const client = createTcpClient(address, { timeoutMs: 60_000, holdMs: 30_000 });
    await expect(client.attempt(1)).rejects.toMatchObject({ code });
  });
});
