import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Compiles the public constructs (infra/index.ts and what it imports) to dist/package: JavaScript and types that CDK apps use
 * without a build of their own.
 * @throws Error when the sources do not compile
 */
export async function compilePackage(directory = join(root, 'dist', 'package')): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', join(root, 'tsconfig.package.json'), '--outDir', directory];
  execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
  const files = await readdir(directory, { recursive: true });
  await Promise.all(files.filter((file) => file.endsWith('.d.ts')).map((file) => rewrite(join(directory, file))));
}

/** tsc rewrites `./x.ts` in JavaScript, not in declarations, where older compilers do not find it. */
async function rewrite(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'));
}
