import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import type { ClientConfig } from 'pg';
import { type Certified, createAuthority } from './authority.ts';
import { type Identity, writePrivate } from './identity.ts';

export const USER = 'postgres';
export const DATABASE = 'postgres';

/** What a client needs to get in: the password, and the authority that the server's certificate has to come from. */
export type Access = {
  /** The database's own name, which its certificate has. */
  readonly endpoint: string;
  readonly password: string;
  /** PEM. */
  readonly authority: string;
  /** The same as a file, for libpq and the drill. */
  readonly authorityFile: string;
  /** libpq's password file (PGPASSFILE), closed to other users. */
  readonly passwordFile: string;
};

/** Draws a password and a certificate, and writes what libpq reads of them. The server's key is in no file yet, the authority's in none ever. */
export async function createAccess(
  directory: string,
  endpoint: string,
  identity: Identity,
): Promise<{ readonly access: Access; readonly certified: Certified }> {
  const password = randomBytes(24).toString('base64url');
  const authority = createAuthority();
  const authorityFile = join(directory, 'ca.pem');
  const passwordFile = join(directory, 'pgpass');
  await writeFile(authorityFile, authority.certificate);
  await writePrivate(passwordFile, `*:*:*:${USER}:${password}\n`, identity);
  const access = { endpoint, password, authority: authority.certificate, authorityFile, passwordFile };
  return { access, certified: authority.issue(endpoint) };
}

/** For `pg`, without host and port: the server is asked for the database's certificate wherever it listens. */
export const loginOf = ({ endpoint, password, authority }: Access): ClientConfig => ({
  user: USER,
  database: DATABASE,
  password,
  ssl: {
    ca: authority,
    // Otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(endpoint, certificate),
  },
});
