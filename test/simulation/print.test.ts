import { afterEach, describe, expect, test, vi } from 'vitest';
import { playBatch } from './batch.ts';
import { type FloodFigures, flood } from './flood.ts';
import { isBounded } from './flood-print.ts';
import { policyNames } from './play.ts';
import { plot } from './plot.ts';
import { printStorm } from './print.ts';
import { isLinear } from './square-print.ts';
import { failZone, type ZoneFigures } from './zone.ts';
import { verdictOf } from './zone-print.ts';

const run = { seed: 7, seconds: 1, workers: 1 };
afterEach(() => vi.restoreAllMocks());

describe('what a storm prints', () => {
  test('is our own figures, and the same ones for what people do today, their violations too', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(...text.split('\n')));
    const tallies = await playBatch({ from: 0, to: 64, seed: 7 });
    expect(await printStorm(tallies, run)).toBe(0);
    expect(lines.slice(0, 2)).toEqual(['failovers 64, seed 7: 1 s with 1 workers', 'violations 0']);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}truth: failover +\d+$/));
    const header = lines.find((line) => line.startsWith('lag from the truth')) ?? '';
    const violationsOf = (name: string) => {
      const line = lines.find((one) => one.startsWith(`${name}  `)) ?? '';
      expect(line.length, name).toBe(header.length);
      return Number(
        line
          .slice(0, header.indexOf('violations') + 'violations'.length)
          .split(' ')
          .at(-1),
      );
    };
    for (const name of ['events', 'events lost', 'RDS API down', 'the reconciler, same worlds'])
      expect(violationsOf(name), name).toBe(0);
    expect(violationsOf('poll 1 min by role, deregister first')).toBeGreaterThan(0);
    for (const name of policyNames) expect(violationsOf(name), name).toBe(tallies[name]?.violations.length);
  });

  test('names each violation with its seed, and writes the first of them down so that it can be played again', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(...text.split('\n')));
    const tallies = await playBatch({ from: 0, to: 1, seed: 7 });
    tallies.events?.violations.push({ invariant: 1, what: 'the group is empty', at: 3000, seed: 42, arm: 'events' });
    expect(await printStorm(tallies, run)).toBe(1);
    expect(lines).toContain('violations 1');
    expect(lines).toContain('violation of 1: the group is empty at 3.0 s; seed 42, events');
    expect(lines).toContainEqual(expect.stringMatching(/npm run storm -- --story .*story-42\.json$/));
  });
});

describe('the plot of a storm', () => {
  test('has a curve and a line of figures for each that was played', async () => {
    const svg = plot(await playBatch({ from: 0, to: 64, seed: 7 }));
    for (const name of ['events', 'events lost', 'RDS API down', ...policyNames])
      expect(svg).toMatch(new RegExp(`>[^<]*${name}[^<]*: \\d+ [^<]*median \\d+\\.\\d s[^<]*<`));
  });
});

describe('the scenario of the failed Availability Zone', () => {
  test('keeps within 1.3 times what the buckets alone need, breaks nothing, and starves no database', async () => {
    const figures = await failZone({ seed: 1, hit: 100, others: 25, concurrency: 1 });
    expect(figures.refused).toBeGreaterThan(100);
    expect(figures.violations).toEqual([]);
    expect(verdictOf(figures)).toEqual({ isKept: true, isSound: true });
  });

  test.each<[string, Partial<ZoneFigures>, ReturnType<typeof verdictOf>]>([
    ['right too late', { rightMs: [1, 131] }, { isKept: false, isSound: true }],
    ['never right', { neverRight: 1 }, { isKept: true, isSound: false }],
    ['a broken invariant', { violations: ['1: empty'] }, { isKept: true, isSound: false }],
    ['a database without a check for over five minutes', { longestGapMs: 300_001 }, { isKept: true, isSound: false }],
  ])('is judged by its last group, its violations and its checks: %s', (_, over, verdict) => {
    const good: ZoneFigures = {
      ...{ registeredMs: [1], rightMs: [1, 130], neverRight: 0, violations: [], longestGapMs: 300_000 },
      ...{ floors: { last: 100, medianOfPairs: 1, medianOfRegistrations: 1 }, calls: {}, refused: 0 },
    };
    expect(verdictOf({ ...good, ...over })).toEqual(verdict);
  });
});

const goodFlood: FloodFigures = {
  runs: 100,
  ranMs: 2000,
  atOnce: 1,
  rdsCalls: 1,
  quietCalls: 1,
  rightMs: [1],
  neverRight: 0,
  violations: [],
  longestGapMs: 300_000,
  refused: 0,
};

describe('the flood of foreign events while the RDS API is throttled', () => {
  test.each([60_000, 1000])(
    'within %i ms keeps each function for seconds in all, and no other database waiting',
    async (forMs) => {
      const events = 60;
      const figures = await flood({ seed: 1, woken: 20, events, forMs, hit: 2, isThrottled: true });
      expect(figures.refused).toBeGreaterThan(20);
      expect(figures.violations).toEqual([]);
      expect(isBounded(figures)).toBe(true);
      expect(figures.runs).toBe(20 * events);
    },
  );

  test.each<[string, Partial<FloodFigures>]>([
    ['runs that are too long', { ranMs: 2001 }],
    ['a database that is never right', { neverRight: 1 }],
    ['a broken invariant', { violations: ['1: empty'] }],
    ['a cluster without a check for over five minutes', { longestGapMs: 300_001 }],
  ])('is judged by %s', (_, over) => {
    expect(isBounded(goodFlood)).toBe(true);
    expect(isBounded({ ...goodFlood, ...over })).toBe(false);
  });
});

describe('events about instances of others', () => {
  test('cost the clusters of an account little more than their checks, though all are woken in the same second', async () => {
    const figures = await flood({ seed: 1, woken: 100, events: 4, forMs: 40, hit: 0 });
    expect(figures.refused).toBeGreaterThan(50);
    expect(figures.ranMs).toBeGreaterThan(0);
    expect(isLinear(figures, 50)).toBe(true);
  });

  test('cost clusters nothing whose members have a prefix of their own', async () => {
    const figures = await flood({ seed: 1, woken: 10, memberPrefix: 'orders-', events: 4, forMs: 40, hit: 0 });
    expect([figures.ranMs, figures.rdsCalls]).toEqual([0, figures.quietCalls]);
  });

  test.each<[string, Partial<FloodFigures>]>([
    ['functions at once', { atOnce: 51 }],
    ['calls', { rdsCalls: 131 }],
    ['a database that is never right', { neverRight: 1 }],
    ['a broken invariant', { violations: ['1: empty'] }],
    ['a cluster without a check for over five minutes', { longestGapMs: 300_001 }],
  ])('are judged by %s', (_, over) => {
    const most = { ...goodFlood, atOnce: 50, rdsCalls: 130, quietCalls: 100 };
    expect(isLinear(most, 50)).toBe(true);
    expect(isLinear({ ...most, ...over }, 50)).toBe(false);
  });
});
