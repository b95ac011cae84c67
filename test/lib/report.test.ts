import { describe, expect, test } from 'vitest';
import type { Plan, RegisteredTarget, Report } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { newState, type RunRequest, type RunState } from '../../lib/observations/run-state.ts';
import { ignoredReport, reportOf, summary } from '../../lib/report.ts';
import { heardFrom, reader } from './prober.ts';
import { a, b, begin, c, healthy, instance, requestOf } from './scene.ts';

const check = requestOf(instance, 'check');
const stateWith = (plan: Plan | undefined, more: Partial<RunState> = {}): RunState => ({
  ...newState(1000),
  passes: 2,
  ...(plan ? { plan } : {}),
  ...more,
});
const report = (plan: Plan | undefined, more: Partial<RunState> = {}, request: RunRequest = check) =>
  reportOf(request, stateWith(plan, more), 1250);

const inSync: Plan = { kind: 'in-sync', stale: [] };
const change: Plan = { kind: 'change', register: [b], deregister: [a], stale: [c] };
const keys = { a: '10.0.1.10:5432', b: '10.0.2.10:5432', c: '10.0.3.10:5432' };

/** Its owner could not be read. */
const unverified = { owners: new Map([[b.ip, { kind: 'unread', why: 'EC2 does not answer', at: 1000 } as const]]) };

describe('a report', () => {
  test('of a run in sync has nothing but the run', () => {
    expect(report(inSync)).toEqual({
      database: 'orders',
      trigger: { kind: 'schedule' },
      outcome: 'in-sync',
      registered: [],
      deregistered: [],
      stale: [],
      passes: 2,
      durationMs: 250,
    });
  });

  test.each([
    [{ registered: [b] }, { registered: [keys.b], deregistered: [] }],
    [{ deregistered: [a] }, { registered: [], deregistered: [keys.a] }],
  ])('of a run that did %j and is in sync says changed', (did, said) => {
    expect(report(inSync, did)).toMatchObject({ outcome: 'changed', ...said });
  });

  test('of a hold says why, and names no writer', () => {
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'the RDS API reports no member' } as const;
    expect(report(hold, { desired: hold })).toEqual({
      ...report(inSync),
      outcome: 'held',
      reason: 'NoWriter',
      detail: 'the RDS API reports no member',
    });
  });

  test('of a hold also says what the members said', () => {
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'the RDS API reports no member' } as const;
    const observations = { ...newState(0).observations, heard: heardFrom([[b, reader, 0]]) };
    expect(report(hold, { observations }).detail).toBe(
      'the RDS API reports no member; the probe confirmed no writer: 10.0.2.10:5432 reader',
    );
  });

  test('of a hold also names what was registered unverified before it', () => {
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'the RDS API reports no member' } as const;
    expect(report(hold, { ...unverified, registered: [b] }).detail).toBe(
      'the RDS API reports no member; 10.0.2.10 was registered unverified: EC2 does not answer',
    );
  });

  test('of a run without the RDS API says so first, and then what is unusual', () => {
    const observation = { kind: 'unavailable', error: new ReconcileError('ServiceUnavailable', 'no answer') } as const;
    const topology = { at: 1000, observation, pollIntervalMs: 0 };
    expect(report(inSync, { topology, ...unverified, registered: [b] }).detail).toBe(
      'no answer; 10.0.2.10 was registered unverified: EC2 does not answer',
    );
  });

  test('calls a change missing only after a read that should have shown it', () => {
    const claimed = (misses: number) => ({
      registered: [a, b],
      deregistered: [c],
      unproven: { registered: new Set([keys.b]), deregistered: new Set([keys.c]), misses },
    });
    expect(report(inSync, claimed(0))).toMatchObject({ registered: [keys.a, keys.b], deregistered: [keys.c] });
    expect(report(inSync, claimed(1))).toMatchObject({ registered: [keys.a], deregistered: [] });
  });

  test('of a run that came to no plan is held', () => {
    expect(report(undefined)).toMatchObject({ outcome: 'held', stale: [] });
    expect(report(undefined)).not.toHaveProperty('plan');
  });

  test('names the writer where there is one', () => {
    const writer = { instanceId: 'orders', address: a.ip, port: a.port };
    const desired = { kind: 'targets', targets: [a], evidence: { complete: true, since: 0 } } as const;
    expect(report(inSync, { desired: { ...desired, writer } }).writer).toEqual(writer);
    expect(report(inSync, { desired })).not.toHaveProperty('writer');
  });

  test('of what is stale counts what is to leave and what stays for now', () => {
    expect(report(change).stale).toEqual([keys.a, keys.c]);
    expect(report({ kind: 'in-sync', stale: [c] }).stale).toEqual([keys.c]);
    expect(report({ kind: 'waiting', for: 'absence', stale: [a] })).toMatchObject({
      outcome: 'waiting',
      stale: [keys.a],
    });
  });

  test('of a name that may have more addresses waits after it registered one, and is in sync where all that was shown was there', () => {
    const plan: Plan = { kind: 'waiting', for: 'answers', stale: [a] };
    expect(report(plan)).toMatchObject({ outcome: 'in-sync', stale: [keys.a] });
    expect(report(plan, { registered: [b] }).outcome).toBe('waiting');
    expect(report(plan, { deregistered: [b] }).outcome).toBe('changed');
    expect(report(plan, {}, requestOf(instance, 'dry-run')).outcome).toBe('waiting');
  });

  test('of a name that may have more addresses waits while no connection reaches one that it shows', () => {
    const plan: Plan = { kind: 'waiting', for: 'answers', stale: [] };
    const desired = { kind: 'targets', targets: [a], evidence: { complete: false, since: 0 } } as const;
    const seen = (target: RegisteredTarget) => ({ desired, observed: { readAt: 0, at: 0, targets: [target] } });
    expect(report(plan, seen({ ...a, state: 'unused', unservedZone: 'z3' })).outcome).toBe('waiting');
    expect(report(plan, seen(healthy(a))).outcome).toBe('in-sync');
  });

  test('of a change that the group does not show yet waits, without a plan', () => {
    expect(report(change).outcome).toBe('waiting');
    expect(report(change)).not.toHaveProperty('plan');
  });

  test('holds the plan of a dry run and of a run that only observes', () => {
    const plan = { kind: 'change', register: [keys.b], deregister: [keys.a] };
    const dryRun = requestOf(instance, 'dry-run', { kind: 'manual', at: 0, action: 'plan' });
    expect(report(change, {}, dryRun)).toMatchObject({ outcome: 'observed', plan });
    expect(report(change, {}, requestOf(instance, 'check', undefined, { observeOnly: true }))).toMatchObject({
      outcome: 'observed',
      plan,
    });
    expect(report(inSync, {}, dryRun)).toMatchObject({
      outcome: 'in-sync',
      plan: { kind: 'in-sync', register: [], deregister: [] },
    });
  });

  test('tells what woke the run, and nothing else of it', () => {
    const of = (trigger: RunRequest['trigger']) => report(inSync, {}, { ...check, trigger }).trigger;
    expect(of({ ...begin, at: 5 })).toEqual({ kind: 'begin', eventId: 'RDS-EVENT-0013' });
    expect(of({ kind: 'manual', at: 5, action: 'resync' })).toEqual({ kind: 'manual', action: 'resync' });
    expect(of({ kind: 'schedule', at: 5 })).toEqual({ kind: 'schedule' });
  });

  test('of an ignored event says why, without a pass', () => {
    expect(ignoredReport('orders', begin, 'it is about billing', 3)).toEqual({
      database: 'orders',
      trigger: { kind: 'begin', eventId: 'RDS-EVENT-0013' },
      outcome: 'ignored',
      detail: 'it is about billing',
      registered: [],
      deregistered: [],
      stale: [],
      passes: 0,
      durationMs: 3,
    });
  });
});

describe('the line for people', () => {
  const base: Report = report(inSync);
  const writer = { address: a.ip, port: a.port };

  test.each<[string, Partial<Report>]>([
    ['orders in-sync: nothing to do', {}],
    ['orders in-sync: writer at 10.0.1.10:5432', { writer }],
    ['orders changed: registered x, y', { outcome: 'changed', registered: ['x', 'y'], writer }],
    ['orders changed: deregistered x, y', { outcome: 'changed', deregistered: ['x', 'y'] }],
    ['orders changed: registered x; deregistered y', { outcome: 'changed', registered: ['x'], deregistered: ['y'] }],
    [
      'orders held: registered x; NoWriter: no writer',
      { outcome: 'held', registered: ['x'], reason: 'NoWriter', detail: 'no writer' },
    ],
    ['orders ignored: it is about billing', { outcome: 'ignored', detail: 'it is about billing', writer }],
  ])('%s', (line, more) => {
    expect(summary({ ...base, ...more })).toBe(line);
  });
});
