import { UsageError } from '../../terminal/errors.ts';
import type { Address, ProbeClient } from '../ports.ts';
import { createSqlClient, type Trust, trustOf } from './sql.ts';
import { createTcpClient, type TcpLimits } from './tcp.ts';

/** The environment variable with the consumer's connection string; a command line would show it to other users. */
export const urlVariable = 'DRILL_DATABASE_URL';

/** Time-outs of one attempt, and of reading and dropping the table at the end. */
type Limits = TcpLimits & { readonly cleanupTimeoutMs: number };

export type Login = {
  /** A connection string; without it the client only connects. */
  readonly url?: string;
  /** A PEM file with the CAs that may have issued the server's certificate. */
  readonly caFile?: string;
  /** Used where neither `caFile` nor the connection string (`sslrootcert`) names one; RDS's CAs when absent. */
  readonly defaultCaFile?: string;
  /** The name in the server's certificate; the database's endpoint when absent. */
  readonly serverName?: string;
  /** Sends the login to any server, with the TLS of the connection string, if any. */
  readonly isUnverified?: boolean;
};

/** Writes if there is a connection string, otherwise only connects. The drivers are loaded on demand. */
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

/** The message quotes nothing of the value, which contains a password. */
function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new UsageError(`${urlVariable} is no URL; allowed: postgres://user:password@host:5432/database`);
  }
}

/** The same login at the endpoint. For a verified server the string's TLS options are dropped: they could only weaken it. */
function through(url: URL, { host, port }: Address, trust: Trust | undefined): string {
  const changed = new URL(url);
  changed.hostname = host.includes(':') ? `[${host}]` : host;
  changed.port = String(port);
  const replaced = trust ? /^(host|port|ssl.*|uselibpqcompat)$/ : /^(host|port)$/;
  for (const name of [...changed.searchParams.keys()]) if (replaced.test(name)) changed.searchParams.delete(name);
  return changed.href;
}
