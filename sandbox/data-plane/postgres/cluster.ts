import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Access, USER } from './access.ts';
import type { Certified } from './authority.ts';
import { type Binaries, ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Guard } from './guard.ts';
import { createPrivate, type Identity, writePrivate } from './identity.ts';
import { MEMBER_FILE, SETTINGS } from './settings.ts';

const OPTIONS = [
  `--username=${USER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--no-locale',
  '--no-data-checksums',
  '--no-sync',
  '--no-instructions',
  // 1 MB instead of 16: a data directory is copied at every failover.
  '--wal-segsize=1',
  ...Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
];

/** TLS and the password for everyone, replication too: other users of this machine reach the port. */
const CLIENTS = `hostssl all all 127.0.0.1/32 scram-sha-256
hostssl replication ${USER} 127.0.0.1/32 scram-sha-256
`;

type Secrets = { readonly access: Access; readonly certified: Certified };

/** Makes the data directory of a new database. */
export async function initialise(
  dataDirectory: string,
  { initdb }: Binaries,
  identity: Identity,
  guard: Guard,
  { access, certified }: Secrets,
): Promise<void> {
  await createPrivate(dataDirectory, identity);
  const passwordFile = `${dataDirectory}.password`;
  await writePrivate(passwordFile, access.password, identity);
  const child = spawn(initdb, [...OPTIONS, `--pwfile=${passwordFile}`, '-D', dataDirectory], {
    ...identity,
    cwd: dataDirectory,
    env: ENGINE_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  guard.watch(child);
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const [code] = await once(child, 'close');
  await rm(passwordFile);
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaints.trim()}${advice(complaints)}`);
  await appendFile(join(dataDirectory, 'postgresql.conf'), `include = '${MEMBER_FILE}'\n`);
  await writeFile(join(dataDirectory, 'pg_hba.conf'), CLIENTS);
  await writeFile(join(dataDirectory, 'server.crt'), certified.certificate);
  await writePrivate(join(dataDirectory, 'server.key'), certified.key, identity);
}

/** PostgreSQL asks for the name of its user; containers that run under any number have none. */
const advice = (complaints: string): string =>
  complaints.includes('could not look up effective user')
    ? `\nNext: run this as a user that has an entry in /etc/passwd, or as root (PostgreSQL then runs as nobody).`
    : '';
