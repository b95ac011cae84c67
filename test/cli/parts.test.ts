import { afterEach, describe, expect, test, vi } from 'vitest';
import { awsError } from '../../cli/access/call.ts';
import { select } from '../../cli/access/select.ts';
import type { Session } from '../../cli/access/session.ts';
import { checkLines } from '../../cli/doctor/text.ts';
import { exitCodes } from '../../cli/terminal/exit-codes.ts';
import { type Io, withProgress } from '../../cli/terminal/io.ts';
import { planLines, resyncLines, targetLines } from '../../cli/terminal/report-text.ts';
import { coloursOf } from '../../cli/terminal/styles.ts';
import { hung, table, wrap } from '../../cli/terminal/text.ts';
import { codeOf, verdictOf } from '../../cli/terminal/verdict.ts';
import { catalogue } from '../../lib/doctor/catalogue.ts';
import type { Check, Outcome, Report, TargetState } from '../../lib/domain.ts';
import { nearest } from '../../lib/nearest.ts';
import { widest } from './rig.ts';

afterEach(() => void vi.useRealTimers());

const io = { colour: coloursOf(false), width: 80, env: {} } as Io;

describe('progress', () => {
  const shown = () => {
    const texts: string[] = [];
    return { texts, io: { ...io, status: (text: string) => void texts.push(text) } };
  };

  test('is silent for what takes less than a second, and counts the seconds of what takes longer', async () => {
    vi.useFakeTimers();
    const { texts, io: terminal } = shown();
    const work = (ms: number) => withProgress(terminal, 'asking', () => new Promise((done) => setTimeout(done, ms)));
    const quick = work(900);
    await vi.advanceTimersByTimeAsync(900);
    await quick;
    expect(texts).toEqual(['']);
    const slow = work(2500);
    await vi.advanceTimersByTimeAsync(2500);
    await slow;
    expect(texts.slice(1)).toEqual(['asking … 1 s', 'asking … 2 s', '']);
  });

  test('is wiped away when the work fails', async () => {
    const { texts, io: terminal } = shown();
    await expect(withProgress(terminal, 'asking', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(texts).toEqual(['']);
  });
});

const healthy = [{ target: '10.0.1.10:5432', state: 'healthy' }] as const;
const shifted = [{ target: '10.0.2.10:5432', state: 'healthy', override: 'zonal_shift_active' }] as const;
const unhealthy = [{ target: '10.0.1.10:5432', state: 'unhealthy' }] as const;

describe('exit codes', () => {
  test.each<[Outcome, Report['targets'], number]>([
    ['in-sync', undefined, 0],
    ['in-sync', healthy, 0],
    ['in-sync', unhealthy, 3],
    ['in-sync', [], 3],
    ['in-sync', [{ target: '10.0.1.10:5432', state: 'initial' }], 3],
    ['in-sync', [{ target: '10.0.1.10:5432', state: 'unused' }], 3],
    ['in-sync', [...unhealthy, ...healthy], 0],
    ['in-sync', shifted, 3],
    ['in-sync', [...shifted, ...healthy], 0],
    ['changed', healthy, 0],
    ['changed', unhealthy, 3],
    ['held', healthy, 3],
    ['waiting', healthy, 3],
    ['observed', healthy, 3],
  ])('an outcome %s of a group with %j ends with %i', (outcome, targets, code) => {
    expect(codeOf({ outcome, ...(targets ? { targets } : {}) })).toBe(code);
    expect(Object.values(exitCodes)).toContain(code);
  });
});

const reportOf = (more: Partial<Report>): Report => ({
  database: 'orders',
  trigger: { kind: 'manual', action: 'status' },
  outcome: 'in-sync',
  registered: [],
  deregistered: [],
  stale: [],
  passes: 1,
  durationMs: 1,
  ...more,
});

describe('the headline', () => {
  const plan = { kind: 'change', register: ['a'], deregister: [] } as const;
  test.each<[Partial<Report>, string]>([
    [{ targets: healthy }, 'in sync'],
    [{ targets: unhealthy }, 'in sync, NO HEALTHY TARGET'],
    [{ targets: [] }, 'in sync, NO HEALTHY TARGET'],
    [{ targets: shifted }, 'in sync, NO NEW CONNECTIONS (zonal shift)'],
    [{ targets: [...shifted, ...healthy] }, 'in sync'],
    [{}, 'in sync'],
    [{ outcome: 'held', reason: 'NoWriter', targets: unhealthy }, 'held: NoWriter, NO HEALTHY TARGET'],
    [{ outcome: 'observed', plan, targets: unhealthy }, 'drift (1 to register, 0 to deregister), NO HEALTHY TARGET'],
  ])('of %j is %s', (report, text) => {
    expect(verdictOf(reportOf(report)).text).toBe(text);
  });
});

describe('the targets of a group in sync', () => {
  const report = (...states: TargetState[]): Report =>
    reportOf({ targets: states.map((state, index) => ({ target: `10.0.1.${index}:5432`, state })) });

  test.each<[TargetState[], RegExp | undefined]>([
    [['healthy'], undefined],
    [['unhealthy', 'healthy'], undefined],
    [['unhealthy'], /consumers are not served/],
    [['unused'], /consumers are not served/],
    [['initial', 'unhealthy'], /90 to 180 seconds/],
  ])('%j: where to go on when none is healthy', (states, told) => {
    const text = targetLines(io, report(...states)).join('\n');
    if (told) expect(text).toMatch(told);
    expect(text.includes('next: docs/runbook.md#no-healthy-target')).toBe(told !== undefined);
  });
});

test('a target that a zonal shift keeps connections from says so beside its state, and why no consumer is served', () => {
  const text = targetLines(io, reportOf({ targets: shifted })).join('\n');
  expect(text).toMatch(/10\.0\.2\.10:5432 {2}healthy zonal_shift_active/);
  expect(text).toMatch(/a zonal shift keeps new connections away from every healthy target/);
});

describe('what a plan and a resync say', () => {
  const nothing = { register: [], deregister: [] };
  const change = { kind: 'change', register: ['10.0.1.10:5432'], deregister: [] } as const;
  test.each<[string, Partial<Report>, RegExp]>([
    ['in sync', { plan: { kind: 'in-sync', ...nothing } }, /^ {2}nothing to do$/],
    [
      'on a hold',
      { outcome: 'held', plan: { kind: 'hold', ...nothing } },
      /^ {2}no plan: a resync would change nothing/,
    ],
    ['while it waits', { outcome: 'waiting', plan: { kind: 'waiting', ...nothing } }, /^ {2}nothing to do yet/],
    ['with a difference', { outcome: 'observed', plan: change }, /^ {2}\+ {2}register {2}10\.0\.1\.10:5432$/],
  ])('a plan %s', (_, report, text) => {
    expect(planLines(io, reportOf(report)).join('\n')).toMatch(text);
  });

  test.each<[string, Partial<Report>, RegExp]>([
    ['in sync', {}, /^ {2}nothing to do$/],
    ['on a hold', { outcome: 'held', reason: 'NoWriter' }, /^$/],
    ['while it waits', { outcome: 'waiting' }, /^ {2}the group is not right yet/],
    [
      'that only observes',
      { outcome: 'observed', plan: change },
      /nothing was changed.*\+ {2}register {2}10\.0\.1\.10/s,
    ],
    [
      'that did something',
      { outcome: 'changed', registered: ['10.0.1.10:5432'], targets: [{ target: '10.0.1.10:5432', state: 'initial' }] },
      /\+ {2}registered {2}10\.0\.1\.10:5432\n.*90 to 180 seconds/s,
    ],
  ])('a resync %s', (_, report, text) => {
    expect(resyncLines(io, reportOf(report)).join('\n')).toMatch(text);
  });
});

describe('checks', () => {
  const checks: Check[] = [
    { check: 'group-type', result: 'ok', detail: 'ip', meaning: 'never shown', remedy: 'never shown' },
    {
      check: 'database-admits-the-balancer',
      result: 'failed',
      detail: 'sg-01c168adb00d208e4 has no rule for the load balancer',
      meaning: 'The way is open.',
      failure: 'Health checks and consumers do not get through to the database.',
      remedy: 'Admit TCP 5432 from sg-0e7beb383c23ca670 in the security group of the database.',
    },
    { check: 'alarms', result: 'not-checked', detail: 'not allowed', remedy: 'Grant cloudwatch:DescribeAlarms.' },
  ];
  const selection = { name: 'orders', functionNames: ['orders-failover', 'orders-drift'] };
  const session = { selection, place: 'function' } as unknown as Session;

  test('tell what is wrong and what to do where something is not right, failures first, within 80 columns', () => {
    const text = checkLines(io, session, checks).join('\n');
    expect(text).toMatch(/^FAILED[\s\S]+\nnot checked[\s\S]+\nok /);
    expect(text).toMatch(/FAILED +database-admits-the-balancer/);
    expect(text).toMatch(/wrong: Health checks and consumers/);
    expect(text).not.toContain('The way is open.');
    expect(text).toContain('see: docs/runbook.md#database-admits-the-balancer');
    expect(text).toMatch(/do: Admit TCP 5432/);
    expect(text).toMatch(/not checked +alarms.*do: Grant cloudwatch:DescribeAlarms\./s);
    expect(text).not.toContain('never shown');
    expect(text).toMatch(
      /orders {2}1 ok, 1 failed, 1 not checked\n {2}seen from orders-failover and orders-drift\n {2}failed: database-admits-the-balancer$/,
    );
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  test('speak in the words of the file and the command, and lead to the runbook that the file names', () => {
    const entry = {
      name: 'orders',
      database: { kind: 'instance', id: 'orders' },
      alarms: { runbookUrl: 'https://wiki/rds' },
    };
    const of = (check: Check, more: object) =>
      checkLines(io, { ...session, selection: { ...selection, ...more } } as unknown as Session, [check])
        .join(' ')
        .replace(/\s+/g, ' ');
    const inSync: Check = { check: 'in-sync', result: 'failed', detail: 'change', remedy: catalogue['in-sync'].remedy };
    const text = of(inSync, { entry });
    expect(text).toContain(
      'Run rds-target plan orders to see the difference and rds-target resync orders to correct it; while a pause lasts, that changes nothing.',
    );
    expect(text).toContain('see: https://wiki/rds#in-sync');
    // A function older than the command says nothing of what is wrong.
    expect(text).toContain(`wrong: ${catalogue['in-sync'].failure}`);
    const range: Check = {
      check: 'one-private-address',
      result: 'failed',
      detail: 'x',
      remedy: catalogue['one-private-address'].remedy,
    };
    expect(of(range, { entry })).toContain('add it to reconcile.allowedCidrs');
    for (const [check, { remedy }] of Object.entries(catalogue))
      expect(of({ check, result: 'failed', detail: 'x', remedy }, { entry }), check).not.toMatch(
        /\b(?!AWS_)[A-Z]{3,}_[A-Z_]+\b|\{"action"|STACK/,
      );
  });

  test('keep a long name whole, below the check', () => {
    const name = `orders.${'x'.repeat(30)}.eu-central-1.rds.amazonaws`;
    const lines = checkLines(io, session, [{ check: 'name-resolves', result: 'ok', detail: `${name}: 10.0.1.10` }]);
    expect(lines).toContain(`             ${name}:`);
  });
});

describe('tables', () => {
  test('wrap the last column under itself', () => {
    expect(table([['a', 'one two three four five']], 22)).toEqual(['a  one two three four', '   five']);
    expect(wrap('a verylongword b', 4)).toEqual(['a', 'very', 'long', 'word', 'b']);
    expect(wrap('a verylongword b', 4, { cuts: false })).toEqual(['a', 'verylongword', 'b']);
  });
});

test('words that are as long as the terminal is wide begin no line at its margin', () => {
  expect(hung('error: 0123456789 orders  in sync', 18)).toEqual(['error: 0123456789', '  orders  in sync']);
});

describe('the Region', () => {
  const options = { function: 'f-drift' };
  const regionOf = (env: Record<string, string>, more = {}) =>
    select({ env }, undefined, { ...options, ...more }).region;

  test('comes from the option, the ARN, then the environment as in the AWS CLI', () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:f-drift';
    expect(regionOf(env, { function: arn, region: 'eu-west-3' })).toBe('eu-west-3');
    expect(regionOf(env, { function: arn })).toBe('us-east-1');
    expect(regionOf(env)).toBe('eu-west-1');
    expect(regionOf({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
    expect(regionOf({})).toBeUndefined();
  });

  test('stands beside the names of both functions', () => {
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:team-orders-failover:live';
    expect(select({ env: {} }, undefined, { function: arn }).functionNames).toEqual([
      'team-orders-failover',
      'team-orders-drift',
    ]);
    expect(select({ env: {} }, undefined, { function: 'mine' }).functionNames).toEqual(['mine']);
  });
});

describe('a word that was mistyped', () => {
  test.each([
    ['ordres', 'orders'],
    ['Order', 'orders'],
    ['bil-ling', 'billing'],
    ['xyz', undefined],
  ])('%s is near %s', (typed, meant) => {
    expect(nearest(typed, ['orders', 'billing'])).toBe(meant);
  });
});

describe('an error of AWS', () => {
  const asked = { action: 'rds:DescribeEvents', region: 'eu-centrl-1' };
  const text = (error: object) => awsError(Object.assign(new Error(), error), asked).message;

  test.each([
    [
      { code: 'ENOTFOUND', hostname: 'rds.eu-centrl-1.amazonaws.com' },
      /rds\.eu-centrl-1.*does not resolve.*spelling of the Region/s,
    ],
    [{ name: 'TimeoutError', message: 'too slow' }, /rds:DescribeEvents could not reach AWS.*VPN/s],
    [{ code: 'CERT_HAS_EXPIRED', message: 'x' }, /CERT_HAS_EXPIRED/],
    [{ message: 'Region is missing' }, /no Region is set\nNext: pass --region/],
    [{ name: 'Odd', message: 'never seen' }, /rds:DescribeEvents failed: Odd: never seen/],
  ])('%j says what is wrong and what to do next', (error, expected) => {
    expect(text(error)).toMatch(expected);
    expect(text(error)).toMatch(/\nNext: /);
  });
});
