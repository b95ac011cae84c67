import { Client, type ClientConfig } from 'pg';
import { type Connection, type Limits, openConnection } from './connection.ts';
import type { Tally } from './tally.ts';

/** The rows of one client: each is tried once, over whatever connection there is or can be had. */
export type Rows = {
  /** Makes the table; rejects when that fails. */
  prepare(): Promise<void>;
  /** Tries to write the next row and tells the tally. */
  writeNext(): Promise<void>;
  drop(): void;
};

const CREATE_TABLE = `create table if not exists sandbox_writes (
  client uuid not null, number integer not null, at timestamptz not null default clock_timestamp(),
  primary key (client, number))`;

export function createRows(endpoint: ClientConfig, limits: Limits, client: string, tally: Tally): Rows {
  let connection: Connection | undefined;
  let number = 0;
  const drop = () => connection?.drop();

  const query = async (sql: string, values?: readonly unknown[]) => {
    try {
      if (!connection?.isUsable()) connection = await openConnection(endpoint, limits);
      await connection.query(sql, values);
    } catch (error) {
      drop();
      throw error;
    }
  };
  return {
    prepare: () => query(CREATE_TABLE),
    async writeNext() {
      number += 1;
      try {
        await query('insert into sandbox_writes (client, number) values ($1, $2)', [client, number]);
        tally.acknowledged(number);
      } catch (error) {
        tally.failed(number, error);
      }
    },
    drop,
  };
}

const PAGE = 50_000;

/** The numbers of the client's rows that a server has. */
export async function readNumbers(server: ClientConfig, client: string): Promise<ReadonlySet<number>> {
  const database = new Client(server);
  const numbers = new Set<number>();
  try {
    await database.connect();
    for (let after = 0, size = PAGE; size === PAGE; ) {
      const { rows } = await database.query<{ number: number }>(
        'select number from sandbox_writes where client = $1 and number > $2 order by number limit $3',
        [client, after, PAGE],
      );
      for (const { number } of rows) numbers.add(number);
      size = rows.length;
      after = rows.at(-1)?.number ?? after;
    }
    return numbers;
  } finally {
    await database.end();
  }
}
