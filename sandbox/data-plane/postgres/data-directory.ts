import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { appendFile, copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { type Access, type Certified, USER } from './access.ts';
import { type Binaries, ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Guard } from './guard.ts';
import { createPrivate, type Identity, own, writePrivate } from './identity.ts';
import { MEMBER_FILE, SETTINGS } from './members.ts';
import { type Query, withConnection } from './server.ts';

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

/** TLS and the password for every client, replication too: other users of this machine reach the port. */
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

type Skip = (relativePath: string) => boolean;

/** Copies the data directory of a server that does not run. */
export const coldCopy = (from: string, to: string, identity: Identity): Promise<void> =>
  copyTree(from, to, identity, () => false);

/**
 * Copies the data directory of a running primary by PostgreSQL's low-level backup API
 * (https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP). The WAL is left out:
 * the standby gets it by streaming, and `wal_keep_size` keeps it there.
 */
export async function hotCopy(connection: ClientConfig, from: string, to: string, identity: Identity): Promise<void> {
  const label = await withConnection(connection, async (query) => {
    await query(`select pg_backup_start('standby', fast => true)`);
    await copyTree(from, to, identity, isLeftOut);
    return backupLabel(query);
  });
  const path = join(to, 'backup_label');
  await writeFile(path, label);
  await own(path, identity);
}

async function backupLabel(query: Query): Promise<string> {
  const [row] = await query('select labelfile from pg_backup_stop(wait_for_archive => false)');
  return String(row?.labelfile);
}

const FILES_LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'backup_label', 'standby.signal']);
/** Directories that a server wants to find, empty. */
const CONTENTS_LEFT_OUT =
  /^(pg_wal|pg_wal\/(archive_status|summaries)|pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/./;
const KEPT_EMPTY = new Set(['pg_wal/archive_status', 'pg_wal/summaries']);

const isLeftOut: Skip = (path) =>
  FILES_LEFT_OUT.has(path) ||
  (CONTENTS_LEFT_OUT.test(path) && !KEPT_EMPTY.has(path)) ||
  /(^|\/)(pgsql_tmp[^/]*|pg_internal\.init[^/]*)$/.test(path);

async function copyTree(from: string, to: string, identity: Identity, skip: Skip, below = ''): Promise<void> {
  await createPrivate(to, identity);
  const entries = (await readdir(from, { withFileTypes: true })).map((entry) => ({
    isDirectory: entry.isDirectory(),
    name: entry.name,
    path: below === '' ? entry.name : `${below}/${entry.name}`,
  }));
  const wanted = entries.filter(({ path }) => !skip(path));
  await Promise.all(
    wanted.map(({ isDirectory, name, path }) =>
      isDirectory
        ? copyTree(join(from, name), join(to, name), identity, skip, path)
        : copyOne(join(from, name), join(to, name), identity),
    ),
  );
}

/** A running server removes files at any time; WAL replay knows of it. */
async function copyOne(from: string, to: string, identity: Identity): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await own(to, identity);
}
