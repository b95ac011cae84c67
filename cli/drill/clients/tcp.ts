import { connect } from 'node:net';
import type { Address, ProbeClient } from '../ports.ts';

/** Time-out of an attempt, and how long a connection must stay open to count as a success. */
export type TcpLimits = { readonly timeoutMs: number; readonly holdMs: number };

/**
 * Opens and closes a connection: shows that the endpoint answers, not that it takes writes. A connection that is reset at once comes from a
 * proxy or listener without a database behind it.
 */
export function createTcpClient({ host, port }: Address, { timeoutMs, holdMs }: TcpLimits): ProbeClient {
  const attempt = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port });
      const end = (error?: Error) => {
        clearTimeout(held);
        socket.destroy();
        if (error) reject(error);
        else resolve();
      };
      const fail = (message: string, code: string) => end(Object.assign(new Error(message), { code }));
      let held: NodeJS.Timeout | undefined;
      socket.setTimeout(timeoutMs, () => fail(`no connection to ${host}:${port}`, 'ETIMEDOUT'));
      socket.once('connect', () => {
        held = setTimeout(() => end(), holdMs);
      });
      socket.once('error', end);
      socket.once('end', () => fail(`${host}:${port} closes connections at once`, 'closed at once'));
      socket.resume();
    });
  return { kind: 'tcp', holdMs, prepare: attempt, attempt, close: async () => {} };
}
