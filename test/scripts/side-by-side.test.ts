import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

test('scripts side by side all run to their end: their outputs are shown, and the exit code is that of the one that failed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'side-by-side-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const scripts = { bad: 'echo wrong >&2 && exit 3', good: 'echo fine' };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ scripts }));
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../scripts/side-by-side.ts'), 'bad', 'good'],
    { cwd: directory, encoding: 'utf8' },
  );
  expect(status, stdout).toBe(3);
  expect(stdout).toMatch(/^wrong\nbad: failed with exit code 3, [\d.]+ s$/m);
  expect(stdout).toMatch(/^fine\ngood: ok, [\d.]+ s$/m);
});
