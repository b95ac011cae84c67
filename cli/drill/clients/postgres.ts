import { Socket } from 'node:net';
import { Client } from 'pg';
import type { SqlConnection, SqlDialect } from './sql.ts';

export const postgresDialect = (connectionString: string, timeoutMs: number): SqlDialect => ({
  kind: 'postgres',
  timeColumn: 'at timestamptz not null default clock_timestamp()',
  open: () => open(connectionString, timeoutMs),
});

async function open(connectionString: string, timeoutMs: number): Promise<SqlConnection> {
  const socket = new Socket();
  let usable = true;
  const client = new Client({
    connectionString,
    stream: () => socket,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'rds-target drill',
  });
  const drop = () => {
    usable = false;
    socket.destroy();
  };
  client.on('error', drop);
  client.on('end', drop);
  try {
    await client.connect();
  } catch (error) {
    drop();
    throw error;
  }
  return { query: async (sql) => (await client.query(sql)).rows, isUsable: () => usable, drop };
}
