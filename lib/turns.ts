import type { Database, Pace } from './domain.ts';
import { stabilityMs } from './history.ts';

/*
 * There is no lock, and no read before a write can see another run's write that is on its way: two runs that contradict each other
 * about two targets which are both there would each remove the other's. So removals take turns by the clock. In one turn a target may
 * leave only while a greater one stays, in the next one only while a smaller one stays ("greater": by the order of their keys, which
 * all runs share). Whoever removes in a turn, the group's greatest target survives it, or its smallest. This asks for nothing but
 * clocks that agree within a second or so, a group that was read in the same turn, and calls that are over when it ends.
 */

/** All runs of one group share both, so they agree on whose turn it is. */
type Shared = { readonly database: Pick<Database, 'name'>; readonly pace: Pace };

/** Never so short that a call could not keep to it. */
const shortestTurnMs = 300;

const turnMs = ({ pace }: Shared): number => Math.max(stabilityMs(pace) / 2, shortestTurnMs);

/** Spreads what an account's databases do by the clock, so that they do not all call in the same seconds. */
export function hashOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

const phaseMs = (shared: Shared): number => ((hashOf(shared.database.name) % 1000) / 1000) * 2 * turnMs(shared);

const turnNumber = (shared: Shared, now: number): number => Math.floor((now - phaseMs(shared)) / turnMs(shared));

const startOf = (shared: Shared, number: number): number => number * turnMs(shared) + phaseMs(shared);

export const turnStart = (shared: Shared, now: number): number => startOf(shared, turnNumber(shared, now));

const nextTurn = (shared: Shared, now: number): number => startOf(shared, turnNumber(shared, now) + 1);

/** A removal may begin in the first half of a turn; the other half is left for its calls. */
const isOpen = (shared: Shared, now: number): boolean => now - turnStart(shared, now) < turnMs(shared) / 2;

/** How long a call that removes may take: it is over a little before the next turn begins. */
export const leftOfTurn = (shared: Shared, now: number): number => nextTurn(shared, now) - turnMs(shared) / 10 - now;

/** Those of the stale keys that may leave at `now` while the kept ones stay. */
export function leaving(
  shared: Shared,
  now: number,
  stale: readonly string[],
  kept: readonly string[],
): readonly string[] {
  if (!isOpen(shared, now)) return [];
  return turnNumber(shared, now) % 2 === 0
    ? stale.filter((key) => kept.some((other) => other > key))
    : stale.filter((key) => kept.some((other) => other < key));
}

/** When, at `now` or later, the first of the stale keys may leave. */
export function nextLeaving(shared: Shared, now: number, stale: readonly string[], kept: readonly string[]): number {
  const following = startOf(shared, turnNumber(shared, now) + 1);
  const second = startOf(shared, turnNumber(shared, now) + 2);
  return [now, following].find((at) => leaving(shared, at, stale, kept).length > 0) ?? second;
}
