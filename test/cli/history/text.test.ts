import { describe, expect, test } from 'vitest';
import { widest } from '../rig.ts';
import { at, begin, records, run, schedule, told } from './records.ts';

describe('the time line', () => {
  test('tells many checks that hold for one reason in one row', () => {
    const runs = [0, 60, 120].map((from) => run({ trigger: schedule, from, to: from + 1, outcome: 'held' }));
    const text = told(records(runs, []));
    expect(text).toContain('schedule: held (NoWriter) (3 checks, until 12:02:01)');
    expect(text.match(/held/g)).toHaveLength(1);
  });

  test('marks a late event, shows failures, and fits 80 columns', () => {
    const all = {
      ...records([run({ trigger: begin, from: 75, to: 120, latencyMs: 90_000 })]),
      failures: [{ functionName: 'orders-drift', at: at(70), message: 'Task timed out after 56.00 seconds' }],
    };
    const text = told(all);
    expect(text).toContain('LATE: after 75.0 s');
    expect(text).toMatch(/12:01:10 +drift +failed: Task timed out after 56\.00 seconds/);
    expect(text.indexOf('failover completed')).toBeLessThan(text.indexOf('Task timed out'));
    expect(widest(text)).toBeLessThanOrEqual(80);
  });
});
