import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'built-'));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The step before every synth, in a checkout with these bundles; there is nothing that could be built in it. */
function stepWith(...names: string[]) {
  for (const name of names) {
    const file = join(directory, 'dist/functions', name, 'index.mjs');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/built.ts')], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, stderr };
}

describe('before a synth', () => {
  test('functions that are built stay as they are', () => {
    expect(stepWith('failover', 'drift', 'acceptance')).toEqual({ status: 0, stderr: '' });
  });

  test('functions that are not there are built, so that a fresh clone synthesises', () => {
    mkdirSync(directory, { recursive: true });
    const { status, stderr } = stepWith('drift');
    expect(stderr).toContain('the functions are not built yet: building them');
    // The build itself has begun, and found no sources here.
    expect(stderr).toContain('functions/failover/index.ts');
    expect(status).toBe(1);
  });

  test('cdk.json asks for it', () => {
    expect(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).app).toContain('node scripts/built.ts && ');
  });
});
