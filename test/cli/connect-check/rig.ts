import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';
import { createDnsServer } from '../../../sandbox/data-plane/dns/dns-server.ts';
import { createJournal } from '../../../sandbox/world/journal.ts';
import { reset } from '../../../sandbox/world/sockets.ts';
import type { Zone } from '../../../sandbox/world/types.ts';
import { type Ended, type Environment, runAlone } from '../terminal.ts';

/* The command against real sockets on loopback. */

// A process per command, some per test: a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export const closing = (close: () => unknown) => void closers.push(close);

const command = join(import.meta.dirname, '../../../dist/cli/rds-target.mjs');

const wide = { PATH: process.env.PATH ?? '', NO_COLOR: '1', COLUMNS: '100' };

/** In this process, which costs a twentieth of one in a process of its own. */
export const run = (args: readonly (string | number)[], env: Environment = {}): Promise<Ended> =>
  runAlone(args.map(String), { ...wide, ...env });

/** The built command, as it ends by itself in a process of its own. */
export const runBuilt = (args: readonly (string | number)[], env: Environment = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env: { ...wide, ...env }, timeout: 60_000 };
    execFile(process.execPath, [command, ...args.map(String)], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err }),
    );
  });

/** A TCP server on 127.0.0.1 that does this with each connection; gives its port. */
export async function serve(serveSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serveSocket(socket);
  });
  await listening(server);
  closing(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const listening = (server: Server) =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

/** Answers the first bytes of a client. */
export const answering = (reply: Buffer | string) =>
  serve((socket) => socket.once('data', () => void socket.write(reply)));
/** Speaks first. */
export const greeting = (words: Buffer | string) => serve((socket) => void socket.write(words));
export const silent = () => serve((socket) => void socket.resume());
export const resetting = () => serve((socket) => reset(socket));

/** A port without a listener: it was free a moment ago, and is not handed out again soon. */
export async function refusing(): Promise<number> {
  const server = createServer();
  await listening(server);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A port whose queue of new connections is full and never served: a further connection gets no answer, as behind a firewall. */
export async function dropping(): Promise<number> {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port) + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  closing(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(String(line));
  await fill(port);
  return port;
}

/** Takes every place in the queue: until three connections in a row stay without an answer. */
async function fill(port: number): Promise<void> {
  for (let unanswered = 0, i = 0; unanswered < 3 && i < 100; i++) {
    const socket = connect({ host: '127.0.0.1', port });
    closing(() => socket.destroy());
    socket.on('error', () => {});
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 400, false)),
    ]);
    unanswered = isOpen ? 0 : unanswered + 1;
  }
}

/** A name server; gives its address for --dns-server. */
export async function nameServer(zone: Zone): Promise<string> {
  const server = await createDnsServer({ zone, journal: createJournal() });
  closing(() => server.close());
  return server.address;
}

/** MySQL's greeting, as far as a client reads it before it answers. */
export function mysqlGreeting(version = '8.4.3'): Buffer {
  const payload = Buffer.concat([Buffer.from([10]), Buffer.from(`${version}\0`), Buffer.alloc(40, 1)]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}

export function mysqlError(code: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([255, code & 255, code >> 8]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}

export function postgresError(text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C53300\0M${text}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
