import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { reset } from '../../sandbox/world/sockets.ts';

/** Both ends of a connection on loopback. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  const [served] = await accepted;
  for (const socket of [client, served]) socket.on('error', () => {});
  return [client, served];
}

test('a reset reaches the other side', async () => {
  const [client, served] = await pair();
  const code = new Promise((resolve) => served.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
  served.resume();
  reset(client);
  expect(await code).toBe('ECONNRESET');
});

test('a socket whose end is on its way closes all the same', async () => {
  const [client, served] = await pair();
  onTestFinished(() => void served.destroy());
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.end();
  reset(client);
  await closed;
});
