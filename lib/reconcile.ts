import { confirmed, isTimely } from './confirm.ts';
import { afterChange, answered, isResting, isStillGood, throttled } from './crowd.ts';
import { desiredFrom } from './desired.ts';
import { isLive, type Plan, targetKey } from './domain.ts';
import { ReconcileError } from './errors.ts';
import type { Facts } from './facts.ts';
import { gather } from './gather.ts';
import { rememberDeregistered, rememberDesired, rememberObserved } from './history.ts';
import { plan } from './plan.ts';
import type { Ports } from './ports.ts';
import type { Job, Observed, State } from './state.ts';
import { leftOfTurn } from './turns.ts';
import { within } from './within.ts';

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
  const mayCall = isFresh || !isResting(before.crowd, ports.clock.now());
  // A fault stays the last word on the group until an answer comes.
  let state: State = { ...before, passes: before.passes + 1 };
  let isSent = false;
  const reach = (reached: State) => {
    state = { ...reached, fault: undefined };
    isSent = true;
  };
  const read = () => readGroup(ports, signal);
  const lookAtGroup = async () => {
    state = decide(job, observe(state, await read()));
  };
  let call: 'read' | 'change' = 'read';
  try {
    // The group is read beside the sources at the start of a run: both are needed, and neither depends on the other.
    const isFirst = isFresh || !before.observed;
    const [gathered, observed] = await Promise.all([
      gather(ports, job, state, isFresh, signal),
      isFirst && mayCall ? read() : undefined,
    ]);
    state = decide(job, observed ? observe(gathered, observed) : gathered);
    if (!mayCall) return state;
    if (isHearsay(job, state, ports.clock.now())) state = decide(job, await gather(ports, job, state, true, signal));
    if (!isFirst && needsObservation(job, before, state)) await lookAtGroup();
    if (job.mode !== 'look' && !job.policy.observeOnly && state.plan?.kind === 'change') {
      call = 'change';
      await apply(ports, job, state, state.plan, reach, signal);
      const crowd = afterChange(state.crowd, job.pace, ports.clock.now(), ports.clock.random());
      if (crowd && isSent) return { ...state, crowd };
      call = 'read';
      await lookAtGroup();
    }
    return state;
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    if (error.code !== 'Throttled') return { ...state, fault: error };
    return {
      ...state,
      fault: error,
      crowd: throttled(state.crowd, job, call, ports.clock.now(), ports.clock.random()),
    };
  }
}

/** Which readers there are, only the API says: nobody is removed by what it said a while ago, when it may have said half. */
const isHearsay = ({ database, pace }: Job, { plan, topology }: State, now: number): boolean =>
  database.role === 'reader' &&
  plan?.kind === 'change' &&
  plan.deregister.length > 0 &&
  now - (topology?.at ?? now) >= pace.settleMs / 6;

/** The group is read again after a fault, when the desired state moved, before a change, and now and then while one is under way. */
function needsObservation({ pace }: Job, before: State, { plan, history, observed, sightings, crowd }: State): boolean {
  if (before.fault && before.fault.code !== 'Throttled') return true;
  const age = (sightings?.at ?? 0) - (observed?.at ?? 0);
  if (plan?.kind === 'change' && isStillGood(crowd, pace, age)) return false;
  if (history.desired?.key !== before.history.desired?.key || plan?.kind === 'change') return true;
  return plan?.kind === 'waiting' && age >= pace.settleMs / 6;
}

async function readGroup({ targetGroup, clock }: Ports, signal?: AbortSignal): Promise<Observed> {
  const readAt = clock.now();
  const targets = await targetGroup.list(signal);
  return { readAt, at: clock.now(), targets };
}

function observe(state: State, observed: Observed): State {
  const { at, targets } = observed;
  const history = rememberObserved(state.history, targets, at);
  const isMoved = history.groupMovedAt !== state.history.groupMovedAt;
  const crowd = answered(state.crowd);
  return {
    ...state,
    history,
    observed,
    fault: undefined,
    ...(crowd ? { crowd } : {}),
    ...(isMoved ? { movedAt: at } : {}),
  };
}

/* ---------- decide ---------- */

function decide(job: Job, state: State): State {
  const { sightings, observed } = state;
  if (!sightings || !observed) return state;
  const desired = desiredFrom(factsOf(job, state, sightings));
  const history = rememberDesired(state.history, desired);
  const wanted = plan(desired, observed.targets, job.policy);
  const { plan: allowed, unconfirmedMs } = confirmed(job, desired, { ...state, history }, wanted, sightings.at);
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

/* ---------- apply ---------- */

/** Registers, then deregisters; a registration that fails leaves the rest as it was. `reach` hears of each step that took effect. */
async function apply(
  ports: Ports,
  job: Job,
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
  if (deregister.length > 0 && isTimely(job, state, change, ports.clock.now())) {
    await remove(ports, job, change, signal);
    state = {
      ...state,
      deregistered: [...state.deregistered, ...deregister],
      history: rememberDeregistered(state.history, deregister),
    };
    reach(state);
  }
}

/** A removal that takes turns is cut at the end of its turn, so that it cannot meet one of the next. */
async function remove({ targetGroup, clock }: Ports, job: Job, change: Change, signal?: AbortSignal): Promise<void> {
  const { register, deregister } = change;
  if (register.length > 0) return targetGroup.deregister(deregister, signal);
  const ms = leftOfTurn(job, clock.now());
  const late = () => {
    throw new ReconcileError(
      'TimedOut',
      `deregistering ${deregister.map(targetKey).join(', ')} took longer than ${ms} ms.`,
    );
  };
  await within(clock, ms, (cut) => targetGroup.deregister(deregister, cut), late, signal);
}
