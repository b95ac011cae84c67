import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { bundleDirectory, recordBuild, stalenessOf } from '../../infra/reconciler/bundles.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'built-'));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function place(...names: string[]): void {
  for (const name of names) {
    const file = join(directory, 'dist/functions', name, 'index.mjs');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
}

/** The step before every synth, in a checkout with these bundles; there is nothing that could be built in it. */
function stepWith(...names: string[]) {
  place(...names);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/built.ts')], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, stderr };
}

describe('before a synth', () => {
  test('functions that are built stay as they are', () => {
    expect(stepWith('failover', 'drift', 'acceptance', 'registration')).toEqual({ status: 0, stderr: '' });
  });

  test('functions that are not there are built, so that a fresh clone synthesises', () => {
    mkdirSync(directory, { recursive: true });
    const { status, stderr } = stepWith('drift');
    expect(stderr).toContain('the functions are not built yet: building them');
    // The build itself has begun, and found no sources here.
    expect(stderr).toContain('functions/failover/index.ts');
    expect(status).toBe(1);
  });

  test('functions whose sources have changed are built anew', () => {
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    };
    for (const file of ['functions/failover/index.ts', 'lib/decision/plan.ts', 'package-lock.json', 'scripts/build.ts'])
      write(file, 'as built');
    write('package.json', '{"version": "1.0.0"}');
    const built = () => {
      mkdirSync(join(directory, 'dist/package'), { recursive: true });
      place('failover', 'drift', 'acceptance', 'registration');
      recordBuild(
        directory,
        ['functions/failover/index.ts', 'lib/decision/plan.ts', 'node_modules/zod/index.js', 'by-require:node:http'],
        ['dist/functions/drift/doctor.mjs'],
      );
      write('dist/functions/drift/doctor.mjs', '');
    };
    built();
    expect(stepWith('failover', 'drift', 'acceptance', 'registration')).toEqual({ status: 0, stderr: '' });

    write('lib/decision/plan.ts', 'another');
    expect(stepWith().stderr).toContain(
      'lib/decision/plan.ts has changed since the functions were built: building them',
    );
    built();
    rmSync(join(directory, 'dist/functions/drift/doctor.mjs'));
    expect(stepWith().stderr).toContain('dist/functions/drift/doctor.mjs was built and is gone: building them');
    built();
    write('lib/decision/plan.ts', 'a third');
    rmSync(join(directory, 'functions/failover/index.ts'));
    // An installed package: no sources, nothing to compare.
    expect(stalenessOf(directory)).toBeUndefined();
    write('package.json', '{"version": "1.1.0"}');
    expect(stalenessOf(directory)).toBe('the functions are of version 1.0.0, and this is 1.1.0');
    expect(() => bundleDirectory('drift', join(directory, 'infra'))).toThrow(
      /of version 1\.0\.0, and this is 1\.1\.0; run/,
    );
  });

  test('functions without a record of what they were built from are built anew', () => {
    mkdirSync(join(directory, 'functions/failover'), { recursive: true });
    writeFileSync(join(directory, 'functions/failover/index.ts'), '');
    expect(stepWith('failover', 'drift', 'acceptance', 'registration').stderr).toContain(
      'not known what the functions were built from',
    );
  });

  test('what this build was made from is written down, each source of a function among it', () => {
    expect(stalenessOf(root)).toBeUndefined();
    const { inputs } = JSON.parse(readFileSync(join(root, 'dist/package/built-from.json'), 'utf8'));
    for (const file of [
      'functions/drift/index.ts',
      'lib/decision/plan.ts',
      'lib/doctor/catalogue.ts',
      'package-lock.json',
      'scripts/build.ts',
    ])
      expect(inputs[file], file).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(inputs).filter((file) => file.includes('node_modules'))).toEqual([]);
  });

  test('cdk.json asks for it', () => {
    expect(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).app).toContain('node scripts/built.ts && ');
  });
});
