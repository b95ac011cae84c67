import { UsageError } from '../../errors.ts';
import type { ProbeClient } from '../ports.ts';
import { createSqlClient } from './sql.ts';
import { type Address, createTcpClient, type TcpLimits } from './tcp.ts';

/** The environment variable with the consumer's connection string; a command line would show it to everybody. */
export const urlVariable = 'DRILL_DATABASE_URL';

/** For one attempt, and for what has to work in the end. */
export type Limits = TcpLimits & { readonly patienceMs: number };

/** Writes where there is a connection string, and connects where there is none. The drivers are loaded only when needed. */
export async function chooseClient(
  url: string | undefined,
  address: Address,
  { timeoutMs, holdMs, patienceMs }: Limits,
): Promise<ProbeClient> {
  if (!url) return createTcpClient(address, { timeoutMs, holdMs });
  const scheme = schemeOf(url);
  const there = through(url, address);
  switch (scheme) {
    case 'postgres:':
    case 'postgresql:':
      return createSqlClient((await import('./postgres.ts')).postgresDialect(there, timeoutMs), patienceMs);
    case 'mysql:':
      return createSqlClient((await import('./mysql.ts')).mysqlDialect(there, timeoutMs), patienceMs);
    default:
      throw new UsageError(`${urlVariable} begins with "${scheme}//"; allowed: postgres://, mysql://`);
  }
}

/** The scheme alone: the rest of the value has a password in it. */
function schemeOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    throw new UsageError(`${urlVariable} is no URL; it should look like postgres://user:password@host:5432/database`);
  }
}

function through(url: string, { host, port }: Address): string {
  const changed = new URL(url);
  changed.hostname = host.includes(':') ? `[${host}]` : host;
  changed.port = String(port);
  return changed.href;
}
