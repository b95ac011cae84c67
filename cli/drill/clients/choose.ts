import { connect } from 'node:net';
import { UsageError } from '../../terminal/errors.ts';
import type { Address, ProbeClient } from '../ports.ts';
import { createSqlClient, type Trust, trustOf } from './sql.ts';

/** The environment variable with the consumer's connection string; a command line would show it to everybody. */
export const urlVariable = 'DRILL_DATABASE_URL';

/** For one attempt, and for what has to work in the end. */
type Limits = TcpLimits & { readonly cleanupTimeoutMs: number };

export type Login = {
  /** A connection string; without it the client only connects. */
  readonly url?: string;
  /** A PEM file with the authorities that the server's certificate may come from. */
  readonly caFile?: string;
  /** The same, where neither that nor the connection string (`sslrootcert`) names one; RDS's own when absent. */
  readonly defaultCaFile?: string;
  /** The name in the server's certificate; the database's endpoint when absent. */
  readonly serverName?: string;
  /** Sends the login to any server, with the TLS that the connection string asks for, if any. */
  readonly isUnverified?: boolean;
};

/** Writes where there is a connection string, and connects where there is none. The drivers are loaded only when needed. */
export async function chooseClient(
  { url, caFile, defaultCaFile, serverName, isUnverified }: Login,
  address: Address,
  { timeoutMs, holdMs, cleanupTimeoutMs }: Limits,
): Promise<ProbeClient> {
  if (!url) return createTcpClient(address, { timeoutMs, holdMs });
  const parsed = parse(url);
  const named = [
    { by: '--ca', file: caFile },
    { by: `sslrootcert in ${urlVariable}`, file: parsed.searchParams.get('sslrootcert') },
    { by: 'PGSSLROOTCERT', file: defaultCaFile },
  ].find(({ file }) => file);
  const trust = isUnverified ? undefined : await trustOf(named, serverName);
  const login = { url: through(parsed, address, trust), address, timeoutMs, trust };
  switch (parsed.protocol) {
    case 'postgres:':
    case 'postgresql:':
      return createSqlClient((await import('./postgres.ts')).postgresDialect(login), cleanupTimeoutMs);
    case 'mysql:':
      return createSqlClient((await import('./mysql.ts')).mysqlDialect(login), cleanupTimeoutMs);
    default:
      throw new UsageError(`${urlVariable} begins with "${parsed.protocol}//"; allowed: postgres://, mysql://`);
  }
}

/** The message has nothing of the value: there is a password in it. */
function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new UsageError(`${urlVariable} is no URL; it should look like postgres://user:password@host:5432/database`);
  }
}

/** The same login at the endpoint. With a server to be verified, nothing that the string says of TLS remains: it could only weaken it. */
function through(url: URL, { host, port }: Address, trust: Trust | undefined): string {
  const changed = new URL(url);
  changed.hostname = host.includes(':') ? `[${host}]` : host;
  changed.port = String(port);
  const replaced = trust ? /^(host|port|ssl.*|uselibpqcompat)$/ : /^(host|port)$/;
  for (const name of [...changed.searchParams.keys()]) if (replaced.test(name)) changed.searchParams.delete(name);
  return changed.href;
}

/** For an attempt, and how long a connection has to stay open to count as one. */
type TcpLimits = { readonly timeoutMs: number; readonly holdMs: number };

/**
 * Opens and closes a connection: shows that something answers, not that it takes writes. What accepts and resets at once is a proxy or a
 * listener without a database behind it.
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
