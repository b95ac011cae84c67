import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zipSync } from 'fflate';

/** The files of a directory as a zip file. The same files make the same bytes, on every machine and at any time. */
export function zipOf(directory: string): Uint8Array {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const contents = files.map((file) => [relative(directory, file).split(sep).join('/'), readFileSync(file)] as const);
  return zipSync(Object.fromEntries(contents), {
    // Unix, so that the permissions count: Lambda runs as a user that owns none of the files, and must read them.
    os: 3,
    attrs: 0o100644 << 16,
    // A zip file has local time, and so has this date.
    mtime: new Date(1980, 0, 1),
    level: 9,
  });
}
