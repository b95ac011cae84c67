import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Zone } from '../../world/types.ts';
import { TTL_SECONDS } from './records.ts';
import { type AnswerKind, type Response, respond, type Transport, type TtlOf } from './respond.ts';

type DnsQuery = {
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  /** Lower case, without the final dot; empty when the message could not be read. */
  readonly name: string;
  readonly type: string;
  readonly answer: AnswerKind;
};

export type DnsServer = {
  /** `127.0.0.1:PORT`, UDP and TCP. */
  readonly address: string;
  /** The latest queries, oldest first (10,000 at most: a soak asks for hours). */
  queries(): readonly DnsQuery[];
  close(): Promise<void>;
};

/**
 * A resolver's cache, as far as a client sees it: the TTL counts down to nothing and begins anew, and a changed answer is a new one. The
 * zone is asked all the same; the database's timings say how late DNS is.
 */
function createTtls({ elapsed }: Pick<SandboxClock, 'elapsed'>): TtlOf {
  const cached = new Map<string, { readonly text: string; readonly since: number }>();
  return (name, type, answer) => {
    const key = `${name} ${type}`;
    const text = JSON.stringify(answer);
    const now = elapsed();
    const known = cached.get(key);
    const age = known?.text === text ? Math.floor((now - known.since) / 1000) : TTL_SECONDS;
    if (age < TTL_SECONDS) return TTL_SECONDS - age;
    if (cached.size >= NAMES_CACHED) cached.clear();
    cached.set(key, { text, since: now });
    return TTL_SECONDS;
  };
}

const QUERIES_KEPT = 10_000;
const NAMES_CACHED = 10_000;

/**
 * The name server of the sandbox. The zone is asked at every query, so it may change its mind at any time. The journal
 * gets `answer-changed` whenever a name's answer differs from the one before.
 */
export async function createDnsServer(options: {
  readonly zone: Zone;
  readonly journal: Journal;
  /** What a TTL counts down by; the wall's when absent. */
  readonly clock?: Pick<SandboxClock, 'elapsed'>;
  readonly port?: number;
}): Promise<DnsServer> {
  const { zone, journal, clock = { elapsed: () => performance.now() }, port = 0 } = options;
  const ttlOf = createTtls(clock);
  let queries: DnsQuery[] = [];
  const lastAnswers = new Map<string, string>();

  const note = ({ name, type, answer }: Response) => {
    if (queries.length >= 2 * QUERIES_KEPT) queries = queries.slice(-QUERIES_KEPT);
    queries.push({ at: Date.now(), name, type, answer });
  };
  const asked: Zone = (name, type) => {
    try {
      return zone(name, type);
    } catch (error) {
      journal.write('dns', 'zone-failed', { name, type, error: String(error) });
      return { kind: 'servfail' };
    }
  };
  const watched: Zone = (name, type) => {
    const answer = asked(name, type);
    const key = `${name} ${type}`;
    const text = JSON.stringify(answer);
    if (lastAnswers.get(key) !== text) journal.write('dns', 'answer-changed', { name, type, answer });
    lastAnswers.set(key, text);
    return answer;
  };

  const transports = await listen(port, (message, transport) => {
    const response = respond(message, transport, watched, ttlOf);
    note(response);
    return response.message;
  });
  let closed: Promise<void> | undefined;
  return {
    address: `127.0.0.1:${transports.port}`,
    queries: () => queries.slice(-QUERIES_KEPT),
    close() {
      closed ??= transports.close();
      return closed;
    },
  };
}

/** Gives the message to send back, or undefined for silence. */
type Responder = (message: Buffer, transport: Transport) => Buffer | undefined;

type Transports = { readonly port: number; close(): Promise<void> };

const LOOPBACK = '127.0.0.1';
const PORT_ATTEMPTS = 20;
const TCP_IDLE_MS = 10_000;

/** Listens for DNS over UDP and TCP on one port of the loopback interface. */
async function listen(port: number, respond: Responder): Promise<Transports> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = await listenUdp(port, respond);
    try {
      const tcp = await listenTcp(udp.address().port, respond);
      return { port: udp.address().port, close: () => closeBoth(udp, tcp) };
    } catch (error) {
      await closeUdp(udp);
      // The free UDP port that was given may be taken for TCP: another one will do.
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenUdp(port: number, respond: Responder): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const response = respond(message, 'udp');
    if (response) socket.send(response, from.port, from.address, () => {});
  });
  const listening = once(socket, 'listening');
  socket.bind(port, LOOPBACK);
  await listening;
  // A client that went away shows as an ICMP error on a later call; the server goes on.
  socket.on('error', () => {});
  return socket;
}

type TcpListener = { readonly server: Server; readonly connections: Set<Socket> };

async function listenTcp(port: number, respond: Responder): Promise<TcpListener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    serve(socket, respond);
  });
  const listening = once(server, 'listening');
  server.listen(port, LOOPBACK);
  await listening;
  return { server, connections };
}

/** Over TCP each message follows its length in two bytes, and several may share a connection (RFC 7766). */
function serve(socket: Socket, respond: Responder): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const response = respond(pending.subarray(2, end), 'tcp');
      pending = pending.subarray(end);
      if (response) socket.write(framed(response));
    }
  });
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

async function closeBoth(udp: UdpSocket, { server, connections }: TcpListener): Promise<void> {
  for (const socket of connections) socket.destroy();
  await Promise.all([closeUdp(udp), new Promise<void>((resolve) => server.close(() => resolve()))]);
}

const closeUdp = (socket: UdpSocket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
