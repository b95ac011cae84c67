import { removalDelayMs } from './crowd.ts';
import { type Desired, type Hold, type Plan, type Target, targetKey } from './domain.ts';
import { confirmationMs, contestedMs, type History, stabilityMs } from './history.ts';
import { isShielded } from './newcomers.ts';
import type { Job, State } from './state.ts';
import { leaving, nextLeaving, turnStart } from './turns.ts';

type Change = Extract<Plan, { kind: 'change' }>;

type Known = Pick<State, 'history' | 'crowd' | 'registered' | 'newcomers'>;

/** What may be done now, and how much longer the rest has to wait; ms. */
export type Confirmed = { readonly plan: Plan; readonly unconfirmedMs: number };

/**
 * The part of a plan whose evidence is old enough and whose turn it is. The first change is fast and a reversal slow: to bring back
 * what has just left, or to remove what has just been registered, contradicts a change of a moment ago, ours or another run's, and DNS
 * flaps. Without this, two runs that see different answers remove each other's target. An empty group serves nobody: there, any answer
 * is better than none.
 */
export function confirmed(job: Job, desired: Desired, state: Known, wanted: Plan, now: number): Confirmed {
  const { history } = state;
  const isFree = wanted.kind !== 'change' || job.mode === 'look' || job.policy.observeOnly || history.live.size === 0;
  if (isFree || desired.kind === 'hold') return { plan: wanted, unconfirmedMs: 0 };
  const { registerAt, deregisterAt } = dueTimes(job, desired, state, wanted, now);
  if (wanted.register.length === 0) return removal(job, state, wanted, Math.max(now, deregisterAt), now);
  const unconfirmedMs = Math.max(0, registerAt - now, deregisterAt - now);
  if (unconfirmedMs === 0) return { plan: wanted, unconfirmedMs };
  if (registerAt > now) return { plan: unconfirmed(wanted, unconfirmedMs), unconfirmedMs };
  return { plan: { ...wanted, deregister: [], stale: [...wanted.stale, ...wanted.deregister] }, unconfirmedMs };
}

/** When the evidence is old enough for each of the two steps. */
function dueTimes(
  { mode, pace }: Job,
  { minAgeMs = 0, isContested = false }: Extract<Desired, { kind: 'targets' }>,
  { history, crowd, registered }: Known,
  { register, deregister }: Change,
  now: number,
): { registerAt: number; deregisterAt: number } {
  const since = history.desired?.since ?? now;
  const first = since + Math.max(minAgeMs, mode === 'check' ? confirmationMs(pace) : 0);
  // An old answer says nothing about a newer change of the group, so for a reversal its age counts from that change.
  const movedAt = Math.max(since, history.groupMovedAt ?? history.startedAt);
  const reversal = Math.max(first, movedAt + (isContested ? contestedMs(pace) : stabilityMs(pace)));
  const removesNew = deregister.some((target) => isNew(history, targetKey(target)));
  const returns = register.some((target) => history.left.has(targetKey(target)));
  const registerAt = returns || (removesNew && isContested) ? reversal : first;
  const removalAt =
    register.length > 0 ? 0 : since + removalDelayMs(crowd, { mode, pace }, since, registered.length > 0);
  // What is `initial` may have left and been brought back between two reads, and another run removes its predecessor beside it.
  const watchedFrom = Math.max(...deregister.map((target) => history.watched.get(targetKey(target))?.from ?? 0), 0);
  const knownAt = watchedFrom > 0 ? watchedFrom + stabilityMs(pace) : 0;
  return { registerAt, deregisterAt: Math.max(removesNew ? reversal : registerAt, removalAt, knownAt) };
}

/** Registered a moment ago, by us or somebody else: shortly before our first look, since then, or again after it had left. */
const isNew = ({ first, left }: History, key: string): boolean =>
  !first?.live.has(key) || first.initial.has(key) || left.has(key);

/** Nothing is registered with it that would be new to every other run, so it has to wait for its turn. */
function removal(job: Job, known: Known, wanted: Change, dueAt: number, now: number): Confirmed {
  if (dueAt <= now && isShielded(known, wanted.deregister, now)) return { plan: wanted, unconfirmedMs: 0 };
  const stale = wanted.deregister.map(targetKey);
  const kept = [...known.history.live].filter((key) => !stale.includes(key));
  const unconfirmedMs = nextLeaving(job, dueAt, stale, kept) - now;
  if (unconfirmedMs > 0) return { plan: unconfirmed(wanted, unconfirmedMs), unconfirmedMs };
  const free = leaving(job, now, stale, kept);
  const [deregister, later] = [true, false].map((isFree) =>
    wanted.deregister.filter((target) => free.includes(targetKey(target)) === isFree),
  );
  return {
    plan: { ...wanted, deregister: deregister ?? [], stale: [...wanted.stale, ...(later ?? [])] },
    unconfirmedMs,
  };
}

/**
 * Whether a removal that was planned may be sent now. What was read of the group ages quickly: beside something new it has to be younger
 * than the time for which everybody leaves that alone, otherwise it has to be of the same turn.
 */
export function isTimely(job: Job, state: State, deregister: readonly Target[], now: number): boolean {
  if (isShielded(state, deregister, now)) return true;
  const readAt = state.observed?.readAt ?? Number.NEGATIVE_INFINITY;
  const stale = deregister.map(targetKey);
  const kept = [...state.history.live].filter((key) => !stale.includes(key));
  return readAt >= turnStart(job, now) && leaving(job, now, stale, kept).length === stale.length;
}

function unconfirmed({ register, deregister }: Change, ms: number): Hold {
  const steps = [
    register.length > 0 ? `register ${register.map(targetKey).join(', ')}` : '',
    deregister.length > 0 ? `deregister ${deregister.map(targetKey).join(', ')}` : '',
  ].filter(Boolean);
  return {
    kind: 'hold',
    reason: 'Unconfirmed',
    message: `would ${steps.join(' and ')} if the answer stays the same for ${Math.ceil(ms)} ms`,
  };
}
