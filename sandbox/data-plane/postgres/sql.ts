import { Client, type ClientConfig } from 'pg';

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 20_000;

type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Runs `work` on one connection of its own. */
export async function withConnection<T>(to: ClientConfig, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({
    ...to,
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
