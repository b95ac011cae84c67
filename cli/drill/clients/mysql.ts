import { createConnection } from 'mysql2/promise';
import type { SqlConnection, SqlDialect } from './sql.ts';

export const mysqlDialect = (uri: string, timeoutMs: number): SqlDialect => ({
  kind: 'mysql',
  timeColumn: 'at timestamp(6) not null default current_timestamp(6)',
  open: () => open(uri, timeoutMs),
});

async function open(uri: string, timeoutMs: number): Promise<SqlConnection> {
  let usable = true;
  const connection = await createConnection({ uri, connectTimeout: timeoutMs });
  const drop = () => {
    usable = false;
    connection.destroy();
  };
  connection.on('error', drop);
  return {
    async query(sql) {
      const [rows] = await connection.query({ sql, timeout: timeoutMs });
      return Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : [];
    },
    isUsable: () => usable,
    drop,
  };
}
