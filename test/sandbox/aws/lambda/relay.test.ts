import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createRelay, type Relay } from '../../../../sandbox/aws/lambda/relay.ts';
import { createNetwork, type Network } from '../../../../sandbox/world/network.ts';

const [ip, port]: [string, number] = ['10.0.1.10', 5432];
const other = '10.0.2.10';
const undone: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undone.splice(0)) await undo();
});

/** A host that repeats what it hears, behind a relay. */
async function hostBehind(): Promise<{ network: Network; relay: Relay; accepted: Socket[]; localPort: number }> {
  const network = createNetwork();
  const relay = createRelay(network);
  const accepted: Socket[] = [];
  const server = createServer(
    { allowHalfOpen: true },
    (socket) => void accepted.push(socket.on('error', () => {}).pipe(socket)),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  undone.push(
    () => relay.close(),
    () => server.close(),
    () => accepted.map((socket) => socket.destroy()),
  );
  const { port: localPort } = server.address() as AddressInfo;
  network.attach(ip, port, localPort);
  return { network, relay, accepted, localPort };
}

async function through(relay: Relay, address = ip): Promise<Socket> {
  const client = connect({ host: '127.0.0.1', port: (await relay.portFor(address, port)) ?? 0, allowHalfOpen: true });
  undone.push(() => client.destroy());
  await once(
    client.on('error', () => {}),
    'connect',
  );
  return client;
}

const closing = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const heard = async (client: Socket): Promise<string> => String((await once(client, 'data'))[0]);

test('a connection is carried both ways, and each direction ends by itself', async () => {
  const { relay } = await hostBehind();
  const client = await through(relay);
  client.write('hello');
  expect(await heard(client)).toBe('hello');
  client.end('bye');
  expect(await heard(client)).toBe('bye');
  await once(client, 'end');
});

test('a host without a listener gives no port, and one whose process ends resets its connections', async () => {
  const { network, relay, accepted } = await hostBehind();
  const client = await through(relay);
  client.write('hello');
  await heard(client);
  const closed = closing(client);
  accepted[0]?.resetAndDestroy();
  await closed;
  network.detach(ip, port);
  expect(await relay.portFor(ip, port)).toBeUndefined();
});

test('a host that is fenced says nothing more, not even that its process ends, until another answers at its address', async () => {
  const { network, relay, accepted, localPort } = await hostBehind();
  const client = await through(relay);
  client.write('hello');
  await heard(client);
  let said = '';
  client.on('data', (chunk) => {
    said += chunk;
  });
  network.silence(ip, port);
  expect(await relay.portFor(ip, port)).toBeUndefined();
  const [host] = accepted;
  if (!host) throw new Error('nothing was accepted');
  // What goes another way meanwhile has come back after what would have come this way.
  network.attach(other, port, localPort);
  const roundTrip = async () => {
    const beside = await through(relay, other);
    beside.write('hello');
    await heard(beside);
  };
  client.write('are you there?');
  await roundTrip();
  const gone = closing(host);
  host.resetAndDestroy();
  await gone;
  await roundTrip();
  expect(said).toBe('');
  expect(client.destroyed).toBe(false);
  const closed = closing(client);
  network.attach(ip, port, localPort);
  await closed;
});
