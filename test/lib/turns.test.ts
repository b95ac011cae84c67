import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leaving, leftOfTurn, nextLeaving, turnStart } from '../../lib/turns.ts';
import { instance, pace } from './world.ts';

const turnMs = 5000;
const shared = { database: instance, pace };
/** When a turn of this database begins in which the smaller target may leave. */
const first = turnStart(shared, 1_000_000_000);
const keys = ['10.0.1.10:5432', '10.0.2.10:5432', '10.0.3.10:5432', '10.0.3.10:5433', '[fd00::1]:5432'];

/** What a run wants to stay; it may see less of the group than there is, as a target may be new. */
const wishes = fc.array(fc.record({ seen: fc.subarray(keys), kept: fc.subarray(keys, { minLength: 1 }) }), {
  minLength: 2,
  maxLength: 5,
});
const moments = fc.integer({ min: 0, max: 2_000_000_000_000 });

describe('removals that take turns', () => {
  test('leave somebody in the group, however many runs contradict each other in one turn', () => {
    fc.assert(
      fc.property(wishes, moments, fc.array(fc.nat({ max: turnMs - 1 })), (runs, now, offsets) => {
        const group = new Set(keys);
        const start = turnStart(shared, now);
        runs.forEach(({ seen, kept }, index) => {
          const stays = kept.filter((key) => seen.includes(key));
          const stale = seen.filter((key) => !kept.includes(key));
          for (const key of leaving(shared, start + (offsets[index] ?? 0), stale, stays)) group.delete(key);
        });
        expect(group.size).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('come to everybody within two turns, one of them in each', () => {
    const [small, great] = ['10.0.1.10:5432', '10.0.2.10:5432'];
    const turnsOf = (stale: string, kept: string) =>
      [first, first + turnMs].filter((at) => leaving(shared, at, [stale], [kept]).length === 1);
    const both = [turnsOf(small, great), turnsOf(great, small)];
    expect(both.map((turns) => turns.length)).toEqual([1, 1]);
    expect(new Set(both.flat()).size).toBe(2);
  });

  test('begin in the first half of a turn, and are cut before it ends', () => {
    const [stale, kept] = [['10.0.2.10:5432'], ['10.0.1.10:5432', '10.0.3.10:5432']];
    expect(leaving(shared, first + turnMs / 2 - 1, stale, kept)).toEqual(stale);
    expect(leaving(shared, first + turnMs / 2 + 1, stale, kept)).toEqual([]);
    expect(leftOfTurn(shared, first + 1000)).toBeGreaterThan(turnMs / 2);
    expect(1000 + leftOfTurn(shared, first + 1000)).toBeLessThan(turnMs);
  });

  test('are due at the moment at which the first of the stale may leave', () => {
    fc.assert(
      fc.property(moments, fc.subarray(keys, { minLength: 1 }), (now, stale) => {
        const kept = keys.filter((key) => !stale.includes(key));
        fc.pre(kept.length > 0);
        const at = nextLeaving(shared, now, stale, kept);
        expect(at).toBeGreaterThanOrEqual(now);
        expect(at - now).toBeLessThanOrEqual(2 * turnMs);
        expect(leaving(shared, at, stale, kept).length).toBeGreaterThan(0);
        for (let before = now; before < at; before += 100) expect(leaving(shared, before, stale, kept)).toEqual([]);
      }),
    );
  });

  test('come at other moments for other databases, so that an account does not call all at once', () => {
    const names = Array.from({ length: 300 }, (_, i) => `orders-${i}`);
    // Two turns, one of each kind, make one round.
    const phases = names.map((name) => turnStart({ database: { name }, pace }, turnMs * 1_000_000) % (2 * turnMs));
    expect(new Set(phases.map((phase) => Math.round(phase))).size).toBeGreaterThan(100);
    expect(Math.min(...phases)).toBeLessThan(turnMs / 5);
    expect(Math.max(...phases)).toBeGreaterThan(1.8 * turnMs);
  });

  test('are long enough for a call where everything else is fast', () => {
    const fast = { database: instance, pace: { ...pace, settleMs: 50 } };
    expect(leftOfTurn(fast, turnStart(fast, first))).toBeGreaterThan(200);
  });
});
