import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FunctionChecks, merged } from '../../../cli/doctor/merge.ts';
import { diagnosticActions } from '../../../lib/doctor/permissions.ts';
import type { Check, Report } from '../../../lib/domain.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { createQuietSandbox } from '../../quiet-sandbox.ts';
import { shared } from '../../shared.ts';
import { type Environment, file, inSandbox, orders, run, widest } from '../rig.ts';

/* doctor asks both functions, and reads with the operator's credentials what the functions may not. */

describe('what two functions say is merged:', () => {
  const check = (name: string, result: Check['result'], detail: string): Check => ({ check: name, result, detail });
  const of = (...sayings: readonly (readonly [string, Check['result'], string])[]) =>
    merged(
      sayings.map(
        ([by, result, detail]): FunctionChecks => ({ by, checks: [check(by.split('/')[1] ?? '', result, detail)] }),
      ),
    )[0];
  const [shared, own] = ['group-port', 'rules-enabled'];

  test.each<[string, Check['result'], string, Check['result'], string, Check['result'], string]>([
    ['a failure of one is a failure, and says whose', 'ok', 'fine', 'failed', 'off', 'failed', 'B: off'],
    ['a failure that both see is told once', 'failed', 'off', 'failed', 'off', 'failed', 'off'],
    ['two failures are told both', 'failed', 'x', 'failed', 'y', 'failed', 'A: x; B: y'],
    ['what both find right is told once', 'ok', 'fine', 'ok', 'fine', 'ok', 'fine'],
  ])('%s', (_, first, a, second, b, result, detail) => {
    for (const name of [shared, own])
      expect(of([`A/${name}`, first, a], [`B/${name}`, second, b])).toMatchObject({
        result,
        detail: detail.replace('A:', `A/${name}:`).replace('B:', `B/${name}:`),
      });
  });

  test('what they share need be seen by one; what each has of its own has to be seen by both', () => {
    expect(of([`A/${shared}`, 'ok', 'fine'], [`B/${shared}`, 'not-checked', 'denied'])).toMatchObject({
      result: 'ok',
      detail: 'fine',
    });
    expect(of([`A/${own}`, 'ok', 'fine'], [`B/${own}`, 'not-checked', 'denied'])).toMatchObject({
      result: 'not-checked',
      detail: `B/${own}: denied`,
    });
  });

  test('no event since yesterday says nothing against the schedule that has fired', () => {
    expect(of(['A/rules-fired', 'not-checked', 'no event'], ['B/rules-fired', 'ok', '5 times'])).toMatchObject({
      result: 'ok',
    });
  });

  test('a check that comes once for each name stays one for each', () => {
    const both = [check('name-resolves', 'ok', 'a'), check('name-resolves', 'failed', 'b')];
    expect(
      merged([
        { by: 'A', checks: both },
        { by: 'B', checks: both },
      ]),
    ).toEqual(both);
  });
});

test('docs/command.md lists what doctor reads with the own credentials', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/command.md'), 'utf8');
  for (const action of [...diagnosticActions, 'rds:DescribeDBInstances']) expect(text).toContain(`\`${action}\``);
});

let sandbox: Sandbox;
let env: Environment;
shared(
  async () => {
    sandbox = await createQuietSandbox();
    sandbox.eventBridge.schedule(
      'orders-drift',
      60_000,
      () => {},
      'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift',
    );
    env = inSandbox(sandbox);
    file('databases.json', [
      { ...orders, targetGroupArn: sandbox.targetGroup.arn, reconcile: { dnsServers: [sandbox.dns.address] } },
    ]);
  },
  () => sandbox?.close(),
);
/** Fifteen minutes of AWS, which the checks look back, are half a minute here. */
beforeEach(async () => {
  sandbox.eventBridge.rule('orders-drift')?.firedAt.push(sandbox.clock.elapsed());
  await sandbox.functions.drift.invoke({ action: 'resync' });
});
afterEach(() => {
  for (const permission of sandbox.gameDay.denied()) sandbox.gameDay.allow(permission);
  sandbox.faults.clear();
});

const doctor = async (...args: string[]) => {
  const { code, out } = await run(['doctor', '--json', ...args], env);
  const report = JSON.parse(out) as Report;
  return {
    code,
    checks: report.checks ?? [],
    of: (name: string) => report.checks?.find(({ check }) => check === name),
  };
};
const unread = (checks: readonly Check[]) =>
  checks.filter(({ result }) => result === 'not-checked').map(({ check }) => check);

describe('doctor', () => {
  test('finds a disabled failover rule by the plain name of the database', async () => {
    const rule = sandbox.eventBridge.rule('orders-rds');
    if (!rule) throw new Error('no rule');
    rule.isEnabled = false;
    try {
      for (const args of [['orders'], ['--function', 'orders-drift'], ['orders', '--local']]) {
        const { code, of } = await doctor(...args);
        expect(code).toBe(3);
        expect(of('rules-enabled')).toMatchObject({
          result: 'failed',
          detail: 'orders-failover: disabled: orders-rds',
          failure: expect.stringContaining('a failover waits for the schedule'),
        });
      }
      const all = await run(['doctor', '--all'], env);
      expect(all).toMatchObject({ code: 3, err: '' });
      expect(all.out.replace(/ +/g, ' ')).toMatch(
        /^database ok failed not checked checks\norders \d+ 1 \d FAILED rules-enabled\n next: rds-target doctor orders\n1 database: 1 to look at$/m,
      );
    } finally {
      rule.isEnabled = true;
    }
  });

  test('of a default deployment, whose role may read little, reads the rest with the own credentials and says so', async () => {
    for (const action of diagnosticActions) sandbox.gameDay.deny(action);
    const { code, checks, of } = await doctor();
    expect(unread(checks)).toEqual([]);
    expect(code).toBe(0);
    expect(of('rules-enabled')?.detail).toBe(
      'orders-failover: orders-rds; orders-drift: orders-drift (read with your credentials)',
    );
    const read = checks.filter(({ detail }) => detail.includes('read with your credentials'));
    expect(read.length).toBeGreaterThanOrEqual(16);
    const { out } = await run(['doctor'], env);
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  test('fails by what it reads with the own credentials, too', async () => {
    for (const action of diagnosticActions) sandbox.gameDay.deny(action);
    const { crossZone } = { crossZone: 'load_balancing.cross_zone.enabled' };
    const before = sandbox.balancer.attributes.get(crossZone) ?? 'true';
    sandbox.balancer.attributes.set(crossZone, 'false');
    const { code, of } = await doctor().finally(() => sandbox.balancer.attributes.set(crossZone, before));
    expect(code).toBe(3);
    expect(of('cross-zone-on')).toMatchObject({ result: 'failed', remedy: expect.stringContaining('aws elbv2') });
  });

  test('says what neither the role nor the own credentials may read', async () => {
    sandbox.faults.add({ action: 'DescribeSecurityGroups', kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    const { code, of } = await doctor();
    expect(code).toBe(0);
    expect(of('database-admits-load-balancer')).toMatchObject({ result: 'not-checked' });
    expect(of('permissions-suffice')?.detail).toMatch(
      /grant ec2:DescribeSecurityGroups; your credentials: .*grant ec2:DescribeSecurityGroups/,
    );
  });

  test('fails when one of the functions does not answer, and goes on with the other', async () => {
    let calls = 0;
    const when = () => calls++ === 0;
    sandbox.faults.add({
      action: 'Invoke',
      kind: 'error',
      code: 'ResourceNotFoundException',
      status: 404,
      message: 'Function not found',
      when,
    });
    const { code, of } = await doctor();
    expect(code).toBe(3);
    expect(of('functions-answer')).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/^orders-(failover|drift): there is no function/),
    });
    expect(of('in-sync')).toMatchObject({ result: 'ok' });
  });

  test('does not call a function wrong that the operator may not invoke', async () => {
    let calls = 0;
    sandbox.faults.add({
      action: 'Invoke',
      kind: 'error',
      code: 'AccessDeniedException',
      status: 403,
      when: () => calls++ === 0,
    });
    const { code, of } = await doctor();
    expect(code).toBe(0);
    expect(of('functions-answer')).toMatchObject({
      result: 'not-checked',
      detail: expect.stringContaining('AWS denies'),
    });
  });

  test('of a hung database finds what health checks do not', async () => {
    sandbox.gameDay.hang();
    try {
      const { code, of } = await doctor();
      expect(code).toBe(3);
      expect(of('target-healthy')).toMatchObject({ result: 'ok' });
      expect(of('writer-accepts-connections')).toMatchObject({
        result: 'failed',
        detail: expect.stringContaining('PostgreSQL hangs'),
      });
    } finally {
      sandbox.gameDay.resume();
    }
  });
});
