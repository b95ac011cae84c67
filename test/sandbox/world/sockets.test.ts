import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { dial, isConnectedWithItself, reset } from '../../../sandbox/world/sockets.ts';

async function listen() {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

const outcomeOf = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = dial(port, (accepted) => {
      socket.destroy();
      resolve(accepted);
    });
    socket.on('error', () => {});
  });

test('tells whether something accepts on the port', async () => {
  const { port, close } = await listen();
  expect(await outcomeOf(port)).toBe(true);
  await close();
  expect(await outcomeOf(port)).toBe(false);
});

test('recognizes a socket that TCP has connected with itself', async () => {
  const { port, close } = await listen();
  await close();
  // What the kernel does by chance, once in many thousand attempts, is certain when the own port is asked for.
  const socket = connect({ host: '127.0.0.1', port, localPort: port });
  await once(socket, 'connect');
  expect(isConnectedWithItself(socket)).toBe(true);
  socket.destroy();
});

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
