import { describe, expect, test } from 'vitest';
import { failoversOf, heardOf, isWell } from '../../../cli/history/failovers.ts';
import type { Records } from '../../../cli/history/read.ts';
import { at, begin, completed, end, rds, records, run, schedule, started, told } from './records.ts';

describe('whether an event woke a run', () => {
  test('is told by the number that the run reports, and by the time between', () => {
    expect(heardOf(started, records([run({ trigger: begin, from: 2, to: 80 })]))).toEqual({
      kind: 'heard',
      afterMs: 2000,
    });
    expect(heardOf(started, records([run({ trigger: begin, from: 75, to: 80 })]))).toEqual({
      kind: 'late',
      afterMs: 75_000,
    });
    expect(heardOf(started, records([run({ trigger: end, from: 2, to: 80 })]))).toEqual({ kind: 'missed' });
    expect(heardOf(started, records([run({ trigger: begin, from: -600, to: -500 })]))).toEqual({ kind: 'missed' });
    expect(heardOf(started, records([run({ trigger: begin, from: 3000, to: 3050 })]))).toEqual({ kind: 'missed' });
  });

  test('is not known while a run that it woke may still be at work', () => {
    const now = { ...records([]), pendingSince: at(-1) };
    expect(heardOf(started, now)).toEqual({ kind: 'pending' });
    expect(told(now)).toContain('[no run has reported yet]');
    expect(told(now)).toMatch(/failover 2026-11-20 12:00:00 +no run has reported yet: try again/);
    expect(told(now)).not.toContain('MISSED');
  });

  test('says nothing of events that concern no address', () => {
    expect(heardOf(rds(0, 'Finished DB Instance backup'), records([]))).toBeUndefined();
  });
});

describe('the lag of a failover', () => {
  test('runs from its first event to the group being right, not to the end of the watch', () => {
    const all = records([run({ trigger: begin, from: 1, to: 120, latencyMs: 34_500 })]);
    expect(failoversOf(all)).toMatchObject([
      { lagMs: 34_500, correctedBy: 'event', startedAt: at(0), endedAt: at(60) },
    ]);
  });

  test('counts from the first event when a later one woke the run that corrected it', () => {
    const all = records([run({ trigger: end, from: 61, to: 95, latencyMs: 4000 })]);
    expect(failoversOf(all)).toMatchObject([{ lagMs: 64_000, correctedBy: 'event' }]);
  });

  test('is that of the schedule when every event was lost, and says so', () => {
    const all = records([run({ trigger: schedule, from: 80, to: 87, latencyMs: 20_000 })]);
    expect(failoversOf(all)).toMatchObject([{ lagMs: 87_000, correctedBy: 'schedule' }]);
    expect(told(all)).toMatch(/MISSED: woke no run/);
    expect(told(all)).toMatch(/in sync after 87\.0 s, by the schedule;\s+2 of 2\s+events\s+MISSED/);
  });

  test('is not known when no run changed the group', () => {
    const all = records([run({ trigger: begin, from: 1, to: 60, outcome: 'in-sync' })]);
    expect(failoversOf(all)[0]?.lagMs).toBeUndefined();
    expect(told(all)).toContain('no run changed the group');
  });

  test('is told for each of two failovers an hour apart', () => {
    const later = [
      rds(3600, 'Multi-AZ instance failover started.'),
      rds(3660, 'Multi-AZ instance failover completed.'),
    ];
    const runs = [
      run({ trigger: begin, from: 1, to: 120, latencyMs: 30_000 }),
      run({ trigger: begin, from: 3601, to: 3720, latencyMs: 40_000 }),
    ];
    expect(failoversOf(records(runs, [started, completed, ...later])).map(({ lagMs }) => lagMs)).toEqual([
      30_000, 40_000,
    ]);
  });
});

describe('the events of a failover', () => {
  const well = (all: Records) => failoversOf(all).map((failover) => isWell(failover, all));

  test('did what they are for when one of them woke a run in time, whatever became of the others', () => {
    expect(well(records([run({ trigger: begin, from: 2, to: 80 })]))).toEqual([true]);
    expect(well(records([run({ trigger: end, from: 61, to: 95, outcome: 'in-sync' })]))).toEqual([true]);
    expect(well({ ...records([]), pendingSince: at(30) })).toEqual([true]);
  });

  test('failed when all were lost or late, or when the schedule had to correct the group', () => {
    expect(well(records([]))).toEqual([false]);
    expect(well(records([run({ trigger: begin, from: 75, to: 80 })]))).toEqual([false]);
    const heard = run({ trigger: begin, from: 1, to: 20, outcome: 'held' });
    expect(well(records([heard, run({ trigger: schedule, from: 80, to: 87 })]))).toEqual([false]);
  });
});
