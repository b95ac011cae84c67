import { connect } from 'node:net';
import { type ConnectionOptions, createConnection } from 'mysql2/promise';
import type { SqlConnection, SqlDialect, SqlLogin } from './sql.ts';

export function mysqlDialect({ url, address, timeoutMs, trust }: SqlLogin): SqlDialect {
  // One object for all connections: mysql2 caches the parsed CAs and TLS sessions by it.
  const ssl = trust && { ca: trust.ca, verifyIdentity: true };
  return {
    kind: 'mysql',
    timeColumn: 'at timestamp(6) not null default current_timestamp(6)',
    open(databaseHost) {
      const socket = connect({ ...address, noDelay: true });
      // mysql2 checks the certificate against this host, although the socket leads to the endpoint.
      const verified = ssl && { ssl, host: trust.serverName ?? databaseHost };
      // A server must not read files of this machine.
      const options = { uri: url, stream: socket, connectTimeout: timeoutMs, flags: ['-LOCAL_FILES'], ...verified };
      return open(options, timeoutMs, () => socket.destroy());
    },
  };
}

async function open(options: ConnectionOptions, timeoutMs: number, hangUp: () => void): Promise<SqlConnection> {
  let usable = true;
  const drop = () => {
    usable = false;
    hangUp();
  };
  try {
    const connection = await createConnection(options);
    connection.on('error', drop);
    return {
      async query(sql) {
        const [rows] = await connection.query({ sql, timeout: timeoutMs });
        return Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : [];
      },
      isUsable: () => usable,
      drop,
    };
  } catch (error) {
    drop();
    throw error;
  }
}
