import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves true as soon as the condition holds, false after `ms` wall milliseconds. */
export async function holdsWithin(ms: number, condition: () => boolean, everyMs = 3): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(everyMs);
  }
  return true;
}

/** Whether a process runs. One that has ended and only waits to be collected does not. */
export function isAlive(pid: number): boolean {
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

/** Sends a signal; a process that is no more needs none. */
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
