import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { unhealthy } from '../reports.ts';
import { file, run, runBuilt, widest } from '../rig.ts';
import { createAccount, entryOf, numbered, type Says, well } from './account.ts';

/* `status`, `plan` and `resync` of many databases, against Lambda's API on the wire. */

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function accountOf(names: readonly string[], says: Says = (name) => well(name), listed = names) {
  const account = await createAccount(names, says);
  closers.push(account.close);
  file('databases.json', listed.map(entryOf));
  return account;
}

const drift = (name: string) =>
  well(name, { outcome: 'observed', plan: { kind: 'change', register: ['10.0.2.10:5432'], deregister: [] } });

const examples = join(import.meta.dirname, '../../../examples');
const [gateway] = JSON.parse(readFileSync(join(examples, 'resource-gateway.json'), 'utf8')).databases;

describe('status --all', () => {
  test('asks each function once, ten at a time', async () => {
    const names = numbered(10);
    const waiting: (() => void)[] = [];
    /** No function answers before ten are asked. */
    const inTens: Says = async (name) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 10) for (const answer of waiting.splice(0)) answer();
      });
      return well(name);
    };
    const { env, asked, mostAtOnce } = await accountOf(names, inTens);
    const { code, out, err } = await runBuilt(['status', '--all'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(asked.map(({ database }) => database).sort()).toEqual(names);
    expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(['status']));
    expect(mostAtOnce()).toBe(10);
    expect(out.split('\n').slice(0, 2)).toEqual([
      'database  writer          state',
      'db-001    10.0.1.10:5432  in sync',
    ]);
    expect(out).toMatch(/^10 databases: 10 well$/m);
  });

  const states: Says = (name) => {
    if (name === 'slow')
      return Object.assign(new Error('Task timed out after 56.00 seconds'), { name: 'Sandbox.Timedout' });
    if (name === 'drifting') return drift(name);
    if (name === 'down') return well(name, { targets: unhealthy });
    if (name === 'held') return well(name, { outcome: 'held', reason: 'TopologyUnavailable', detail: 'no' });
    if (name === 'paused') return well(name, { pausedUntil: '2036-01-01T00:00:00Z' });
    return well(name);
  };
  const deployed = ['orders', 'denied', 'slow', 'drifting', 'down', 'held', 'paused'];

  test('has a row for each that cannot be asked, with what to do next, and tells the state of the others', async () => {
    const { env, faults } = await accountOf(deployed, states, ['absent', ...deployed]);
    const message = 'User: op is not authorized to perform: lambda:InvokeFunction on resource: denied-drift';
    const isDenied = (params: ReadonlyMap<string, string>) => params.get('FunctionName') === 'denied-drift';
    faults.add({
      action: 'Invoke',
      kind: 'error',
      code: 'AccessDeniedException',
      status: 403,
      message,
      when: isDenied,
    });
    const { code, out, err } = await run(['status', '--all'], env);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(widest(out)).toBeLessThanOrEqual(80);
    const rows = out.split(/\n(?=\S)/).map((row) => row.replace(/\s+/g, ' ').trim());
    expect(rows).toEqual([
      'database writer state',
      expect.stringMatching(
        /^absent FAULT: there is no function absent-drift in eu-central-1 next: deploy it \(npx --no -- cdk deploy absent\)/,
      ),
      expect.stringMatching(
        /^denied FAULT: AWS denies lambda:InvokeFunction .* next: grant lambda:InvokeFunction on denied-drift to op/,
      ),
      expect.stringMatching(
        /^slow FAULT: slow-drift failed: Sandbox\.Timedout: Task timed out .* next: try again; if it persists, add --local/,
      ),
      'down 10.0.1.10:5432 in sync, NO HEALTHY TARGET next: docs/runbook.md#no-healthy-target',
      'drifting 10.0.1.10:5432 drift (1 to register, 0 to deregister) next: rds-target resync drifting',
      'held 10.0.1.10:5432 held: TopologyUnavailable next: docs/runbook.md#topologyunavailable',
      'paused 10.0.1.10:5432 in sync, PAUSED until 2036-01-01T00:00:00Z next: rds-target resume paused ends the pause',
      'orders 10.0.1.10:5432 in sync',
      '8 databases: 3 not known, 3 to look at, 2 well',
    ]);
  });

  test('prints one line of JSON for each', async () => {
    const { env } = await accountOf(deployed, states, ['absent', ...deployed]);
    const { code, out } = await run(['status', '--all', '--json'], env);
    expect(code).toBe(1);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatchObject({
      database: 'absent',
      exitCode: 1,
      fault: expect.stringContaining('no function'),
      next: expect.any(String),
    });
    expect(lines.find(({ database }) => database === 'drifting')).toMatchObject({ exitCode: 3, outcome: 'observed' });
    expect(lines.at(-1)).toMatchObject({ database: 'orders', exitCode: 0, outcome: 'in-sync' });
  });

  test('names what has no function to ask, and asks the others', async () => {
    const { env, asked } = await accountOf(['orders']);
    file('databases.json', [entryOf('orders'), gateway]);
    const { code, out, err } = await run(['status', '--all'], env);
    expect(code).toBe(0);
    expect(err.replace(/\s+/g, ' ')).toBe('not asked: reports (a resource gateway alone has no functions) ');
    expect(out).not.toContain('reports');
    expect(asked).toHaveLength(1);
    const none = await run(['status', 'rep*'], env);
    expect(none).toMatchObject({ code: 2, out: '' });
    expect(none.err).toContain('resource-gateway');
  });

  test('says once what is wrong with all of them', async () => {
    const { env, faults } = await accountOf(numbered(3));
    faults.add({ action: 'Invoke', kind: 'error', code: 'ExpiredTokenException', status: 403 });
    const { code, out, err } = await run(['status', '--all'], env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'error: your AWS credentials have expired (ExpiredTokenException)\nNext: log in again (aws sso login), or refresh the credentials behind\n  AWS_SESSION_TOKEN\n',
    );
  });
});

describe('a name with *', () => {
  test.each([
    ['orders*', ['orders', 'orders-eu']],
    ['*-eu', ['billing-eu', 'orders-eu']],
    ['order?', ['orders']],
    ['*', ['billing-eu', 'orders', 'orders-eu', 'preorders']],
  ])('%s means %j, and resync corrects these alone', async (pattern, meant) => {
    const { env, asked } = await accountOf(['orders', 'orders-eu', 'billing-eu', 'preorders'], (name, action) =>
      action === 'resync' ? well(name, { outcome: 'changed', registered: ['10.0.1.10:5432'] }) : well(name),
    );
    const { code, out } = await run(['resync', pattern], env);
    expect(code).toBe(0);
    expect(asked.map(({ database }) => database).sort()).toEqual(meant);
    expect(out.replace(/\s+/g, ' ')).toContain('corrected (1 registered, 0 deregistered), now in sync');
    asked.length = 0;
    await run(['plan', pattern], env);
    expect(asked.map(({ action }) => action)).toEqual(meant.map(() => 'plan'));
  });
});
