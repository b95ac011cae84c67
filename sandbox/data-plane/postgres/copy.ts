import { constants } from 'node:fs';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { createPrivate, type Identity, own } from './identity.ts';
import { type Query, withConnection } from './sql.ts';

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
