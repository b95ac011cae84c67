import { execFileSync } from 'node:child_process';
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** The user that the engine's processes run as; empty: as ourselves. */
export type Identity = { readonly uid?: number; readonly gid?: number };

/** PostgreSQL refuses to run as root, so root lends it to `nobody`. */
export function engineIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  return { uid: nobodys('-u'), gid: nobodys('-g') };
}

/**
 * Where to put the engine's directory. Preferably in memory: a failover copies and removes a thousand small files, which
 * takes 0.05 s there and up to a second, or several, on a disk. TMPDIR overrules it, and programs may not run from there.
 */
export function engineBase(identity: Identity, { holdsPrograms }: { readonly holdsPrograms: boolean }): string {
  if (!process.env.TMPDIR && !holdsPrograms && isRoomy(MEMORY_FILES)) return MEMORY_FILES;
  // Root's own directory may be closed to others.
  return identity.uid === undefined || isOpenToAll(tmpdir()) ? tmpdir() : '/tmp';
}

const MEMORY_FILES = '/dev/shm';
/** A host takes about 100 MB. Containers often have 64 MB there in all. */
const ROOMY_BYTES = 2 ** 30;

function isRoomy(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= ROOMY_BYTES;
  } catch {
    return false;
  }
}

const CUSTOMARY_NOBODY = 65534;

function nobodys(flag: '-u' | '-g'): number {
  try {
    return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return CUSTOMARY_NOBODY;
  }
}

/** A directory that only the engine may enter, as PostgreSQL demands of its data directory. */
export async function createPrivate(directory: string, identity: Identity): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  await own(directory, identity);
}

/** Gives a file to the identity. */
export async function own(path: string, { uid, gid }: Identity): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** Writes a file that only the engine may read. */
export async function writePrivate(path: string, content: string, identity: Identity): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await own(path, identity);
}

const ENTER_FOR_OTHERS = 0o001;

function isOpenToAll(directory: string): boolean {
  if ((statSync(directory).mode & ENTER_FOR_OTHERS) === 0) return false;
  return dirname(directory) === directory || isOpenToAll(dirname(directory));
}
