import { type Desired, type Hold, type Plan, type Target, targetKey } from '../domain.ts';
import { confirmationMs, contestedMs, gracePeriodMs, reversalMs } from '../observations/observations.ts';
import type { RunRequest, RunState } from '../observations/run-state.ts';
import { hashOf } from '../observations/sampling.ts';
import { standbyKeys } from '../observations/standby.ts';
import { doubtAbout, yieldsAt } from './probe.ts';

type Change = Extract<Plan, { kind: 'change' }>;
type Known = Pick<RunState, 'observations' | 'observed' | 'ownRegistration' | 'desired' | 'foreign'>;

/** What the run may do now, and how many ms the rest has to wait. */
export type Gated = { readonly plan: Plan; readonly retryInMs: number };

/**
 * The part of a plan that this run may carry out now. The first change is fast, a reversal is slow: DNS flaps, and to bring back a target
 * that has just left, or to remove one that has just been registered, contradicts a change of a moment ago. An empty group serves no
 * client, so it takes any usable answer.
 */
export function gate(request: RunRequest, desired: Desired, known: Known, wanted: Plan, now: number): Gated {
  const isFree =
    wanted.kind !== 'change' ||
    request.mode === 'dry-run' ||
    request.policy.observeOnly ||
    known.observations.live.size === 0;
  if (isFree || desired.kind === 'hold') return { plan: wanted, retryInMs: 0 };
  const { register, deregister } = wanted;
  if (register.length === 0 && !mayRemove(request, known, deregister, now))
    return { plan: { kind: 'waiting', for: 'drift-check', stale: [...wanted.stale, ...deregister] }, retryInMs: 0 };
  const doubt = doubtAbout(request, desired, known.observations, wanted, now);
  if (doubt && doubt.until > now)
    return { plan: unconfirmed(wanted, doubt.until - now, doubt.why), retryInMs: doubt.until - now };
  const { registerAt, deregisterAt } = earliest(request, desired, known, wanted, now);
  const waits = [registerAt, ...deregister.map(deregisterAt)].map((at) => at - now).filter((ms) => ms > 0);
  const retryInMs = waits.length > 0 ? Math.min(...waits) : 0;
  const due = deregister.filter((target) => deregisterAt(target) <= now);
  if (registerAt > now || register.length + due.length === 0)
    return { plan: unconfirmed(wanted, retryInMs), retryInMs };
  const later = deregister.filter((target) => !due.includes(target));
  return { plan: { ...wanted, deregister: due, stale: [...wanted.stale, ...later] }, retryInMs };
}

/** When each step's evidence is old enough; ms since the epoch. */
function earliest(
  request: RunRequest,
  { evidence }: Extract<Desired, { kind: 'targets' }>,
  known: Known,
  { register, deregister }: Change,
  now: number,
): { registerAt: number; deregisterAt: (target: Target) => number } {
  const { mode, timings } = request;
  const { observations } = known;
  const { isContested = false, confirmedAt } = evidence;
  const since = observations.desired?.since ?? now;
  const first = since + (mode === 'check' && confirmedAt === undefined ? confirmationMs(timings) : 0);
  // An old answer says nothing about a newer change of the group, so for a reversal its age counts from that change.
  const slowMs = confirmedAt !== undefined ? 0 : isContested ? contestedMs(timings) : reversalMs(timings);
  const reversal = Math.max(first, Math.max(since, observations.groupMovedAt ?? 0) + slowMs);
  const lastNewAtOf = (target: Target) => {
    const key = targetKey(target);
    return observations.lastNewAt.get(key) ?? (observations.removedSince.has(key) ? 0 : undefined);
  };
  const returns = register.some((target) => observations.removedSince.has(targetKey(target)));
  const isUndone = register.length > 0 && isContested && deregister.some((target) => lastNewAtOf(target) !== undefined);
  const registerAt = returns || isUndone ? reversal : first;
  // A run that an event woke may still remove the other target beside its own registration: a lone removal waits until it no longer may.
  const alone = register.length > 0 || staying(known, deregister).length > 0 ? 0 : since + gracePeriodMs(timings);
  const stays = staysOf(known, deregister);
  const deregisterAt = (target: Target) => {
    const lastNewAt = lastNewAtOf(target);
    const at =
      lastNewAt === undefined ? Math.max(registerAt, alone) : Math.max(reversal, lastNewAt + gracePeriodMs(timings));
    const due = Math.max(at, yieldsAt(request, evidence, observations, target, now));
    return alone > 0 ? mayLeaveAt(request, target, stays, Math.max(due, now)) : due;
  };
  return { registerAt: register.length > 0 ? registerAt : 0, deregisterAt };
}

/*
 * Removals are serialised so that concurrent runs cannot empty the group: two runs that contradict each other about two targets would each
 * remove the other's, and no lock or read prevents that. So a run that an event woke removes only beside a target that it has registered
 * itself, while that is new; no run removes a new target. Everything else that is stale is left to the drift check (or `resync`), of which
 * one runs at a time. docs/decisions/0025-one-remover.md
 */

const isRemover = ({ trigger }: RunRequest): boolean => trigger.kind === 'schedule' || trigger.kind === 'manual';

/** The targets that this run registered, is not removing, and the group still holds. */
function staying({ ownRegistration, observations: { live } }: Known, leaving: readonly Target[]): readonly string[] {
  const gone = new Set(leaving.map(targetKey));
  return [...(ownRegistration?.keys ?? [])].filter((key) => live.has(key) && !gone.has(key));
}

/** Whether this run removes at all: the drift check does; another run only beside its own registration, while that may still be new. */
const mayRemove = (request: RunRequest, known: Known, leaving: readonly Target[], now: number): boolean =>
  isRemover(request) ||
  staying(known, leaving).some((key) => known.observations.initial.has(key)) ||
  removalMs(request, known, leaving, now) > 0;

const slotMs = ({ timings }: RunRequest): number => timings.settleMs / 6;

/** Slots begin at a different time for each database, so that the account's removals do not all fall into one second. */
const slotAt = (request: RunRequest, at: number): number =>
  Math.floor(at / slotMs(request) + hashOf(request.database.name) / 1000);
const slotFrom = (request: RunRequest, slot: number): number =>
  (slot - hashOf(request.database.name) / 1000) * slotMs(request);

/**
 * EventBridge delivers at least once, so two drift checks may run at once and contradict each other about two old targets. In one slot of
 * the clock only a target that sorts before one that stays may leave, in the next only one that sorts after. When, at `from` or later,
 * `target` may leave.
 */
function mayLeaveAt(request: RunRequest, target: Target, stays: readonly string[], from: number): number {
  const key = targetKey(target);
  const staysAfter = stays.map((other) => other > key);
  const slot = slotAt(request, from);
  // A removal begins in the first half of a slot, so that its call ends in it.
  const next = from - slotFrom(request, slot) < slotMs(request) / 2 ? slot : slot + 1;
  const allowed = staysAfter.includes(next % 2 === 0) ? next : next + 1;
  return Math.max(from, slotFrom(request, allowed));
}

/** Computed once for all targets: to compare each with each takes seconds in a group of hundreds. */
function staysOf({ observations, desired }: Known, leaving: readonly Target[]): readonly string[] {
  const gone = new Set([...leaving.map(targetKey), ...standbyKeys(desired)]);
  return [...observations.live].filter((key) => !gone.has(key));
}

/** How long the latest read of the group still justifies this removal, its call included; ms. Zero or less: read the group again. */
export function removalMs(request: RunRequest, known: Known, leaving: readonly Target[], now: number): number {
  const { observed, ownRegistration, foreign } = known;
  if (observed && leaving.every((target) => foreign?.has(targetKey(target))))
    return observed.readAt + (3 * gracePeriodMs(request.timings)) / 4 - now;
  const newMs =
    ownRegistration && staying(known, leaving).length > 0
      ? ownRegistration.readAt + (3 * gracePeriodMs(request.timings)) / 4 - now
      : 0;
  const from = slotFrom(request, slotAt(request, now));
  const stays = staysOf(known, leaving);
  const isInSlot = leaving.every((target) => mayLeaveAt(request, target, stays, now) <= now);
  const isAlone = isRemover(request) && isInSlot && (observed?.readAt ?? 0) >= from;
  return Math.max(newMs, isAlone ? from + slotMs(request) * 0.7 - now : 0);
}

function unconfirmed({ register, deregister }: Change, ms: number, why = ''): Hold {
  const steps = [
    register.length > 0 ? `register ${register.map(targetKey).join(', ')}` : '',
    deregister.length > 0 ? `deregister ${deregister.map(targetKey).join(', ')}` : '',
  ].filter(Boolean);
  return {
    kind: 'hold',
    reason: 'Unconfirmed',
    message: `would ${steps.join(' and ')} if the answer stays the same for ${Math.ceil(ms)} ms${why && `: ${why}`}`,
  };
}
