import { Socket } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { ClientConfig } from 'pg';
import Client from 'pg/lib/client.js';
import type { Address } from '../ports.ts';
import type { SqlConnection, SqlDialect, SqlLogin } from './sql.ts';
// Not from 'pg': with NODE_PG_FORCE_NATIVE that is libpq's client, which would skip the verification below.

export function postgresDialect({ url, address, timeoutMs, trust }: SqlLogin): SqlDialect {
  const secureContext = trust && createSecureContext({ ca: trust.ca });
  const tlsFor = (databaseHost: string): ClientConfig =>
    trust
      ? {
          sslnegotiation: 'postgres',
          ssl: {
            secureContext,
            // Otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
            rejectUnauthorized: true,
            checkServerIdentity: (_endpoint, certificate) =>
              checkServerIdentity(trust.serverName ?? databaseHost, certificate),
          },
        }
      : {};
  return {
    kind: 'postgres',
    timeColumn: 'at timestamptz not null default clock_timestamp()',
    open: (databaseHost) => open({ connectionString: url, ...tlsFor(databaseHost) }, address, timeoutMs),
  };
}

async function open(config: ClientConfig, address: Address, timeoutMs: number): Promise<SqlConnection> {
  const socket = new Socket();
  // Overrides the connection string, PGHOST and PGPORT.
  const connect = socket.connect.bind(socket);
  socket.connect = () => connect(address);
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
