import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeClient } from '../ports.ts';
import type { Address } from './tcp.ts';
import type { Trust } from './trust.ts';

/** One connection that is dropped at the first trouble. */
export type SqlConnection = {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  isUsable(): boolean;
  drop(): void;
};

export type SqlDialect = {
  readonly kind: 'postgres' | 'mysql';
  /** The server's own time of the write, as a column. */
  readonly timeColumn: string;
  /** `databaseHost` is the database's own name. */
  open(databaseHost: string): Promise<SqlConnection>;
};

/** What a dialect connects with. Without `trust` the server is not verified. */
export type SqlLogin = {
  readonly url: string;
  readonly address: Address;
  readonly timeoutMs: number;
  readonly trust: Trust | undefined;
};

const retryMs = 500;

/**
 * Writes numbered rows, each in a transaction of its own, over one connection that it keeps while it serves. An attempt that finds it
 * busy or broken opens another. What has to work in the end is tried for `patienceMs`. A number is never tried twice: whether a failed write happened is unknown.
 */
export function createSqlClient({ kind, timeColumn, open }: SqlDialect, patienceMs: number): ProbeClient {
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
  // After an interrupt the failover may still be under way, and the table must not stay.
  const persistently = async (sql: string) => {
    for (const deadline = performance.now() + patienceMs; ; ) {
      try {
        return await using(sql);
      } catch (error) {
        if (performance.now() >= deadline) throw error;
        await sleep(Math.min(retryMs, patienceMs));
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
