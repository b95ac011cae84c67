import { Client } from 'pg';

export const USER = 'postgres';
export const DATABASE = 'postgres';

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 20_000;

type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Runs `work` on one connection of its own to a port of 127.0.0.1. */
export async function withConnection<T>(port: number, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: USER,
    database: DATABASE,
    ssl: false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A killed server breaks the connection; the running query reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(async (sql, values) => (await client.query(sql, values ? [...values] : undefined)).rows);
  } finally {
    await client.end().catch(() => {});
  }
}
