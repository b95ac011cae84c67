import { connect } from 'node:net';
import type { ProbeClient } from '../ports.ts';

export type Address = { readonly host: string; readonly port: number };

/** Opens and closes a connection: shows that something answers, not that it takes writes. */
export function createTcpClient({ host, port }: Address, timeoutMs: number): ProbeClient {
  const attempt = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port });
      const end = (error?: Error) => {
        socket.destroy();
        if (error) reject(error);
        else resolve();
      };
      socket.setTimeout(timeoutMs, () =>
        end(Object.assign(new Error(`no connection to ${host}:${port}`), { code: 'ETIMEDOUT' })),
      );
      socket.once('connect', () => end());
      socket.once('error', end);
    });
  return { kind: 'tcp', prepare: attempt, attempt, close: async () => {} };
}
