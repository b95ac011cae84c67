import { constants } from 'node:fs';
import { access, lstat, mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/* Files that a command writes where the operator says. It replaces only its own, and follows no link. */

/** Makes the directory of a file. Throws where nothing can be written in it. */
export async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await access(dirname(path), constants.W_OK);
}

export const temporaryFolder = (prefix: string): Promise<string> => mkdtemp(join(tmpdir(), prefix));

/** Whether there is a file that may be replaced. Throws where something else has that name. */
export async function isFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!found) return false;
  if (!found.isFile()) throw new Error(`${path} is a link, a directory or a device`);
  await access(path, constants.W_OK);
  return true;
}

export async function textOf(path: string): Promise<string> {
  // The file may have become a link meanwhile. Windows has no such flag.
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Creates the file exclusively, or replaces one of ours by renaming a new file over it: a name that has become a link is never followed. */
export async function put(path: string, text: string, isThere: boolean): Promise<void> {
  if (!isThere) return writeFile(path, text, { flag: 'wx' });
  // Of a process that was killed, one may be there.
  const whole = join(dirname(path), `.${basename(path)}.rds-target`);
  await rm(whole, { force: true });
  try {
    await writeFile(whole, text, { flag: 'wx' });
    await rename(whole, path);
  } finally {
    await rm(whole, { force: true });
  }
}
