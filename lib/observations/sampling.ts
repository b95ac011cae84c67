import type { Pace } from '../domain.ts';
import type { Job, State } from '../run/run-state.ts';

/* How long, and how often, a check asks a name that shows some of its addresses at a time. lib/observations/partial-answers.ts says what the answers prove. */

/** The time from one check to the next. */
const periodMs = ({ settleMs }: Pace): number => 2 * settleMs;

/** A client that invokes the function waits for it. */
const manualMs = ({ settleMs }: Pace): number => (settleMs * 11) / 6;

export const untilOf = ({ trigger, pace }: Job, startedAt: number, deadline: number): number =>
  trigger.kind === 'manual' ? Math.min(deadline, startedAt + manualMs(pace)) : deadline;

/**
 * A check asks until the next one begins. It asks for longer where it has registered something, since more may be missing, and where all
 * answers are the same, since the name has then moved for good. To prove that a target is gone can take minutes: one check in ten takes
 * them, so that checks do not pile up.
 */
export function endOfSampling({ database, pace, until = Number.POSITIVE_INFINITY }: Job, state: State): number {
  const { plan, registered, history } = state;
  const { startedAt, followed } = history;
  const isProof = plan?.kind === 'waiting' && plan.stale.length > 0 && isTenth(database.name, pace, startedAt);
  // What is proven only waits for its turn.
  const isLong =
    registered.length > 0 || !followed?.moved || isProof || plan?.kind === 'hold' || plan?.kind === 'change';
  return isLong ? until : Math.min(until, startedAt + (periodMs(pace) * 19) / 20);
}

/** Spreads what an account's databases do by the clock. */
export function hashOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

/** By the clock, as nothing is kept between runs; at another minute for each database. */
const isTenth = (name: string, pace: Pace, at: number): boolean =>
  (Math.floor(at / periodMs(pace)) + hashOf(name)) % 10 === 0;

/** A cache repeats its answer for as long as its TTL says. */
export function nextAnswerMs({ pace }: Job, { history: { answers } }: State, now: number): number {
  const { at = now, ttlMs = 0 } = answers.at(-1) ?? {};
  return Math.max(1, at + Math.max(pace.recheckMs, Math.min(ttlMs, pace.settleMs / 6)) - now);
}
