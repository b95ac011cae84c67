import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { shared } from '../../shared.ts';
import { type Environment, file, inSandbox, ordersOf, start, startPatient } from '../rig.ts';

/* The command repeats a check against a sandbox on the wire. */

let sandbox: Sandbox;
let env: Environment;

shared(
  async () => {
    sandbox = await startPatient();
    env = inSandbox(sandbox);
    file('databases.json', [ordersOf(sandbox)]);
  },
  () => sandbox?.close(),
);
afterEach(() => sandbox.faults.clear());

describe('status --watch', () => {
  test('repeats the check, and ends at Ctrl-C with the exit code of the latest one', async () => {
    const { child, ended } = start(['status', '--watch', '1', '--json'], env);
    let lines = 0;
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (text: string) => {
        lines += text.split('\n').length - 1;
        if (lines >= 2) resolve();
      });
    });
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(0);
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ outcome: 'in-sync' });
  });

  test('ends silently when its reader goes away, as | head does', async () => {
    const { child, ended } = start(['status', '--watch', '1'], env);
    await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  test('goes on when a later check fails, shows the fault, and ends with its exit code', async () => {
    const { child, ended } = start(['status', '--watch', '1'], env);
    let seen = '';
    const until = (text: string) =>
      new Promise<void>((resolve) => {
        child.stdout?.on('data', (more: string) => {
          seen += more;
          if (seen.includes(text)) resolve();
        });
      });
    await until('in sync');
    sandbox.faults.add({ action: 'Invoke', kind: 'error', code: 'AccessDeniedException', status: 403 });
    await until('error: AWS denies lambda:InvokeFunction');
    child.kill('SIGINT');
    expect((await ended).code).toBe(1);
  });
});
