import { describe, expect, test } from 'vitest';
import { onAwsClock } from '../../../cli/drill/record.ts';
import { reportHtml } from '../../../cli/drill/report/page.ts';
import { resultLines } from '../../../cli/drill/text.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { at, busyRecord, drillRecord, failover, observed, probes } from './example-record.ts';

const terminal = { colour: coloursOf(false), width: 80 };
const sharesOf = (record = drillRecord()) => (record.shares ?? []).map(({ parts, ms }) => [parts.join(' + '), ms]);
const without = (...kinds: readonly string[]) => failover.filter(({ kind }) => !kinds.includes(kind));

describe('the parts of an outage', () => {
  test('are what it waited for: the database, AWS, a function, the load balancer', () => {
    expect(sharesOf()).toEqual([
      ['database', 21_596],
      ['known', 16_000],
      ['registered', 1000],
      ['load balancer', 5004],
    ]);
  });

  test('follow each other without a gap, and add up to the outage', () => {
    const { shares = [], client } = busyRecord();
    for (const [index, { fromMs, ms }] of shares.entries())
      expect(shares[index + 1]?.fromMs ?? fromMs + ms).toBe(fromMs + ms);
    const sum = shares.reduce((total, { ms }) => total + ms, 0);
    expect(sum).toBe(client.outages[0]?.gapMs);
    expect(shares.every(({ ms }) => ms >= 0)).toBe(true);
  });

  test('count the API as well as DNS, whichever shows the new writer first', () => {
    const named = { kind: 'topology', at: at(25), writer: 'orders-2', status: 'available' } as const;
    expect(sharesOf(drillRecord({ observations: observed(...failover, named) }))).toEqual([
      ['database', 21_596],
      ['known', 3000],
      ['registered', 14_000],
      ['load balancer', 5004],
    ]);
  });

  test('give what was not seen to the next part that was', () => {
    expect(sharesOf(drillRecord({ observations: without('writer') }))).toEqual([
      ['database + known', 37_596],
      ['registered', 1000],
      ['load balancer', 5004],
    ]);
    expect(sharesOf(drillRecord({ observations: [] }))).toEqual([
      ['database + known + registered + load balancer', 43_600],
    ]);
  });

  test('leave nothing to registration where the function knew before AWS showed it', () => {
    const early = { kind: 'target', at: at(24), target: '10.0.2.10:5432', state: 'initial' } as const;
    expect(sharesOf(drillRecord({ observations: observed(...failover, early) }))).toEqual([
      ['database', 21_596],
      ['known', 2000],
      ['registered', 0],
      ['load balancer', 20_004],
    ]);
  });

  test('leave the rest to the load balancer where the new writer was registered before the failover', () => {
    const { before } = drillRecord();
    const warm = { ...before, targets: [...before.targets, '10.0.2.10:5432 unhealthy'] };
    expect(sharesOf(drillRecord({ before: warm }))).toEqual([
      ['database', 21_596],
      ['known', 0],
      ['registered', 0],
      ['load balancer', 22_004],
    ]);
  });

  test('end with the first write, whatever was seen only after it', () => {
    const late = { kind: 'target', at: at(60), target: '10.0.2.10:5432', state: 'initial' } as const;
    expect(sharesOf(drillRecord({ observations: observed(...without('target'), late) }))).toEqual([
      ['database', 21_596],
      ['known', 16_000],
      ['registered', 6004],
      ['load balancer', 0],
    ]);
  });

  test('are unknown while the outage lasts', () => {
    expect(sharesOf(drillRecord({ probes: probes(90, [0.5, 200]) }))).toEqual([]);
  });
});

describe('told', () => {
  test('as text, with their share and what they waited for, on the clock of AWS', () => {
    const text = resultLines(drillRecord({ speed: 10 }), terminal).join('\n');
    expect(text).toMatch(/^the outage +takes +share +waits until$/m);
    expect(text).toMatch(/^known +160\.00 s +37 % +AWS shows it, in DNS or in the RDS API$/m);
    expect(text).toMatch(/^load balancer +50\.04 s +11 % +the load balancer uses it \(first write\)$/m);
  });

  test('of connections where nothing was written', () => {
    const text = resultLines(drillRecord({ probe: 'tcp', writes: undefined }), terminal).join('\n');
    expect(text).toContain('the load balancer uses it (first connection)');
  });

  test('as a table of the report, which does without them for a file of an earlier drill', () => {
    const record = drillRecord({ speed: 10 });
    const html = reportHtml(record);
    expect(html).toContain('<h2>What the outage waited for</h2>');
    expect(html).toMatch(/<th scope="row">known<\/th><td[^>]*>160\.00 s<\/td><td[^>]*>37 %<\/td>/);
    expect(reportHtml({ ...record, shares: undefined })).not.toContain('What the outage waited for');
    expect(onAwsClock({ ...record, shares: undefined }).shares).toBeUndefined();
  });
});
