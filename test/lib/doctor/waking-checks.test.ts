import { describe, expect, test } from 'vitest';
import { permissionChecks } from '../../../lib/doctor/permission-checks.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { Firing, Surroundings } from '../../../lib/doctor/surroundings.ts';
import { wakingChecks } from '../../../lib/doctor/waking-checks.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import type { RunState } from '../../../lib/observations/run-state.ts';
import { denied, failed, notChecked, ok, state, surroundings } from './scene.ts';

const check = (name: keyof ReturnType<typeof wakingChecks>, seen: Partial<Surroundings> = {}, warmStandby = false) =>
  wakingChecks({ ...surroundings, ...seen }, { warmStandby })[name];
const firing = (name: string, ruleState: string, times: number, schedule?: string): Firing => ({
  rule: { name, state: ruleState, ...(schedule ? { schedule } : {}) },
  windowMinutes: 15,
  times,
});
const firings = (...list: Firing[]) => ({ firings: known(list) });

describe('the rules that wake the function', () => {
  test('are there, and enabled', () => {
    expect(check('rules-enabled')).toEqual(ok('drift'));
    const all = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    expect(check('rules-enabled', firings(firing('a', 'ENABLED', 0), firing('b', all, 0)))).toEqual(ok('a, b'));
    const off = firings(firing('a', 'ENABLED', 1), firing('b', 'DISABLED', 0), firing('c', 'unknown', 0));
    expect(check('rules-enabled', off)).toEqual(failed('disabled: b, c'));
    expect(check('rules-enabled', firings())).toEqual(
      failed('no rule and no schedule has this function as its target'),
    );
  });

  test('have fired, where they have a schedule', () => {
    expect(check('rules-fired')).toEqual(ok('drift: 14 times in 15 minutes'));
    const late = firings(
      firing('drift', 'ENABLED', 0, 'rate(1 minute)'),
      firing('event', 'ENABLED', 0),
      firing('daily', 'ENABLED', 0, 'rate(1 day)'),
      firing('fine', 'ENABLED', 1, 'rate(1 minute)'),
    );
    expect(check('rules-fired', late)).toEqual(failed('drift: 0 times in 15 minutes; daily: 0 times in 15 minutes'));
  });

  test('for events prove nothing while nothing happens', () => {
    const quiet = firings(firing('event', 'ENABLED', 0), firing('other', 'ENABLED', 0));
    expect(check('rules-fired', quiet)).toEqual(
      notChecked('no event has come: event: 0 times in 15 minutes; other: 0 times in 15 minutes'),
    );
    const one = firings(firing('event', 'ENABLED', 0), firing('other', 'ENABLED', 2));
    expect(check('rules-fired', one)).toEqual(ok('event: 0 times in 15 minutes; other: 2 times in 15 minutes'));
    expect(check('rules-fired', firings())).toEqual(
      notChecked('no rule and no schedule has this function as its target'),
    );
  });

  test('are not known to a function that does not know its ARN', () => {
    for (const name of ['rules-enabled', 'rules-fired'] as const) {
      expect(check(name, { firings: undefined })).toEqual(notChecked('the function does not know its own ARN'));
      expect(check(name, { firings: denied })).toMatchObject({ result: 'not-checked' });
    }
  });
});

test('runs end in sync', () => {
  expect(check('runs-succeed', { successes: known(1) })).toEqual(ok('1 runs ended in sync in the last 15 minutes'));
  expect(check('runs-succeed', { successes: known(0) })).toEqual(failed('no run ended in sync in the last 15 minutes'));
});

describe('the alarms', () => {
  const names = ['drift-found', 'drift-persisting', 'held', 'no-success', 'function-errors', 'dead-letters'];
  const alarms = (list: readonly string[], alarmState = 'OK') => ({
    alarms: known(list.map((name) => ({ name: `orders-${name}`, state: alarmState }))),
  });

  test('exist, all of them', () => {
    expect(check('alarms-exist', alarms([...names, 'no-healthy-target']))).toEqual(ok('7 alarms'));
    expect(check('alarms-exist', alarms(names.slice(1)))).toEqual(failed('missing: drift-found, no-healthy-target'));
  });

  test('of a warm standby exist where there is one', () => {
    const usual = [...names, 'no-healthy-target'];
    expect(check('alarms-exist', alarms(usual), true)).toEqual(failed('missing: two-healthy-targets'));
    expect(check('alarms-exist', alarms([...usual, 'two-healthy-targets']), true)).toEqual(ok('8 alarms'));
  });

  test('are quiet; one without data is not', () => {
    expect(check('alarms-quiet', alarms(names))).toEqual(ok('6 alarms are OK'));
    const loud = [
      { name: 'orders-held', state: 'ALARM' },
      { name: 'orders-drift-found', state: 'OK' },
      { name: 'orders-no-success', state: 'INSUFFICIENT_DATA' },
    ];
    expect(check('alarms-quiet', { alarms: known(loud) })).toEqual(
      failed('orders-held is in ALARM; orders-no-success is in INSUFFICIENT_DATA'),
    );
    expect(check('alarms-quiet', alarms([]))).toEqual(notChecked('there are no alarms'));
  });
});

describe('the permissions', () => {
  const of = (over: Partial<RunState>, seen: Partial<Surroundings> = {}) =>
    permissionChecks({ ...state, ...over }, { ...surroundings, ...seen })['permissions-suffice'];
  const refused = (what: string) => new ReconcileError('AccessDenied', what);
  const api = (error: ReconcileError) => ({
    topology: { at: 0, pollIntervalMs: 0, observation: { kind: 'unavailable', error } as const },
  });

  test('suffice when nothing was refused', () => {
    const fine = ok('everything was read; that targets may be registered and deregistered is not tried');
    expect(of({})).toEqual(fine);
    const down = new ReconcileError('ServiceUnavailable', 'down');
    expect(of({ fault: down, ...api(down) })).toEqual(fine);
    expect(of({ topology: undefined } as never)).toEqual(fine);
  });

  test('do not suffice when the work was refused something', () => {
    expect(of({ fault: refused('no targets'), ...api(refused('no instances')) }, { group: denied })).toEqual(
      failed('no targets; no instances'),
    );
  });

  test('are named once each where only the doctor was refused', () => {
    const more = { kind: 'denied', action: 'cloudwatch:DescribeAlarms' } as const;
    const seen = { group: denied, subnets: denied, alarms: more, place: undefined, firings: denied };
    expect(of({}, seen)).toEqual(notChecked('for all checks, grant cloudwatch:DescribeAlarms, ec2:DescribeSubnets'));
    const broken = { kind: 'unreadable', action: 'ec2:DescribeSubnets', message: '' } as const;
    expect(of({}, { subnets: broken })).toMatchObject({ result: 'ok' });
  });
});
