import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_ENVIRONMENT } from './binaries.ts';
import type { Identity } from './identity.ts';

/** Resolves true as soon as the condition holds, false after `ms` wall milliseconds. */
async function holdsWithin(ms: number, condition: () => boolean, everyMs = 3): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(everyMs);
  }
  return true;
}

/** Whether a process runs. One that has ended and only waits to be collected does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !['Z', 'X', undefined].includes(statOf(pid)?.state);
}

/** Ends a process and its children with SIGKILL. Resolves when none of them runs, or false after 5 s. */
export function killTree(pid: number): Promise<boolean> {
  // A stopped parent starts no further child that the list would miss.
  signal(pid, 'SIGSTOP');
  const family = [pid, ...childrenOf(pid)];
  for (const member of family) signal(member, 'SIGKILL');
  return holdsWithin(5000, () => !family.some(isAlive));
}

/** Stops a process and its children where they are, or lets them go on. */
export function suspendTree(pid: number): void {
  signal(pid, 'SIGSTOP');
  for (const child of childrenOf(pid)) signal(child, 'SIGSTOP');
}

export function resumeTree(pid: number): void {
  for (const child of childrenOf(pid)) signal(child, 'SIGCONT');
  signal(pid, 'SIGCONT');
}

/** Sends a signal, unless the process has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(pid: number): number[] {
  return parents()
    .filter(({ parent }) => parent === pid)
    .map(({ child }) => child);
}

type Parentage = { readonly child: number; readonly parent: number };

function parents(): Parentage[] {
  if (process.platform !== 'linux') return parentsFromPs();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((name) => ({ child: Number(name), parent: statOf(Number(name))?.parent ?? 0 }));
}

function parentsFromPs(): Parentage[] {
  const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return listing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([child = 0, parent = 0]) => ({ child, parent }));
}

function statOf(pid: number): { readonly state: string | undefined; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may hold blanks and brackets itself.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** What an engine leaves behind. */
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
  // A process that was just killed may have written a file meanwhile.
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
