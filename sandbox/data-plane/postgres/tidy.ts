import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Identity } from './identity.ts';
import { holdsWithin, isAlive, killTree, signal } from './processes.ts';

/** What there is to tidy up after an engine. */
export type Estate = {
  /** Everything that the engine wrote lies here; data directories lie directly below. */
  readonly root: string;
  readonly postgres: string;
  readonly identity: Identity;
};

const SHUTDOWN_MS = 2000;
const REMOVE_MS = 5000;

/** Ends the processes, frees what they hold in the kernel and removes the directory. */
export async function tidyUp(estate: Estate, pids: readonly number[]): Promise<void> {
  // SIGQUIT is PostgreSQL's immediate shutdown: like SIGKILL, except that it takes its shared memory with it.
  for (const pid of pids) signal(pid, 'SIGQUIT');
  await holdsWithin(SHUTDOWN_MS, () => !pids.some(isAlive));
  await Promise.all(pids.map(killTree));
  const directories = existsSync(estate.root) ? readdirSync(estate.root) : [];
  for (const name of directories) await freeSharedMemory(join(estate.root, name), estate);
  // A process that was just killed may have been writing.
  const gone = await holdsWithin(REMOVE_MS, () => isRemoved(estate.root), 20);
  if (!gone) throw new Error(`cannot remove ${estate.root}`);
}

/** Removes the data directory of a dead server. */
export async function bury(dataDirectory: string, estate: Omit<Estate, 'root'>): Promise<void> {
  await freeSharedMemory(dataDirectory, estate);
  await rm(dataDirectory, { recursive: true, force: true });
}

/**
 * A server killed by SIGKILL leaves a System V segment, which no removal of files frees; a soak would use up the system's
 * 4096. The next server of the same directory takes it over, and `--check` starts and ends one.
 */
function freeSharedMemory(dataDirectory: string, { postgres, identity }: Omit<Estate, 'root'>): Promise<void> {
  if (!removeStaleLock(dataDirectory)) return Promise.resolve();
  const options = { ...identity, cwd: dataDirectory, env: ENGINE_ENVIRONMENT };
  return new Promise((resolve) => void execFile(postgres, ['--check', '-D', dataDirectory], options, () => resolve()));
}

/**
 * Removes the lock file of a dead server, and says whether there was one. A new server would believe it while anything has
 * the number of the dead process: another process, or the dead one itself until its parent collects it.
 */
export function removeStaleLock(dataDirectory: string): boolean {
  const lock = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(lock)) return false;
  rmSync(lock, { force: true });
  return true;
}

function isRemoved(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
  return !existsSync(directory);
}
