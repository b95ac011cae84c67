import type { Timings } from '../domain.ts';
import type { RunRequest, Throttling } from '../observations/run-state.ts';

/*
 * AWS's limits are the account's: when an Availability Zone fails, hundreds of databases move in the same second, and asking more often
 * does not help. A throttled run leaves the group's API alone for a while, longer each time, and keeps asking DNS.
 */

type Asker = Pick<RunRequest, 'mode' | 'timings'>;

/** Longest backoffs, in parts of the settle time. */
const backoffs = {
  /** Each throttled answer in a row makes the next one longer. */
  urgent: [1 / 3, 2 / 3, 1],
  /** A watch that has nothing to change lets the others go first. */
  patient: [1 / 3, 8],
  /** A check has less than a minute, and its database has no other run. */
  check: [1 / 5],
  /** Changes have a rate limit of their own, and the read that justifies them is soon too old. */
  change: [1 / 5],
  /** The group is half changed, and the window for the other half is short. */
  removal: [1 / 40],
} as const;

/** What a throttled call was for. `removal`: a change of which only the removal is left. */
export type Asked = 'read' | 'change' | 'removal';

export function throttled(
  before: Throttling | undefined,
  { mode, timings }: Asker,
  asked: Asked,
  isUrgent: boolean,
  now: number,
  random: number,
): Throttling {
  const times = asked === 'read' ? (before?.times ?? 0) + 1 : 0;
  const reader = mode !== 'watch' ? 'check' : isUrgent ? 'urgent' : 'patient';
  const list = backoffs[asked === 'read' ? reader : asked];
  const part = list[Math.min(Math.max(times, 1), list.length) - 1] ?? 0;
  return { at: now, until: now + timings.settleMs * part * (0.2 + 0.8 * random), times };
}

export const backoffMs = (throttling: Throttling | undefined, now: number): number =>
  Math.max((throttling?.until ?? now) - now, 0);

export const isBackingOff = (throttling: Throttling | undefined, now: number): boolean =>
  backoffMs(throttling, now) > 0;

/** A read that is 6 s old at most serves for the next attempt at its change. */
export const isStillGood = (throttling: Throttling | undefined, { settleMs }: Timings, ageMs: number): boolean =>
  throttling !== undefined && ageMs < settleMs / 5;

export const isThrottledLately = (throttling: Throttling | undefined, { settleMs }: Timings, now: number): boolean =>
  throttling !== undefined && now - throttling.at < settleMs;

/** While the account is throttled, the read after a change waits: its token serves another database. */
export const afterChange = (
  throttling: Throttling | undefined,
  timings: Timings,
  now: number,
  random: number,
): Throttling | undefined =>
  throttling && isThrottledLately(throttling, timings, now)
    ? { ...throttling, until: now + timings.settleMs * (0.5 + random / 2) }
    : undefined;
