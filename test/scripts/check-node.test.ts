import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const script = join(import.meta.dirname, '../../scripts/check-node.mjs');

/** The script in a process that takes itself for another. */
function checkedBy(node: string, platform: string, arch: string) {
  const disguise = { platform, arch, versions: { ...process.versions, node } };
  const code = `for (const [key, value] of Object.entries(${JSON.stringify(disguise)})) Object.defineProperty(process, key, { value });
await import(process.argv[1]);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code, script], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each(['24.0.0', '24.11.1', '26.0.0'])('Node %s is taken without a word', (node) => {
  expect(checkedBy(node, 'linux', 'x64')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('an older Node is told what it is, what is wanted, and that npm ci brings it', () => {
  const { status, stdout, stderr } = checkedBy('20.19.2', 'linux', 'x64');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(
    `runs on Node 24, the Lambda runtime nodejs24.x; this is Node 20.19.2 at ${process.execPath}`,
  );
  expect(stderr).toContain('On linux-x64, `npm ci` brings Node 24 along');
});

test('where there is no package of Node, the way to install it is told', () => {
  const { status, stderr } = checkedBy('22.1.0', 'freebsd', 'x64');
  expect(status).toBe(1);
  expect(stderr).toContain('For freebsd-x64 there is no package of it: install Node 24 (https://nodejs.org');
});
