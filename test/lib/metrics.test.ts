import { describe, expect, test } from 'vitest';
import type { Outcome, Report, Trigger } from '../../lib/domain.ts';
import { measurementsOf } from '../../lib/metrics.ts';

const reportWith = (outcome: Outcome, changes: Partial<Report> = {}): Report => ({
  database: 'orders',
  trigger: { kind: 'schedule' },
  outcome,
  registered: [],
  deregistered: [],
  stale: [],
  passes: 1,
  durationMs: 5,
  ...changes,
});
const schedule: Trigger = { kind: 'schedule', at: 1000 };
const failover: Trigger = { kind: 'end', at: 1000, eventId: 'RDS-EVENT-0049' };
const manual = (action: 'resync' | 'plan' | 'status' | 'doctor'): Trigger => ({ kind: 'manual', at: 1000, action });

/** Name to value, and for the unit: each count is of unit Count. */
const measured = (report: Report, trigger: Trigger, convergedAt?: number) =>
  Object.fromEntries(
    measurementsOf(report, trigger, convergedAt).map(({ name, unit, value }) => [name, [value, unit]]),
  );

describe('a run that', () => {
  test('found the group in sync counts as a success without drift', () => {
    expect(measured(reportWith('in-sync'), schedule, 1500)).toEqual({
      Drift: [0, 'Count'],
      Held: [0, 'Count'],
      Success: [1, 'Count'],
    });
  });

  test.each([{ registered: ['10.0.2.10:5432'] }, { deregistered: ['10.0.1.10:5432'] }])(
    'changed %j is a drift, a success, and has a latency from the trigger to the group being right',
    (changes) => {
      expect(measured(reportWith('changed', changes), schedule, 3500)).toEqual({
        Drift: [1, 'Count'],
        Held: [0, 'Count'],
        Success: [1, 'Count'],
        ConvergenceLatency: [2500, 'Milliseconds'],
      });
    },
  );

  test('an event woke says nothing of drift: a failover is none', () => {
    expect(measured(reportWith('changed', { registered: ['10.0.2.10:5432'] }), failover, 3500)).toEqual({
      Held: [0, 'Count'],
      Success: [1, 'Count'],
      ConvergenceLatency: [2500, 'Milliseconds'],
    });
  });

  test.each<Outcome>(['observed', 'waiting'])('ended %s found a drift, and is no success', (outcome) => {
    expect(measured(reportWith(outcome), schedule)).toEqual({ Drift: [1, 'Count'], Held: [0, 'Count'] });
  });

  test('held is held, neither drift nor success', () => {
    expect(measured(reportWith('held'), schedule)).toEqual({ Drift: [0, 'Count'], Held: [1, 'Count'] });
  });

  test('held after it had changed something has no latency: the group is not known to be right', () => {
    expect(measured(reportWith('held', { registered: ['10.0.2.10:5432'] }), failover, 3500)).toEqual({
      Held: [1, 'Count'],
    });
  });

  test('changed something and never saw the group right has no latency', () => {
    expect(measured(reportWith('changed', { registered: ['10.0.2.10:5432'] }), failover)).not.toHaveProperty(
      'ConvergenceLatency',
    );
  });

  test('was right before its event, by the clocks of two machines, took no time', () => {
    expect(measured(reportWith('changed', { registered: ['10.0.2.10:5432'] }), failover, 400)).toMatchObject({
      ConvergenceLatency: [0, 'Milliseconds'],
    });
  });

  test('ignored its event measures nothing', () => {
    expect(measurementsOf(reportWith('ignored'), failover)).toEqual([]);
  });

  test('an operator started measures something only when it reconciles', () => {
    for (const action of ['plan', 'status', 'doctor'] as const)
      expect(measurementsOf(reportWith('in-sync'), manual(action))).toEqual([]);
    expect(measured(reportWith('in-sync'), manual('resync'))).toEqual({ Held: [0, 'Count'], Success: [1, 'Count'] });
  });
});
