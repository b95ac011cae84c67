import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { bundleDirectory } from '../../../infra/reconciler/bundles.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** A package of these files. */
function packageOf(...files: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'bundles-'));
  made.push(root);
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

test.each([
  ['in the repository', 'infra', 'dist/functions/drift'],
  ['compiled beside the bundles', 'dist/infra', 'dist/functions/drift'],
  ['compiled a level deeper', 'dist/package/infra', 'dist/functions/drift'],
  ['compiled outside dist', 'build/infra', 'dist/functions/drift'],
])('the bundle is found %s', (_, from, expected) => {
  // The sources of a function lie in functions/, too, but are no bundle.
  const root = packageOf('functions/drift/index.ts', `${expected}/index.mjs`);
  expect(bundleDirectory('drift', join(root, from))).toBe(join(root, expected));
});

test('a bundle that was not built is named, with what to do', () => {
  const root = packageOf('functions/drift/index.ts');
  expect(() => bundleDirectory('drift', join(root, 'infra'))).toThrow(
    `the bundle of the drift function is missing: ${join(root, 'dist/functions/drift')}/index.mjs; run npm run build`,
  );
});

test('neither the functions nor the command bring schemas of calls that they never make: they would double what is loaded', () => {
  const dist = join(import.meta.dirname, '../../../dist');
  const bundles = ['functions', 'cli']
    .flatMap((directory) =>
      readdirSync(join(dist, directory), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(dist, directory, file),
      ),
    )
    .filter((file) => file.endsWith('.mjs'));
  expect(bundles.length).toBeGreaterThan(6);
  expect(bundles.filter((file) => readFileSync(file, 'utf8').includes('AcceptTransitGateway'))).toEqual([]);
});
