import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test, vi } from 'vitest';
import { agoFrom } from '../../../cli/history/since.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { settingsFor } from '../../quiet-sandbox.ts';
import { shared } from '../../shared.ts';
import {
  file,
  inSandbox,
  ordersOf,
  run,
  runBuilt,
  scheduledCheck,
  startPatient,
  untilKnownLost,
  widest,
} from '../rig.ts';

/* `rds-target events` after two real failovers in a sandbox: one whose events arrive, and one whose events are all lost. */

let sandbox: Sandbox;
/** Since when the failover is whose events were lost. */
let lostSince: string | undefined;

shared(
  async () => {
    sandbox = await startPatient();
    file('databases.json', [ordersOf(sandbox)]);
    lostSince = undefined;
  },
  () => sandbox?.close(),
);

const failOver = async () => {
  await sandbox.database.failover({ cause: 'crash' });
  await sandbox.functions.failover.idle();
};

async function failOverUnheard(): Promise<string> {
  if (lostSince) return lostSince;
  // Events are dated in whole seconds.
  const since = `${new Date().toISOString().slice(0, 19)}Z`;
  sandbox.eventBridge.delivery({ loseAll: true });
  await failOver();
  await scheduledCheck(sandbox);
  await untilKnownLost(sandbox);
  lostSince = since;
  return since;
}

/** Once no earlier change is in progress. */
const deploy = (more: Record<string, string> = {}) =>
  vi.waitFor(
    () =>
      new LambdaClient(settingsFor(sandbox)).send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: 'orders-drift',
          Environment: { Variables: { ...sandbox.environment, ...more } },
        }),
      ),
    { timeout: 10_000 },
  );

describe('rds-target events', () => {
  test('shows a failover whose events woke the function, and its lag', async () => {
    await failOver();
    const args = ['events', '--function', 'orders-drift', '--since', '1h'];
    const { code, out, err } = await runBuilt(args, inSandbox(sandbox));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/rds +Multi-AZ instance failover started\./);
    expect(out).toMatch(/failover +RDS-EVENT-\d{4}: changed/);
    expect(out).toMatch(/failover \d{4}-\d\d-\d\d [\d:]+ +in sync after [\d.]+ s, by an event/);
    expect(out).not.toContain('MISSED');
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  test('marks every event that was lost, says that the schedule corrected it, and exits with 3', async () => {
    const args = ['events', '--since', await failOverUnheard()];
    const text = await run(args, inSandbox(sandbox));
    expect(text).toMatchObject({ code: 3, err: '' });
    expect(text.out).toMatch(/failover started\. \[MISSED/);
    expect(text.out).toMatch(/by the schedule;\s+\d of \d\s+events\s+MISSED/);
    const json = JSON.parse((await run([...args, '--json'], inSandbox(sandbox))).out);
    expect(json.failovers).toMatchObject([{ correctedBy: 'schedule', lagMs: expect.any(Number) }]);
    expect(json.events[0]).toMatchObject({ heard: { kind: 'missed' } });
  });

  test('of several has a row for each: how many failovers, how many events were missed, and the failover that went wrong', async () => {
    await failOverUnheard();
    const { targetGroupArn } = ordersOf(sandbox);
    const absent = { ...ordersOf(sandbox), name: 'absent', targetGroupArn: targetGroupArn.replace('orders', 'absent') };
    file('fleet.json', [ordersOf(sandbox), absent]);
    const args = ['events', '--all', '--databases', 'fleet.json', '--since', '1h'];
    const { code, out, err } = await run(args, inSandbox(sandbox));
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(widest(out)).toBeLessThanOrEqual(80);
    const [head, fault, row, sum] = out.split(/\n(?=\S)/).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(head).toMatch(/^database failovers missed latest failover/);
    expect(fault).toMatch(
      /^absent FAULT: there is no log of absent-failover or absent-drift in eu-central-1 next: check/,
    );
    expect(row).toMatch(
      /^orders \d \d \d{4}-\d\d-\d\d \d\d:\d\d in sync after .* MISSED next: rds-target events orders --since 1h$/,
    );
    expect(sum).toBe('2 databases: 1 not known, 1 to look at');
    const json = await run([...args, '--json'], inSandbox(sandbox));
    const [, orders] = json.out.split('\n').map((line) => line && JSON.parse(line));
    expect(orders).toMatchObject({
      database: 'orders',
      exitCode: 3,
      failovers: expect.any(Array),
      events: expect.any(Array),
    });
  });

  test.each([
    ['FilterLogEvents', 'logs:FilterLogEvents'],
    ['DescribeEvents', 'rds:DescribeEvents'],
  ])('says which permission is missing when %s is refused', async (action, permission) => {
    const remove = sandbox.faults.add({ action, kind: 'error', code: 'AccessDeniedException', status: 403 });
    const { code, out, err } = await run(['events'], inSandbox(sandbox));
    remove();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`AWS denies ${permission}`);
    expect(err).toContain(`Next: grant ${permission}`);
  });

  test.each([
    [{ kind: 'cluster', id: 'orders' }, 'cluster orders'],
    [{ kind: 'instance', id: 'ordres' }, 'instance ordres'],
    [{ kind: 'hostname', hostname: 'orders.example.com', port: 5432, identifier: 'ordres' }, 'instance ordres'],
  ])('never takes a database that RDS does not know for one without events: %j', async (database, what) => {
    file('unknown.json', [{ ...ordersOf(sandbox), database, reconcile: { allowedCidrs: ['10.0.0.0/16'] } }]);
    const { code, out, err } = await run(['events', '--databases', 'unknown.json'], inSandbox(sandbox));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.replace(/\s+/g, ' ')).toContain(
      `RDS has no DB ${what} in eu-central-1, so its events are unknown Next: check`,
    );
  });

  test('takes an instance without events for what it is', async () => {
    const { code, out } = await run(['events', '--since', '1s'], inSandbox(sandbox));
    expect(code).toBe(0);
    expect(out).toContain('0 RDS events');
  });

  test('says whose log is not there: what that function did is not known', async () => {
    const remove = sandbox.faults.add({
      action: 'FilterLogEvents',
      kind: 'error',
      code: 'ResourceNotFoundException',
      status: 400,
      times: 1,
    });
    const { out } = await run(['events'], inSandbox(sandbox));
    remove();
    expect(out).toMatch(/^there is no log of orders-(failover|drift): its runs are unknown/m);
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect((await run(['events'], inSandbox(sandbox))).out).not.toContain('there is no log');
  });

  test('says where runs that go well leave no line: by the level in the file, or of the function', async () => {
    const told = async (...words: string[]) =>
      (await run(['events', ...words], inSandbox(sandbox))).out.replace(/\s+/g, ' ');
    file('quiet.json', [{ ...ordersOf(sandbox), reconcile: { logLevel: 'WARN' } }]);
    const note =
      /the functions log from WARN on: runs that go well leave no line, and events that woke them count as MISSED\. Set reconcile\.logLevel to INFO/;
    expect(await told('--databases', 'quiet.json')).toMatch(note);
    await deploy({ LOG_LEVEL: 'warn' });
    expect(await told('--function', 'orders-drift')).toMatch(note);
    await deploy({ LOG_LEVEL: 'DEBUG' });
    expect(await told('--function', 'orders-drift')).not.toContain('the functions log from');
    await deploy();
    expect(await told()).not.toContain('the functions log from');
  });

  test('says where to look when there is no log', async () => {
    const remove = sandbox.faults.add({ action: 'FilterLogEvents', kind: 'error', code: 'ResourceNotFoundException' });
    const { code, err } = await run(['events'], inSandbox(sandbox));
    remove();
    expect(code).toBe(1);
    expect(err).toMatch(/no log of orders-failover or orders-drift in eu-central-1/);
  });

  test('says that another Region does not have the database', async () => {
    const { code, err } = await run(['events', '--region', 'eu-west-1'], inSandbox(sandbox));
    expect(code).toBe(1);
    expect(err).toMatch(/RDS has no DB instance orders in eu-west-1/);
  });
});

describe('how far back', () => {
  test('is a period or a time, at most the 14 days that RDS keeps', () => {
    expect(['90s', '90m', '1.5h', '14d'].map((text) => agoFrom(text))).toEqual([
      90_000, 5_400_000, 5_400_000, 1_209_600_000,
    ]);
    const noon = Date.parse('2026-11-20T12:00:00Z');
    expect(agoFrom('2026-11-20T11:00Z', noon)).toBe(3_600_000);
    for (const wrong of ['', '7', '-1h', '0m', '15d', '7 days', '2027-01-01', '2026-13-01'])
      expect(() => agoFrom(wrong, noon), wrong).toThrow(/90m, 12h, 7d/);
  });
});
