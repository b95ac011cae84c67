// Not from 'pg': with NODE_PG_FORCE_NATIVE that is libpq's client, which knows nothing of `stream` and `servername`.
import Client from 'pg/lib/client.js';
import { oddAnswer } from './faults.ts';
import type { Open } from './session.ts';

/** Every server has it, unless it was dropped. */
const everywhere = 'postgres';

/** Dials the address and verifies the name. */
export const openPostgres: Open = async ({ member, socket, credentials, roots, database = everywhere }) => {
  let isOpen = true;
  const client = new Client({
    ...credentials,
    host: member.ip,
    port: member.port,
    database,
    stream: () => socket,
    sslnegotiation: 'postgres',
    // `rejectUnauthorized`: otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
    ssl: { ca: roots, servername: member.host, rejectUnauthorized: true },
    application_name: 'rds-target probe',
  });
  const closed = () => {
    isOpen = false;
  };
  // An end that we did not ask for is an error, too.
  client.on('error', closed);
  await client.connect();
  return {
    isOpen: () => isOpen,
    async isWriter() {
      const { rows } = await client.query('SELECT pg_catalog.pg_is_in_recovery() AS recovering');
      const recovering: unknown = rows[0]?.recovering;
      if (typeof recovering !== 'boolean') throw oddAnswer(recovering);
      return !recovering;
    },
    end: () => void client.end().catch(() => {}),
  };
};
