import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { reset } from '../sockets.ts';
import type { Engine, Host } from '../types.ts';

/** Like PostgreSQL a listener waits for the client's first message, and answers `N` (no TLS) to an SSLRequest, and a JSON line to anything else. */
type ListenerGreeting = { readonly hostId: string; readonly role: 'primary' | 'standby' };

type Listener = {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  /** Answers that a hung host owes its clients. */
  waiting: (() => void)[];
  hung: boolean;
  role: ListenerGreeting['role'];
  port: number;
};

/** Length 8, code 80877103. */
const sslRequest = Buffer.from('0000000804d2162f', 'hex');

function createListener(host: Host, role: ListenerGreeting['role']): Listener {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const greeting = () => `${JSON.stringify({ hostId: host.id, role: listener.role })}\n`;
    const answer = (said: Buffer) => void (socket.writable && socket.write(said.equals(sslRequest) ? 'N' : greeting()));
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (said) => (listener.hung ? void listener.waiting.push(() => answer(said)) : answer(said)));
  });
  const listener: Listener = { server, sockets, waiting: [], hung: false, role, port: 0 };
  return listener;
}

async function listen(listener: Listener) {
  listener.server.listen(listener.port, '127.0.0.1');
  await once(listener.server, 'listening');
  const address = listener.server.address();
  if (address && typeof address === 'object') listener.port = address.port;
}

function resume(listener: Listener) {
  listener.hung = false;
  for (const write of listener.waiting.splice(0)) write();
}

async function stop(listener: Listener) {
  const { server, sockets } = listener;
  listener.hung = false;
  listener.waiting = [];
  const closed = server.listening ? once(server, 'close') : undefined;
  server.close();
  for (const socket of sockets) reset(socket);
  await closed;
}

/** Bare TCP listeners in place of a database, for tests that need no SQL. A host keeps its port while it is down. */
export function createListenerEngine(): Engine {
  const listeners = new Map<string, Listener>();
  const find = (hostId: string): Listener => {
    const listener = listeners.get(hostId);
    if (!listener) throw new Error(`no host ${hostId}`);
    return listener;
  };

  return {
    async start(hosts) {
      for (const [index, host] of hosts.entries()) {
        const listener = createListener(host, index === 0 ? 'primary' : 'standby');
        listeners.set(host.id, listener);
        await listen(listener);
      }
    },
    localPort: (hostId) => find(hostId).port,
    kill: (hostId) => stop(find(hostId)),
    async promote(hostId) {
      const listener = find(hostId);
      if (!listener.server.listening) throw new Error(`host ${hostId} is down and cannot be promoted`);
      listener.role = 'primary';
    },
    async rejoin(hostId) {
      const listener = find(hostId);
      listener.role = 'standby';
      if (!listener.server.listening) await listen(listener);
    },
    async restart(hostId) {
      const listener = find(hostId);
      await stop(listener);
      await listen(listener);
    },
    hang(hostId) {
      find(hostId).hung = true;
    },
    resume: (hostId) => resume(find(hostId)),
    async close() {
      await Promise.all([...listeners.values()].map(stop));
    },
  };
}
