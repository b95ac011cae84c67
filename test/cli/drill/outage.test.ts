import { describe, expect, test } from 'vitest';
import { clientSummary, mainOutage } from '../../../cli/drill/outage.ts';
import type { Probe } from '../../../cli/drill/record.ts';
import { at, probes } from './example-record.ts';

describe("the client's outage", () => {
  test('lasts from the last success to the next, by when the attempts ended', () => {
    const { outages, secondsWithoutWrites } = clientSummary(probes(90, [0.5, 44]), at(90));
    expect(outages).toEqual([
      {
        lastWriteAt: at(0.4) + 4,
        firstFailureAt: at(0.5) + 4,
        firstWriteAt: at(44) + 4,
        gapMs: 43_600,
        failed: 435,
        servedAfter: 460,
      },
    ]);
    expect(secondsWithoutWrites).toBe(43.6);
  });

  test('lasts to the end when it never ended', () => {
    const summary = clientSummary(probes(20, [10, 99]), at(20));
    expect(mainOutage(summary.outages)).toMatchObject({ gapMs: at(20) - (at(9.9) + 4) });
    expect(mainOutage(summary.outages)?.firstWriteAt).toBeUndefined();
  });

  test('does not begin again with a late failure of an attempt that began before the first write after it', () => {
    const late: Probe = { number: 9999, at: at(43.5), ms: 1000, result: 'failed', code: 'ETIMEDOUT' };
    const summary = clientSummary([...probes(90, [0.5, 44]), late], at(90));
    expect(summary.outages).toHaveLength(1);
    expect(summary.failures).toEqual({ ECONNRESET: 435, ETIMEDOUT: 1 });
  });
});
