import { Socket } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import type { SqlConnection, SqlDialect, SqlLogin } from './sql.ts';

export function postgresDialect({ url, timeoutMs, trust }: SqlLogin): SqlDialect {
  const secureContext = trust && createSecureContext({ ca: trust.ca });
  const sslFor = (databaseHost: string): Pick<ClientConfig, 'ssl'> =>
    trust
      ? {
          ssl: {
            secureContext,
            checkServerIdentity: (_endpoint, certificate) =>
              checkServerIdentity(trust.serverName ?? databaseHost, certificate),
          },
        }
      : {};
  return {
    kind: 'postgres',
    timeColumn: 'at timestamptz not null default clock_timestamp()',
    open: (databaseHost) => open({ connectionString: url, ...sslFor(databaseHost) }, timeoutMs),
  };
}

async function open(config: ClientConfig, timeoutMs: number): Promise<SqlConnection> {
  const socket = new Socket();
  let usable = true;
  const client = new Client({
    ...config,
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
