import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createListenerEngine } from '../../../../sandbox/world/database/listener-engine.ts';
import type { Engine } from '../../../../sandbox/world/types.ts';

const hosts = ['one', 'two'].map((id, index) => ({ id, ip: `10.0.${index}.1`, availabilityZone: 'eu-central-1a' }));
let engine: Engine;

afterEach(() => engine.close());

async function started() {
  engine = createListenerEngine();
  await engine.start(hosts, 'orders.example');
  return engine;
}

const end = (socket: Socket) =>
  new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('close', resolve);
  });

async function greeted(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.write('who?');
  const [line] = await once(socket, 'data');
  return { socket, greeting: JSON.parse(String(line)) };
}

test('the first host greets as the primary and the second as a standby', async () => {
  const { localPort } = await started();
  const first = await greeted(localPort('one'));
  const second = await greeted(localPort('two'));
  expect([first.greeting, second.greeting]).toEqual([
    { hostId: 'one', role: 'primary' },
    { hostId: 'two', role: 'standby' },
  ]);
  first.socket.destroy();
  second.socket.destroy();
});

test('a kill breaks open connections and refuses new ones', async () => {
  const { kill, localPort } = await started();
  const { socket } = await greeted(localPort('one'));
  const broken = end(socket);
  await kill('one');
  await broken;
  await expect(greeted(localPort('one'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a killed primary rejoins as a standby on the port that it had', async () => {
  const { kill, promote, rejoin, localPort } = await started();
  const port = localPort('one');
  await kill('one');
  await promote('two');
  await rejoin('one');
  const { socket, greeting } = await greeted(port);
  expect(greeting).toEqual({ hostId: 'one', role: 'standby' });
  socket.destroy();
});

test('an open session sees the promotion in the answer to its next line', async () => {
  const { kill, promote, localPort } = await started();
  const { socket } = await greeted(localPort('two'));
  await kill('one');
  await promote('two');
  socket.write('who are you\n');
  const [line] = await once(socket, 'data');
  expect(JSON.parse(String(line)).role).toBe('primary');
  socket.destroy();
});

test('a host that is down cannot be promoted', async () => {
  const { kill, promote } = await started();
  await kill('two');
  await expect(promote('two')).rejects.toThrow();
});

test('a restart breaks the sessions and keeps role and port', async () => {
  const { restart, localPort } = await started();
  const { socket } = await greeted(localPort('one'));
  const broken = end(socket);
  await restart?.('one');
  await broken;
  const again = await greeted(localPort('one'));
  expect(again.greeting).toEqual({ hostId: 'one', role: 'primary' });
  again.socket.destroy();
});

test('it may be closed twice, and after a kill', async () => {
  const { kill, close, localPort } = await started();
  await kill('one');
  await close();
  await close();
  await expect(greeted(localPort('two'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
