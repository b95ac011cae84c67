import type { Timings } from '../domain.ts';
import type { RunState } from '../observations/run-state.ts';

/*
 * Writer and standby take turns in being healthy. Around a failover both may seem so for a moment, which one run cannot tell from a
 * standby that accepts connections: so an execution environment remembers since when the reads of its runs have shown both.
 */

/** By target; times are ms since the epoch. */
export type Pair = {
  together: ReadonlyMap<string, number>;
  /** When the group was last read. */
  readAt: number;
  /** Until then it is no standby, since it was found to accept connections. */
  readonly outUntil: Map<string, number>;
};

export const noPair = (): Pair => ({ together: new Map(), readAt: 0, outUntil: new Map() });

/** A check and a half: what was read before a missing check says nothing about the time between. */
const freshMs = ({ settleMs }: Timings): number => 3 * settleMs;

/** It would be found out again each time that it came back. */
const outMs = ({ settleMs }: Timings): number => 120 * settleMs;

export function pairAt({ together, readAt, outUntil }: Pair, timings: Timings, now: number) {
  const out = new Set([...outUntil].flatMap(([key, until]) => (now < until ? [key] : [])));
  return { together: now - readAt <= freshMs(timings) ? together : new Map<string, number>(), out };
}

export function rememberPair(pair: Pair, { together, out, observed }: RunState, timings: Timings, now: number): void {
  if (!observed) return;
  pair.together = together;
  pair.readAt = observed.at;
  for (const [key, until] of pair.outUntil) if (now >= until) pair.outUntil.delete(key);
  for (const key of out) if (!pair.outUntil.has(key)) pair.outUntil.set(key, now + outMs(timings));
}
