import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Guard } from './guard.ts';
import type { Identity } from './identity.ts';
import { MEMBER_FILE, SETTINGS } from './settings.ts';
import { USER } from './sql.ts';

const OPTIONS = [
  `--username=${USER}`,
  '--auth=trust',
  '--encoding=UTF8',
  '--no-locale',
  '--no-data-checksums',
  '--no-sync',
  '--no-instructions',
  // 1 MB instead of 16: a data directory is copied at every failover.
  '--wal-segsize=1',
  ...Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
];

/** Makes the data directory of a new database. */
export async function initialise(
  dataDirectory: string,
  { initdb }: Binaries,
  identity: Identity,
  guard: Guard,
): Promise<void> {
  await createPrivate(dataDirectory, identity);
  const child = spawn(initdb, [...OPTIONS, '-D', dataDirectory], {
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
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaints.trim()}${advice(complaints)}`);
  await appendFile(join(dataDirectory, 'postgresql.conf'), `include = '${MEMBER_FILE}'\n`);
}

/** PostgreSQL asks for the name of its user; containers that run under any number have none. */
const advice = (complaints: string): string =>
  complaints.includes('could not look up effective user')
    ? `\nNext: run this as a user that has an entry in /etc/passwd, or as root (PostgreSQL then runs as nobody).`
    : '';

/** A directory that only the engine may enter, as PostgreSQL demands of its data directory. */
export async function createPrivate(directory: string, identity: Identity): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  await own(directory, identity);
}

/** Gives a file to the identity. */
export async function own(path: string, { uid, gid }: Identity): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
