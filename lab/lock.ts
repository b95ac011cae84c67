import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CliError, UsageError } from '../cli/terminal/errors.ts';

export const unwritable = (file: string, error: unknown): UsageError =>
  new UsageError(
    `the state cannot be written to ${file} (${error instanceof Error ? error.message : error})`,
    'name another file with --state',
  );

/** What it does on the disk: each is one step, between which another process may do its own. */
export type Disk = Pick<typeof fs, 'mkdir' | 'readdir' | 'rename' | 'rm' | 'rmdir'>;

/**
 * One process works on a state file: a directory beside it names that process, and a name of a process that was killed counts for nothing.
 * No name comes again, so no process takes away the name of a living one, and only one can rename its own directory to a place that
 * is empty.
 * @returns what lets another process go on
 * @throws CliError while another process has it
 */
export async function lock(
  file: string,
  { mkdir, readdir, rename, rm, rmdir }: Disk = fs,
): Promise<() => Promise<void>> {
  const path = `${file}.lock`;
  const own = `${hostname()} ${process.pid} ${randomUUID()}`;
  const made = `${path} ${own}`;
  const release = async () => void ((await isDone(rmdir(join(path, own)))) && (await isDone(rmdir(path))));
  /** What processes have left that were killed on their way here. */
  const sweep = async () => {
    const [folder, before] = [dirname(path), `${basename(path)} `];
    for (const name of await readdir(folder))
      if (name.startsWith(before) && isDead(name.slice(before.length)))
        await rm(join(folder, name), { recursive: true, force: true });
  };
  try {
    await mkdir(made);
    await mkdir(join(made, own));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (await isDone(rename(made, path))) {
        await sweep();
        return release;
      }
      for (const other of await readdir(path).catch(() => [])) {
        if (!isDead(other)) {
          const [machine, pid] = other.split(' ');
          throw new CliError(
            `process ${pid} on ${machine} works on ${file}`,
            `wait until it has ended; if that machine runs no lab any more, remove ${path}`,
          );
        }
        await isDone(rmdir(join(path, other)));
      }
      // Windows renames nothing to where a directory is, be it empty.
      await isDone(rmdir(path));
    }
  } catch (error) {
    throw error instanceof CliError ? error : unwritable(file, error);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  throw new CliError(`another process works on ${file}`, `wait until it has ended; if there is none, remove ${path}`);
}

const isDone = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** Whether a name is that of a process of this machine which has ended. */
function isDead(name: string): boolean {
  const [machine, pid] = name.split(' ');
  try {
    return machine === hostname() && !process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
