import type { Pace } from './domain.ts';
import { stabilityMs } from './history.ts';

/*
 * There is no lock, and no read before a write can see another run's write that is on its way: two runs that contradict each other
 * about two targets which are both there would each remove the other's. So removals take turns by the clock. In one turn a target may
 * leave only while a greater one stays, in the next one only while a smaller one stays ("greater": by the order of their keys, which
 * all runs share). Whoever removes in a turn, the group's greatest target survives it, or its smallest. This asks for nothing but
 * clocks that agree within a second or so, a group that was read in the same turn, and calls that are over when it ends.
 */

/** Never so short that a call could not keep to it. */
const shortestTurnMs = 300;

const turnMs = (pace: Pace): number => Math.max(stabilityMs(pace) / 2, shortestTurnMs);

const turnNumber = (pace: Pace, now: number): number => Math.floor(now / turnMs(pace));

export const turnStart = (pace: Pace, now: number): number => turnNumber(pace, now) * turnMs(pace);

const nextTurn = (pace: Pace, now: number): number => (turnNumber(pace, now) + 1) * turnMs(pace);

/** A removal may begin in the first half of a turn; the other half is left for its calls. */
const isOpen = (pace: Pace, now: number): boolean => now - turnStart(pace, now) < turnMs(pace) / 2;

/** How long a call that removes may take: it is over a little before the next turn begins. */
export const leftOfTurn = (pace: Pace, now: number): number => nextTurn(pace, now) - turnMs(pace) / 10 - now;

/** Those of the stale keys that may leave at `now` while the kept ones stay. */
export function leaving(pace: Pace, now: number, stale: readonly string[], kept: readonly string[]): readonly string[] {
  if (!isOpen(pace, now)) return [];
  return turnNumber(pace, now) % 2 === 0
    ? stale.filter((key) => kept.some((other) => other > key))
    : stale.filter((key) => kept.some((other) => other < key));
}

/** When, at `now` or later, the first of the stale keys may leave. */
export function nextLeaving(pace: Pace, now: number, stale: readonly string[], kept: readonly string[]): number {
  const [following, second] = [nextTurn(pace, now), nextTurn(pace, nextTurn(pace, now))];
  return [now, following].find((at) => leaving(pace, at, stale, kept).length > 0) ?? second;
}
