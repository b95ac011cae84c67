import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../lib/domain.ts';
import { ownInSameWorlds, playBatch, seedOf } from './batch.ts';
import { play, playPolicy, policyNames } from './play.ts';
import type { Arm } from './story.ts';
import { storyOf } from './story-draw.ts';

const arms: readonly Arm[] = ['events', 'events lost', 'RDS API down'];

describe('a storm of failovers', () => {
  test('breaks no invariant, whatever fails, lags, flaps, comes twice or is killed', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(...arms), async (seed, arm) => {
        const { violations, isRight } = await play(storyOf(seed, arm));
        expect(violations).toEqual([]);
        expect(isRight).toBe(true);
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  test.each<[string, Arm, readonly number[]]>([
    [
      'two runs that each remove what the other keeps',
      'events',
      [2654443083, 2654456155, 2654496871, 2654498115, 2654500735],
    ],
    [
      'two runs that each remove what the other keeps',
      'RDS API down',
      [2654456140, 2654478648, 2654506932, 2654518932, 2654524540],
    ],
    [
      'a reader group whose API view is older than its DNS',
      'events',
      [2654459667, 2654475401, 2654483917, 2654498813, 2654527269],
    ],
    [
      'what earlier versions of the rules broke',
      'events',
      [2654445471, 2654446981, 2654513053, 2654534587, 2654511444],
    ],
  ])('has met %s (%s), and does not stumble again', async (_, arm, seeds) => {
    for (const seed of seeds) expect((await play(storyOf(seed, arm))).violations).toEqual([]);
  });

  test('is only looked at by a function that observes, and only added to by one that never removes', async () => {
    let registered = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const story = storyOf(seed, 'events');
      const policyOf = (over: Partial<Policy>) => ({ ...story, policy: { ...story.policy, ...over } });
      const observed = await play(policyOf({ observeOnly: true }));
      expect([...observed.calls.keys()].filter((call) => /register/.test(call))).toEqual([]);
      const added = await play(policyOf({ removeStale: 'never' }));
      expect(added.calls.has('ELB deregister')).toBe(false);
      registered += added.calls.get('ELB register') ?? 0;
      // A group that holds more than the writer is not "right"; everything else is.
      for (const { violations } of [observed, added])
        expect(violations.filter(({ invariant }) => invariant !== 7 && invariant !== 5)).toEqual([]);
    }
    expect(registered).toBeGreaterThan(30);
  });

  test('plays the same story in the same way each time', async () => {
    for (const seed of [3, 4, 5]) {
      const [first, second] = [await play(storyOf(seed, 'events'), true), await play(storyOf(seed, 'events'), true)];
      expect(first.trace.length).toBeGreaterThan(20);
      expect(second.trace).toEqual(first.trace);
    }
  });

  test('adds up to the same whoever plays the batches', async () => {
    const whole = await playBatch({ from: 0, to: 24, seed: 7 });
    const halves = [await playBatch({ from: 0, to: 12, seed: 7 }), await playBatch({ from: 12, to: 24, seed: 7 })];
    const lags = halves.flatMap((half) => half.events?.lags ?? []);
    expect(lags).toEqual(whole.events?.lags);
    expect(lags.length).toBeGreaterThan(8);
  });

  test('shows our own figures for exactly the worlds that the other policies met', async () => {
    const tallies = await playBatch({ from: 0, to: 64, seed: 7 });
    const counts = [ownInSameWorlds, ...policyNames].map((column) => tallies[column]?.stories);
    expect(new Set(counts).size).toBe(1);
    const fair = [0, 8, 16, 24, 32, 40, 48, 56]
      .map((index) => storyOf(seedOf(7, index), 'events'))
      .filter(
        ({ database, change }) =>
          database.kind !== 'hostname' && database.role === 'writer' && change !== 'port change',
      );
    expect(counts[0]).toBe(fair.length);
    expect(fair.length).toBeGreaterThan(3);
    expect(tallies[ownInSameWorlds]?.stories).toBeLessThan(tallies.events?.stories ?? 0);
  });

  test('sees what other policies do wrong in the same worlds', { timeout: 60_000 }, async () => {
    const emptied = new Set<string>();
    const wrong = new Set<string>();
    for (let seed = 1; seed <= 60; seed++)
      for (const name of policyNames) {
        const score = await playPolicy(storyOf(seed, 'events'), name);
        if (score.emptied > 0) emptied.add(name);
        if (!score.isRight) wrong.add(name);
      }
    expect(emptied).toContain('poll 1 min by role, deregister first');
    expect([...wrong].sort()).toEqual([...policyNames].sort());
  });
});
