import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizesText } from '../../scripts/sizes.ts';

const outputs = {
  'dist/cli/rds-target.mjs': { bytes: 280 * 1024 },
  'dist/cli/chunks/mysql-74DBAQYW.mjs': { bytes: 1000 * 1024 },
  'dist/cli/chunks/page-BBMQGV6B.mjs': { bytes: 24 * 1024 },
  'dist/cli/rds-target.mjs.map': { bytes: 5 },
};

test('a build tells the size of what is named, and the chunks in one line', () => {
  expect(sizesText(outputs).split('\n')).toEqual([
    'dist/cli/rds-target.mjs  280 KB',
    'and 2 chunks, loaded when they are needed  1024 KB',
  ]);
});

test('a build leaves standard output to the script that comes after it, so that its JSON can be piped', () => {
  const module = join(import.meta.dirname, '../../scripts/sizes.ts');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `(await import(${JSON.stringify(module)})).tellSizes(${JSON.stringify(outputs)})`,
    ],
    { encoding: 'utf8' },
  );
  expect(stdout).toBe('');
  expect(stderr).toContain('dist/cli/rds-target.mjs  280 KB');
});
