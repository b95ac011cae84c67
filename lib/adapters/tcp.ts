import { connect as open } from 'node:net';
import type { Connection } from '../doctor/surroundings.ts';
import { type Target, targetKey } from '../domain.ts';

const patienceMs = 3000;

/** Opens a TCP connection and ends it at once, without a word: the database counts it as a client that went away. */
export function connect({ ip, port }: Target): Promise<Connection> {
  const key = targetKey({ ip, port });
  return new Promise((resolve) => {
    const socket = open({ host: ip, port, timeout: patienceMs });
    const end = (connection: Connection) => {
      socket.destroy();
      resolve(connection);
    };
    socket.once('connect', () => end({ kind: 'open' }));
    socket.once('timeout', () => end({ kind: 'silent', message: `${key} did not answer within ${patienceMs} ms` }));
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      end({ kind: code === 'ECONNREFUSED' ? 'refused' : 'silent', message: `${key}: ${message}` }),
    );
  });
}
