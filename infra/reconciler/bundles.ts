import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The directory of a function's built bundle, with its licences and SBOM. The modules run from the repository, and
 * compiled, from somewhere beside the bundles, in the package.
 * @throws Error when the bundle was not built
 */
export function bundleDirectory(name: string, from: string = import.meta.dirname): string {
  const roots = ['..', join('..', '..'), join('..', '..', '..')].map((up) => join(from, up));
  const candidates = roots.flatMap((root) => [join(root, 'dist', 'functions', name), join(root, 'functions', name)]);
  const found = candidates.find((directory) => existsSync(join(directory, 'index.mjs')));
  if (!found)
    throw new Error(`the bundle of the ${name} function is missing: ${candidates[0]}/index.mjs; run npm run build`);
  const other = otherVersion(join(found, '..', '..', '..'));
  if (other) throw new Error(`${other}; run npm run build, or reinstall the package`);
  return found;
}

/*
 * What is deployed is what was built: the build records its inputs, and each synth compares. An installed package has no sources to
 * compare with, but its version.
 */

type Built = {
  readonly version: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
};

/** In the part of the package that the build writes last: an interrupted build leaves no record. */
const recordIn = (root: string) => join(root, 'dist', 'package', 'built-from.json');

const versionIn = (root: string): string | undefined => {
  const file = join(root, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version : undefined;
};

const hashOf = (file: string): string | undefined =>
  existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;

/** Records what went into the functions (the sources, and the versions of the packages) and what came out. */
export function recordBuild(root: string, files: readonly string[], outputs: readonly string[]): void {
  const own = files.filter((file) => !file.includes('node_modules/') && existsSync(join(root, file)));
  const inputs = [...own, 'package-lock.json', 'scripts/build.ts']
    .sort()
    .map((file) => [file, hashOf(join(root, file))]);
  const record = { version: versionIn(root), inputs: Object.fromEntries(inputs), outputs };
  writeFileSync(recordIn(root), `${JSON.stringify(record, null, 2)}\n`);
}

const readRecord = (root: string) => JSON.parse(readFileSync(recordIn(root), 'utf8')) as Built;

/** Why the functions do not belong to this version of the package; undefined when they do. */
function otherVersion(root: string): string | undefined {
  const own = versionIn(root);
  if (own === undefined || !existsSync(recordIn(root))) return undefined;
  const { version } = readRecord(root);
  return own === version ? undefined : `the functions are of version ${version}, and this is ${own}`;
}

/** Why what is built is not what would be built now; undefined when it is. */
export function stalenessOf(root: string): string | undefined {
  const hasSources = existsSync(join(root, 'functions', 'failover', 'index.ts'));
  if (!existsSync(recordIn(root))) return hasSources ? 'it is not known what the functions were built from' : undefined;
  const other = otherVersion(root);
  if (other || !hasSources) return other;
  const { inputs, outputs } = readRecord(root);
  const missing = outputs.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined) return `${missing} was built and is gone`;
  const changed = Object.entries(inputs).flatMap(([file, hash]) => (hashOf(join(root, file)) === hash ? [] : [file]));
  const [first] = changed;
  const others = changed.length > 1 ? ` and ${changed.length - 1} more files have` : ' has';
  return first === undefined ? undefined : `${first}${others} changed since the functions were built`;
}
