import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Member } from '../../ports.ts';
import { sslRequest } from '../../protocols.ts';
import { noTls } from './faults.ts';

/**
 * Connects without a login: with roots to a PostgreSQL, up to its verified certificate, which it does not log; else by TCP alone, since
 * MySQL's TLS begins after words that count as a broken login.
 */
export function knock({ ip, port, host }: Member, socket: Socket, roots: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(closed()));
    socket.connect({ host: ip, port }, () => {
      if (roots === undefined) return resolve(void socket.end());
      socket.write(sslRequest);
      socket.once('data', (said) => {
        if (said.toString('latin1') !== 'S') return reject(noTls());
        // `rejectUnauthorized`: otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
        const options = { socket, servername: host, ca: roots, rejectUnauthorized: true };
        const secured = connectTls(options, () => resolve(void secured.end()));
        secured.once('error', reject);
      });
    });
  });
}

const closed = () => Object.assign(new Error('it closed the connection'), { code: 'ECONNRESET' });
