import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { otherVersion } from './built-from.ts';

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
  if (other) throw new Error(`${other}; run npm run build, or install the package anew`);
  return found;
}
