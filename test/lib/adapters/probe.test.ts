import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { probe } from '../../../lib/adapters/probe.ts';
import type { Protocol } from '../../../lib/protocols.ts';

/** What the kernel may do to a probing socket: bind it to a given port, or break it. */
const kernel = vi.hoisted(() => ({ binds: {}, breaks: (_: Socket) => {} }));
vi.mock(import('node:net'), async (original) => {
  const net = await original();
  const connect = (to: object) => {
    const socket = net.connect({ ...to, ...kernel.binds } as never);
    kernel.breaks(socket);
    return socket;
  };
  return { ...net, connect: connect as typeof net.connect };
});

const servers: Server[] = [];

afterEach(() => {
  Object.assign(kernel, { binds: {}, breaks: () => {} });
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close();
});

async function serve(behave: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    behave(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const answering = (bytes: readonly number[]) =>
  serve((socket) => void socket.once('data', () => socket.write(Buffer.from(bytes))));

const ask = (port: number, protocol: Protocol, ms = 2000) => probe({ address: '127.0.0.1', port, protocol }, ms);

describe('what a database says to the first bytes of its protocol', () => {
  /** A prelogin response: type 4, 43 long; a TNS refusal: 8 long, type 4. */
  const sqlServer = [4, 1, 0, 43, 0, 0, 1, 0];
  const refusal = [0, 8, 0, 0, 4, 0, 0, 0];
  test.each<[Protocol, readonly number[], object]>([
    ['postgres', [0x53], { result: 'ok', said: 'PostgreSQL, with TLS' }],
    ['sqlserver', sqlServer, { result: 'ok', said: 'SQL Server' }],
    ['oracle', refusal, { result: 'ok', said: "Oracle's listener" }],
    ['sqlserver', refusal, { result: 'other-protocol' }],
    ['oracle', [72, 84, 84, 80, 47], { result: 'other-protocol', said: '"HTTP/"' }],
  ])('%s: %j', async (protocol, bytes, expected) => {
    expect(await ask(await answering(bytes), protocol)).toMatchObject(expected);
  });

  test('SQL Server is asked by a packet whose length is right, and Oracle too', async () => {
    for (const [protocol, lengthAt, type] of [
      ['sqlserver', 2, [0, 0x12]],
      ['oracle', 0, [4, 1]],
    ] as const) {
      const heard = Promise.withResolvers<Buffer>();
      const port = await serve((socket) => {
        socket.once('data', heard.resolve);
        socket.once('data', () => socket.end());
      });
      await ask(port, protocol);
      const packet = await heard.promise;
      expect(packet.readUInt16BE(lengthAt)).toBe(packet.length);
      expect(packet[type[0]]).toBe(type[1]);
    }
  });

  test.each<[Protocol, string, string]>([
    ['postgres', 'S', '00 00 00 08 04 d2 16 2f'],
    ['mysql', '\x06\0\0\0\x0a8.4.0', ''],
    ['tcp', 'S', ''],
  ])('%s is answered not a word more, whatever it says', async (protocol, answer, said) => {
    const heard = Promise.withResolvers<Buffer>();
    const port = await serve((socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.once('close', () => heard.resolve(Buffer.concat(chunks)));
      socket.write(answer);
    });
    await ask(port, protocol);
    expect((await heard.promise).toString('hex')).toBe(said.replaceAll(' ', ''));
  });

  test('a process that hangs accepts, since the kernel does, and is silent', async () => {
    const port = await serve(() => {});
    for (const protocol of ['postgres', 'mysql', 'sqlserver', 'oracle'] as const)
      expect(await ask(port, protocol, 50)).toEqual({ result: 'silent' });
  });

  test('a database that hangs up says so, also after a part of its first packet', async () => {
    for (const part of ['', '\x06\0'])
      expect(await ask(await serve((socket) => void socket.end(part)), 'mysql')).toEqual({ result: 'closed' });
  });

  test('an address that does not answer has its time, and no timer is left behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const said = ask(await serve(() => {}), 'postgres');
    // Before the kernel can say that it is connected.
    vi.advanceTimersByTime(2000);
    expect(await said).toEqual({ result: 'timeout' });
    await ask(await answering([0x53]), 'postgres');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a server of a protocol that is not known need not speak: it is enough that it stays for half a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let said: unknown;
    void ask(await serve(() => {}), 'tcp', 3_600_000).then((spoken) => {
      said = spoken;
    });
    for (let i = 0; i < 1000 && !said; i++) {
      vi.advanceTimersByTime(500);
      await new Promise(setImmediate);
    }
    expect(said).toEqual({ result: 'ok', said: 'TCP, stays open' });
  });

  test('a port without a listener that the kernel gives to the probing socket itself is closed', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    kernel.binds = { localAddress: '127.0.0.1', localPort: port };
    expect(await ask(port, 'tcp')).toEqual({ result: 'refused' });
  });

  test('a server is not taken for the probing socket because that has the same port at another address', async () => {
    const port = await serve((socket) => void socket.write('S'));
    kernel.breaks = (socket) =>
      Object.defineProperties(socket, { localPort: { value: port }, localAddress: { value: '10.0.1.10' } });
    expect(await ask(port, 'tcp')).toMatchObject({ result: 'ok' });
  });

  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
  ])('a connection that fails with %s is %s', async (code, result) => {
    kernel.breaks = (socket) => void socket.destroy(Object.assign(new Error(code), { code }));
    expect(await ask(await serve(() => {}), 'postgres')).toEqual(
      result === 'unreachable' ? { result, code } : { result },
    );
  });

  test('a port that is closed refuses, and an address that cannot be is unreachable', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await ask(port, 'postgres')).toEqual({ result: 'refused' });
    expect(await probe({ address: 'no address', port: 1, protocol: 'tcp' }, 2000)).toMatchObject({
      result: 'unreachable',
    });
  });
});
