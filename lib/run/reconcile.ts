import { decide } from '../decision/decide.ts';
import { removalMs } from '../decision/gate.ts';
import { type Plan, type Target, targetKey } from '../domain.ts';
import { noAnswer, ReconcileError } from '../errors.ts';
import { withoutLeavers, withRegistered } from '../observations/applied.ts';
import { rememberObserved, stabilityMs } from '../observations/observations.ts';
import { claim, hasNoEffect, leavesSeen, prove } from '../observations/proof.ts';
import type { Ports } from '../ports.ts';
import { within } from '../within.ts';
import { askOwners, gather, isHearsay } from './gather.ts';
import { isAtRest, type Job, type Observed, type State } from './run-state.ts';
import { afterChange, answered, type Crowd, isResting, isStillGood, throttled } from './throttling.ts';

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
    state = { ...reached, fault: undefined, changeFault: undefined };
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
    const reading = isFirst && mayCall ? read() : undefined;
    // What the sources say stays known though the group cannot be read: this only keeps its fault until it is asked for below.
    reading?.catch(() => undefined);
    state = await gather(ports, job, state, isFresh, signal);
    const observed = await reading;
    state = decide(job, observed ? observe(state, observed) : state);
    if (!mayCall) return state;
    const asked = await askOwners(ports, job, state, signal);
    if (asked !== state) state = decide(job, asked);
    if (!isFirst && needsObservation(job, before, state, ports.clock.now())) await lookAtGroup();
    if (isHearsay(job, state, ports.clock.now())) state = decide(job, await gather(ports, job, state, true, signal));
    if (job.mode !== 'look' && !job.policy.observeOnly && state.plan?.kind === 'change') {
      call = 'change';
      const isThrough = await apply(ports, job, state, state.plan, reach, signal);
      const crowd = afterChange(state.crowd, job.pace, ports.clock.now(), ports.clock.random());
      if (crowd && isSent) return isThrough ? { ...state, crowd } : state;
      call = 'read';
      if (isThrough) await lookAtGroup();
    }
    return withoutEffect(state);
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return {
      ...state,
      fault: error,
      ...(call === 'change' ? { changeFault: error } : {}),
      ...(error.code === 'Throttled' ? { crowd: crowded(ports, job, state, call) } : {}),
    };
  }
}

/** What AWS accepted again and again, and the group does not show: the run has failed, though each reply was right. */
function withoutEffect(state: State): State {
  const { unproven, plan } = state;
  if (!hasNoEffect(unproven) || plan?.kind !== 'change') return state;
  const { registered, deregistered, misses } = unproven;
  const steps = [
    registered.size > 0 ? `the registration of ${[...registered].join(', ')}` : '',
    deregistered.size > 0 ? `the deregistration of ${[...deregistered].join(', ')}` : '',
  ].filter(Boolean);
  const said = `ELBv2 accepted ${steps.join(' and ')}, and ${misses} reads of the target group since do not show it`;
  const fault = noAnswer(said);
  return { ...state, fault, changeFault: fault };
}

function crowded(
  { clock }: Ports,
  job: Job,
  { crowd, plan, observed, history }: State,
  call: 'read' | 'change',
): Crowd {
  const isLast = plan?.kind === 'change' && plan.register.length === 0;
  const hasWork = plan?.kind === 'change' || (!observed && history.followed?.moved === true);
  // An event that says "over" seldom comes alone: those that said "begun" have been looking for longer.
  const isUrgent = hasWork && job.trigger.kind === 'begin';
  return throttled(crowd, job, isLast ? 'removal' : call, isUrgent, clock.now(), clock.random());
}

/** The group is read again after a fault, when the desired state moved, before a change, and now and then while one is under way. */
function needsObservation(job: Job, before: State, state: State, now: number): boolean {
  const { pace } = job;
  const { plan, history, observed, sightings, crowd } = state;
  if (before.fault && before.fault.code !== 'Throttled') return true;
  const age = (sightings?.at ?? 0) - (observed?.at ?? 0);
  const isUsable = plan?.kind === 'change' && isStillGood(crowd, pace, age);
  if (isUsable && (plan.register.length > 0 || removalMs(job, state, plan.deregister, now) > 0)) return false;
  if (history.desired?.key !== before.history.desired?.key) return true;
  if (plan?.kind === 'change') return !isAtRest(job, plan);
  // While DNS alone tells, only the health of what may leave can change.
  return (
    plan?.kind === 'waiting' &&
    !isAtRest(job, plan) &&
    age >= (plan.for === 'answers' ? pace.settleMs : pace.settleMs / 6)
  );
}

async function readGroup({ targetGroup, clock }: Ports, signal?: AbortSignal): Promise<Observed> {
  const readAt = clock.now();
  const targets = await targetGroup.list(signal);
  return { readAt, at: clock.now(), targets };
}

function observe(state: State, observed: Observed): State {
  const { at, targets } = observed;
  const unproven = prove(state.unproven, targets);
  const history = rememberObserved(state.history, targets, at, unproven.registered);
  const isMoved = history.groupMovedAt !== state.history.groupMovedAt;
  const crowd = answered(state.crowd);
  // What is still `initial` is new to every other run.
  const own =
    state.own && [...state.own.keys].every((key) => history.initial.has(key))
      ? { ...state.own, readAt: observed.readAt }
      : state.own;
  return {
    ...state,
    ...(own ? { own } : {}),
    history,
    observed,
    unproven,
    fault: undefined,
    ...(crowd ? { crowd } : {}),
    ...(isMoved ? { movedAt: at } : {}),
  };
}

/**
 * Registers, then deregisters; a registration that fails leaves the rest as it was. `reach` hears of each step that was accepted. Before
 * the last target that the group was seen to hold leaves, the group has to show its replacement. False when the removal has to wait for
 * that, or for its turn.
 */
async function apply(
  ports: Ports,
  job: Job,
  before: State,
  change: Change,
  reach: (state: State) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const { register } = change;
  let { deregister } = change;
  let state: State = { ...before, movedAt: ports.clock.now(), convergedAt: undefined };
  if (register.length > 0) {
    await ports.targetGroup.register(register, signal);
    state = decide(job, withRegistered(accepted(state, 'register', register), register, ports.clock.now()));
    reach(state);
  }
  if (deregister.length === 0) return true;
  if (!isReplaced(state, deregister)) {
    state = decide(job, observe(state, await readGroup(ports, signal)));
    reach(state);
    deregister = state.plan?.kind === 'change' && state.plan.register.length === 0 ? state.plan.deregister : [];
    if (deregister.length === 0 || !isReplaced(state, deregister)) return false;
  }
  if (removalMs(job, state, deregister, ports.clock.now()) <= 0) return false;
  await remove(ports, job, state, deregister, signal);
  reach(decide(job, withoutLeavers(accepted(state, 'deregister', deregister), deregister)));
  return true;
}

const isReplaced = ({ unproven, observed }: State, leaving: readonly Target[]): boolean =>
  leavesSeen(unproven, observed?.targets ?? [], leaving);

/** A change that AWS accepted, once however often it was asked for. */
function accepted(state: State, step: 'register' | 'deregister', targets: readonly Target[]): State {
  const list = step === 'register' ? 'registered' : 'deregistered';
  const isNew = (target: Target) => !state.unproven[list].has(targetKey(target));
  return {
    ...state,
    [list]: [...state[list], ...targets.filter(isNew)],
    unproven: claim(state.unproven, step, targets),
  };
}

/** A removal is cut when its time is over, so that it cannot meet one of another run. */
async function remove(
  { targetGroup, clock }: Ports,
  job: Job,
  state: State,
  deregister: readonly Target[],
  signal?: AbortSignal,
): Promise<void> {
  const ms = removalMs(job, state, deregister, clock.now()) + stabilityMs(job.pace) / 10;
  const late = () => {
    throw new ReconcileError(
      'TimedOut',
      `deregistering ${deregister.map(targetKey).join(', ')} took longer than ${Math.round(ms)} ms, and timed out; the drift check will deregister what is left.`,
    );
  };
  await within(clock, ms, (cut) => targetGroup.deregister(deregister, cut), late, signal);
}
