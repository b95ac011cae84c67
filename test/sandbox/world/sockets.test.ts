import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { dial, isConnectedWithItself } from '../../../sandbox/world/sockets.ts';

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
