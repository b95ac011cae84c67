import { describe, expect, test } from 'vitest';
import { play } from './play.ts';
import type { Script, TruthStep } from './script.ts';
import { storyFrom } from './story.ts';

const truth = (over: Partial<TruthStep>): TruthStep => ({
  ...{ does: 'truth', at: 0, writer: 2, members: [1, 2, 3], down: [], port: 5432 },
  ...{ dnsMs: 0, flapMs: 0, everyMs: 3000, apiMs: 0 },
  ...over,
});

/** A failover to number 2 and its two events; nothing else goes wrong. */
const script = (kill: { run: number; wait: number }): Script => ({
  seed: 11,
  database: 'cluster writer',
  isApiDown: false,
  removeStale: 'at-once',
  members: [1, 2, 3],
  scheduleAt: 35_000,
  slowness: 1,
  drainMs: 300_000,
  healthMs: 30_000,
  faultPercent: 0,
  faultsUntil: 0,
  killPercent: 0,
  steps: [
    truth({ at: 20_000, down: [1], dnsMs: 5000, flapMs: 10_000, apiMs: 9000 }),
    truth({ at: 60_000 }),
    { does: 'event', at: 19_000, payload: 'started', delivery: 'once', afterMs: 100, writer: 2 },
    { does: 'event', at: 24_000, payload: 'completed', delivery: 'once', afterMs: 100, writer: 2 },
    { does: 'kill', at: 0, ...kill },
  ],
});

describe('a function that is killed', () => {
  test('breaks no invariant at any of the things that it waits for', { timeout: 60_000 }, async () => {
    let killed = 0;
    for (const run of [0, 1, 2])
      for (let wait = 1; wait <= 400; wait++) {
        const { violations, faults } = await play(storyFrom(script({ run, wait })));
        expect(violations, `invocation ${run + 1}, wait ${wait}`).toEqual([]);
        if (!faults.has('function: killed')) break;
        killed += 1;
      }
    expect(killed).toBeGreaterThan(300);
  });
});
