import type { Timings } from '../domain.ts';
import type { RunRequest, RunState } from './run-state.ts';

/* How long, and how often, a check asks a name that shows some of its addresses at a time. lib/observations/partial-answers.ts says what the answers prove. */

/** The time from one check to the next. */
const periodMs = ({ settleMs }: Timings): number => 2 * settleMs;

/** A client that invokes the function waits for it. */
const manualMs = ({ settleMs }: Timings): number => (settleMs * 11) / 6;

export const untilOf = ({ trigger, timings }: RunRequest, startedAt: number, deadline: number): number =>
  trigger.kind === 'manual' ? Math.min(deadline, startedAt + manualMs(timings)) : deadline;

/**
 * A check asks until the next one begins. It asks for longer where it has registered something, since more may be missing, and where all
 * answers are the same, since the name has then moved for good. To prove that a target is gone can take minutes: one check in ten takes
 * them, so that checks do not pile up.
 */
export function endOfSampling(
  { database, timings, until = Number.POSITIVE_INFINITY }: RunRequest,
  state: RunState,
): number {
  const { plan, registered, observations } = state;
  const { startedAt, followed } = observations;
  const isProof = plan?.kind === 'waiting' && plan.stale.length > 0 && isTenth(database.name, timings, startedAt);
  // A proven change only waits for its slot.
  const isLong =
    registered.length > 0 || !followed?.moved || isProof || plan?.kind === 'hold' || plan?.kind === 'change';
  return isLong ? until : Math.min(until, startedAt + (periodMs(timings) * 19) / 20);
}

/** Spreads over time what the databases of an account do by the clock. */
export function hashOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

/** By the clock, as nothing is kept between runs; at another minute for each database. */
const isTenth = (name: string, timings: Timings, at: number): boolean =>
  (Math.floor(at / periodMs(timings)) + hashOf(name)) % 10 === 0;

/** A cache repeats its answer for as long as its TTL says. */
export function nextAnswerMs({ timings }: RunRequest, { observations: { answers } }: RunState, now: number): number {
  const { at = now, ttlMs = 0 } = answers.at(-1) ?? {};
  return Math.max(1, at + Math.max(timings.recheckMs, Math.min(ttlMs, timings.settleMs / 6)) - now);
}
