import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Resets the connection; closes it where its end is on its way already: libuv then refuses to reset (EINVAL), and Node
 * would neither close the handle nor emit `close`, so that a wait for it would never end.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (isEnding) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

/**
 * An ephemeral port without a listener may be given to the connecting socket as its own port: TCP then
 * connects the socket with itself, which looks like a target that accepts.
 */
export const isConnectedWithItself = ({ localPort, remotePort }: Socket): boolean => localPort === remotePort;

/**
 * Connects to a port of 127.0.0.1. `settled` is called once, with whether a listener accepted the connection; the socket's errors
 * after that are the caller's to hear.
 */
export function dial(localPort: number, settled: (accepted: boolean) => void): Socket {
  const socket = connect({ host: '127.0.0.1', port: localPort, allowHalfOpen: true, noDelay: true });
  const fail = () => {
    socket.off('connect', succeed);
    settled(false);
  };
  const succeed = () => {
    socket.off('error', fail);
    const toItself = isConnectedWithItself(socket);
    if (toItself) reset(socket);
    settled(!toItself);
  };
  return socket.once('error', fail).once('connect', succeed);
}

/**
 * A free port on 127.0.0.1 from below the range that systems give to outgoing connections (32768 and up on Linux, 49152
 * elsewhere). From inside it, some connection could take the port of a killed host, and a client that tries the port of a
 * killed host would at times connect to itself.
 */
export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT}`);
}

const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Listens on a free port of 127.0.0.1. `close` ends open connections, too. */
export async function listenLocally(server: HttpServer): Promise<{ readonly port: number; close(): Promise<void> }> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
