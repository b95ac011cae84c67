import { desiredFrom } from './desired.ts';
import { type Desired, type Hold, isLive, type Plan, type RegisteredTarget, targetKey } from './domain.ts';
import { ReconcileError } from './errors.ts';
import type { Facts } from './facts.ts';
import { gather } from './gather.ts';
import {
  confirmationMs,
  contestedMs,
  type History,
  rememberDeregistered,
  rememberDesired,
  rememberObserved,
  stabilityMs,
} from './history.ts';
import { plan } from './plan.ts';
import type { Ports } from './ports.ts';
import type { Job, State } from './state.ts';

type Change = Extract<Plan, { kind: 'change' }>;

/**
 * One pass: gather → decide → plan → apply → look again. A fault comes back in the state, so that what was done before it is not
 * lost; anything that is not a `ReconcileError` is a defect and rejects.
 */
export async function pass(
  ports: Ports,
  job: Job,
  before: State,
  isFresh: boolean,
  signal?: AbortSignal,
): Promise<State> {
  let state: State = { ...before, passes: before.passes + 1, fault: undefined };
  const reach = (reached: State) => {
    state = reached;
  };
  const lookAtGroup = async () => {
    const targets = await ports.targetGroup.list(signal);
    state = decide(job, observe(state, targets, ports.clock.now()));
  };
  try {
    // The group is read beside the sources at the start of a run: both are needed, and neither depends on the other.
    const isFirst = isFresh || !before.observed;
    const [gathered, targets] = await Promise.all([
      gather(ports, job, state, isFresh, signal),
      isFirst ? ports.targetGroup.list(signal) : undefined,
    ]);
    state = decide(job, targets ? observe(gathered, targets, ports.clock.now()) : gathered);
    if (!isFirst && needsObservation(job, before, state)) await lookAtGroup();
    if (job.mode !== 'look' && !job.policy.observeOnly && state.plan?.kind === 'change') {
      await apply(ports, state, state.plan, reach, signal);
      await lookAtGroup();
    }
    return state;
  } catch (error) {
    if (error instanceof ReconcileError) return { ...state, fault: error };
    throw error;
  }
}

/** The group is read again when the desired state moved, before a change, and now and then while one is under way. */
function needsObservation({ pace }: Job, before: State, { plan, history, observed, sightings }: State): boolean {
  if (history.desired?.key !== before.history.desired?.key || plan?.kind === 'change') return true;
  const age = (sightings?.at ?? 0) - (observed?.at ?? 0);
  return plan?.kind === 'waiting' && age >= pace.settleMs / 6;
}

function observe(state: State, targets: readonly RegisteredTarget[], at: number): State {
  const history = rememberObserved(state.history, targets, at);
  const isMoved = history.groupMovedAt !== state.history.groupMovedAt;
  return { ...state, history, observed: { at, targets }, ...(isMoved ? { movedAt: at } : {}) };
}

/* ---------- decide ---------- */

function decide(job: Job, state: State): State {
  const { sightings, observed } = state;
  if (!sightings || !observed) return state;
  const desired = desiredFrom(factsOf(job, state, sightings));
  const history = rememberDesired(state.history, desired);
  const wanted = plan(desired, observed.targets, job.policy);
  const { plan: allowed, unconfirmedMs } = confirmed(job, desired, history, wanted, sightings.at);
  const isConverged = allowed.kind === 'in-sync' && state.convergedAt === undefined;
  return {
    ...state,
    history,
    desired,
    plan: allowed,
    unconfirmedMs,
    ...(isConverged ? { convergedAt: observed.at } : {}),
  };
}

function factsOf(
  { database, policy, pace, trigger }: Job,
  { history, observed }: State,
  sightings: Facts['sightings'],
): Facts {
  const ports = new Set(observed?.targets.filter(isLive).map(({ port }) => port));
  return {
    database,
    allowedCidrs: policy.allowedCidrs,
    pace,
    sightings,
    history,
    named: 'named' in trigger ? trigger.named : undefined,
    observedPort: ports.size === 1 ? [...ports][0] : undefined,
  };
}

/**
 * The part of a plan whose evidence is old enough. The first change is fast and a reversal slow: to bring back what has just left, or
 * to remove what has just been registered, contradicts a change of a moment ago, ours or another run's, and DNS flaps. Without this,
 * two runs that see different answers remove each other's target. An empty group serves nobody: there, any answer is better than none.
 */
function confirmed(
  job: Job,
  desired: Desired,
  history: History,
  wanted: Plan,
  now: number,
): { plan: Plan; unconfirmedMs: number } {
  const isFree = wanted.kind !== 'change' || job.mode === 'look' || history.live.size === 0;
  if (isFree || desired.kind === 'hold') return { plan: wanted, unconfirmedMs: 0 };
  const { minAgeMs = 0, isContested = false } = desired;
  const since = history.desired?.since ?? now;
  const first = since + Math.max(minAgeMs, job.mode === 'check' ? confirmationMs(job.pace) : 0);
  // An old answer says nothing about a newer change of the group, so for a reversal its age counts from that change.
  const movedAt = Math.max(since, history.groupMovedAt ?? history.startedAt);
  const reversal = Math.max(first, movedAt + (isContested ? contestedMs(job.pace) : stabilityMs(job.pace)));
  const removesNew = wanted.deregister.some((target) => isNew(history, targetKey(target)));
  const returns = wanted.register.some((target) => history.left.has(targetKey(target)));
  const registerAt = returns || (removesNew && isContested) ? reversal : first;
  const deregisterAt = removesNew ? reversal : registerAt;
  const unconfirmedMs = Math.max(0, registerAt - now, deregisterAt - now);
  if (unconfirmedMs === 0) return { plan: wanted, unconfirmedMs };
  if (registerAt > now || wanted.register.length === 0)
    return { plan: unconfirmed(wanted, unconfirmedMs), unconfirmedMs };
  return { plan: { ...wanted, deregister: [], stale: [...wanted.stale, ...wanted.deregister] }, unconfirmedMs };
}

/** Registered a moment ago, by us or somebody else: shortly before our first look, since then, or again after it had left. */
const isNew = ({ first, left }: History, key: string): boolean =>
  !first?.live.has(key) || first.initial.has(key) || left.has(key);

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

/* ---------- apply ---------- */

/** Registers, then deregisters; a registration that fails leaves the rest as it was. `reach` hears of each step that took effect. */
async function apply(
  ports: Ports,
  before: State,
  change: Change,
  reach: (state: State) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { register, deregister } = change;
  let state: State = { ...before, movedAt: ports.clock.now(), convergedAt: undefined };
  if (register.length > 0) {
    await ports.targetGroup.register(register, signal);
    state = {
      ...state,
      registered: [...state.registered, ...register],
    };
    reach(state);
  }
  if (deregister.length > 0) {
    await ports.targetGroup.deregister(deregister, signal);
    state = {
      ...state,
      deregistered: [...state.deregistered, ...deregister],
      history: rememberDeregistered(state.history, deregister),
    };
    reach(state);
  }
}
