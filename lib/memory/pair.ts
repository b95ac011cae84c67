import type { Timings } from '../domain.ts';
import type { RunState } from '../observations/run-state.ts';

/*
 * Writer and standby take turns in being healthy. Around a failover both may seem so for a moment, which one run cannot tell from a
 * standby that accepts connections: so an execution environment remembers since when the reads of its runs have shown both.
 */

/** Times are ms since the epoch. */
export type Pair = {
  healthySince?: number;
  /** When the group was last read. */
  readAt: number;
  /** Until then the standby stays out of the group, since it was found to accept connections. */
  outUntil: number;
};

export const noPair = (): Pair => ({ readAt: 0, outUntil: 0 });

/** Two checks: what was read before says nothing about the time between. */
const freshMs = ({ settleMs }: Timings): number => 4 * settleMs;

/** It would be found out again each time that it came back. */
const outMs = ({ settleMs }: Timings): number => 120 * settleMs;

export function pairAt({ healthySince, readAt, outUntil }: Pair, timings: Timings, now: number) {
  const isFresh = now - readAt <= freshMs(timings);
  return { ...(isFresh && healthySince !== undefined ? { healthySince } : {}), isOut: now < outUntil };
}

export function rememberPair(
  pair: Pair,
  { healthySince, isStandbyOut, observed }: RunState,
  timings: Timings,
  now: number,
): void {
  if (!observed) return;
  pair.healthySince = healthySince;
  pair.readAt = observed.at;
  if (isStandbyOut && now >= pair.outUntil) pair.outUntil = now + outMs(timings);
}
