import { postgresDialect } from '../../cli/drill/clients/postgres.ts';
import { type SqlConnection, type SqlDialect, trustOf } from '../../cli/drill/clients/sql.ts';
import type { Address } from '../../cli/drill/ports.ts';

/** What the client knows of the lab's databases. */
export type Servers = {
  login(): Promise<{ readonly user: string; readonly password: string }>;
  /** A server has to have a certificate for one of them. */
  readonly serverNames: readonly string[];
  /** A PEM file with the CAs; RDS's when absent. */
  readonly caFile?: string;
};

/** Rejects with an error that has a code. `told` gets the address of the server that answered, a reader's too. */
type Write = (told: (server: string) => void) => Promise<void>;

/** One login and one committed row for each attempt, over a connection of its own. */
export function createWriter(servers: Servers, address: Address, timeoutMs: number): Write {
  const open = createOpen(servers, address, timeoutMs);
  return async (told) => {
    const connection = await open();
    try {
      const [row] = await connection.query('select host(inet_server_addr()) as server, pg_is_in_recovery() as reader');
      told(String(row?.server));
      // A writer that has been replaced may not know it yet: only what is written counts.
      if (row?.reader) throw Object.assign(new Error('a reader answered'), { code: '25006' });
      await insert(connection);
    } finally {
      connection.drop();
    }
  };
}

async function insert(connection: SqlConnection): Promise<void> {
  const row = 'insert into rds_target_lab default values';
  try {
    await connection.query(row);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42P01') throw error;
    // Another attempt may create it at the same moment.
    await connection.query(table).catch(() => {});
    await connection.query(row);
  }
}

const table = 'create table if not exists rds_target_lab (at timestamptz not null default clock_timestamp())';

/** An endpoint tells nothing of the database behind it: the certificate has to be that of one of them. */
function createOpen({ login, serverNames, caFile }: Servers, address: Address, timeoutMs: number) {
  // Kept: each reads the CAs of all Regions.
  const dialects = new Map<number, Promise<SqlDialect>>();
  const dialectFor = async (name: string | undefined) => {
    const { user, password } = await login();
    const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@database/postgres`;
    return postgresDialect({
      url,
      address,
      timeoutMs,
      trust: await trustOf({ by: 'PGSSLROOTCERT', file: caFile }, name),
    });
  };
  let fitting = 0;
  return async (): Promise<SqlConnection> => {
    for (let tried = 1; ; tried += 1) {
      const dialect = dialects.get(fitting) ?? dialectFor(serverNames[fitting]);
      dialects.set(fitting, dialect);
      try {
        return await (await dialect).open('');
      } catch (error) {
        const isOther = (error as { code?: unknown }).code === 'ERR_TLS_CERT_ALTNAME_INVALID';
        if (!isOther || tried === serverNames.length) throw error;
        fitting = (fitting + 1) % serverNames.length;
      }
    }
  };
}
