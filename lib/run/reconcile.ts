import { decide } from '../decision/decide.ts';
import { removalMs } from '../decision/gate.ts';
import { type Plan, type Target, targetKey } from '../domain.ts';
import { noAnswer, ReconcileError } from '../errors.ts';
import { withoutLeavers, withRegistered } from '../observations/applied.ts';
import { rememberObserved, stabilityMs } from '../observations/observations.ts';
import { claim, hasNoEffect, leavesSeen, prove } from '../observations/proof.ts';
import type { Ports } from '../ports.ts';
import { within } from '../within.ts';
import { askOwners, gather, isStaleTopology } from './gather.ts';
import { isAtRest, type Observed, type Refresh, type RunRequest, type RunState } from '../observations/run-state.ts';
import { afterChange, answered, isBackingOff, isStillGood, type Throttling, throttled } from './throttling.ts';

type Change = Extract<Plan, { kind: 'change' }>;

/**
 * One pass: gather → decide → plan → apply → look again. A fault comes back in the state, so that what was done before it is not
 * lost; anything that is not a `ReconcileError` is a defect and rejects.
 */
export async function pass(
  ports: Ports,
  request: RunRequest,
  before: RunState,
  refresh: Refresh,
  signal?: AbortSignal,
): Promise<RunState> {
  const mayCall = refresh === 'all' || !isBackingOff(before.throttling, ports.clock.now());
  // A fault stays the last word on the group until an answer comes.
  let state: RunState = { ...before, passes: before.passes + 1 };
  let isSent = false;
  const reach = (reached: RunState) => {
    state = { ...reached, fault: undefined, changeFault: undefined };
    isSent = true;
  };
  const read = () => readGroup(ports, signal);
  const readAgain = async () => {
    state = decide(request, observe(state, await read()));
  };
  let call: 'read' | 'change' = 'read';
  try {
    // The group is read beside the sources at the start of a run: both are needed, and neither depends on the other.
    const isFirst = refresh === 'all' || !before.observed;
    const reading = isFirst && mayCall ? read() : undefined;
    // What the sources say stays known though the group cannot be read: this only keeps its fault until it is asked for below.
    reading?.catch(() => undefined);
    state = await gather(ports, request, state, refresh, signal);
    const observed = await reading;
    state = decide(request, observed ? observe(state, observed) : state);
    if (!mayCall) return state;
    const asked = await askOwners(ports, request, state, signal);
    if (asked !== state) state = decide(request, asked);
    if (!isFirst && needsObservation(request, before, state, ports.clock.now())) await readAgain();
    if (isStaleTopology(request, state, ports.clock.now()))
      state = decide(request, await gather(ports, request, state, 'all', signal));
    if (request.mode !== 'dry-run' && !request.policy.observeOnly && state.plan?.kind === 'change') {
      call = 'change';
      const isThrough = await apply(ports, request, state, state.plan, reach, signal);
      const throttling = afterChange(state.throttling, request.timings, ports.clock.now(), ports.clock.random());
      if (throttling && isSent) return isThrough ? { ...state, throttling } : state;
      call = 'read';
      if (isThrough) await readAgain();
    }
    return withoutEffect(state);
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return {
      ...state,
      fault: error,
      ...(call === 'change' ? { changeFault: error } : {}),
      ...(error.code === 'Throttled' ? { throttling: crowded(ports, request, state, call) } : {}),
    };
  }
}

/** What AWS accepted again and again, and the group does not show: the run has failed, though each reply was right. */
function withoutEffect(state: RunState): RunState {
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
  request: RunRequest,
  { throttling, plan, observed, observations }: RunState,
  call: 'read' | 'change',
): Throttling {
  const isLast = plan?.kind === 'change' && plan.register.length === 0;
  const hasWork = plan?.kind === 'change' || (!observed && observations.followed?.moved === true);
  // An event that says "over" seldom comes alone: those that said "begun" have been looking for longer.
  const isUrgent = hasWork && request.trigger.kind === 'begin';
  return throttled(throttling, request, isLast ? 'removal' : call, isUrgent, clock.now(), clock.random());
}

/** The group is read again after a fault, when the desired state moved, before a change, and now and then while one is under way. */
function needsObservation(request: RunRequest, before: RunState, state: RunState, now: number): boolean {
  const { timings } = request;
  const { plan, observations, observed, lookups, throttling } = state;
  if (before.fault && before.fault.code !== 'Throttled') return true;
  const age = (lookups?.at ?? 0) - (observed?.at ?? 0);
  const isUsable = plan?.kind === 'change' && isStillGood(throttling, timings, age);
  if (isUsable && (plan.register.length > 0 || removalMs(request, state, plan.deregister, now) > 0)) return false;
  if (observations.desired?.key !== before.observations.desired?.key) return true;
  if (plan?.kind === 'change') return !isAtRest(request, plan);
  // While DNS alone tells, only the health of what may leave can change.
  return (
    plan?.kind === 'waiting' &&
    !isAtRest(request, plan) &&
    age >= (plan.for === 'answers' ? timings.settleMs : timings.settleMs / 6)
  );
}

async function readGroup({ targetGroup, clock }: Ports, signal?: AbortSignal): Promise<Observed> {
  const readAt = clock.now();
  const targets = await targetGroup.list(signal);
  return { readAt, at: clock.now(), targets };
}

function observe(state: RunState, observed: Observed): RunState {
  const { at, targets } = observed;
  const unproven = prove(state.unproven, targets);
  const observations = rememberObserved(state.observations, targets, at, unproven.registered);
  const isMoved = observations.groupMovedAt !== state.observations.groupMovedAt;
  const throttling = answered(state.throttling);
  // What is still `initial` is new to every other run.
  const own =
    state.own && [...state.own.keys].every((key) => observations.initial.has(key))
      ? { ...state.own, readAt: observed.readAt }
      : state.own;
  return {
    ...state,
    ...(own ? { own } : {}),
    observations,
    observed,
    unproven,
    fault: undefined,
    ...(throttling ? { throttling } : {}),
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
  request: RunRequest,
  before: RunState,
  change: Change,
  reach: (state: RunState) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const { register } = change;
  let { deregister } = change;
  let state: RunState = { ...before, movedAt: ports.clock.now(), convergedAt: undefined };
  if (register.length > 0) {
    await ports.targetGroup.register(register, signal);
    state = decide(request, withRegistered(accepted(state, 'register', register), register, ports.clock.now()));
    reach(state);
  }
  if (deregister.length === 0) return true;
  if (!isReplaced(state, deregister)) {
    state = decide(request, observe(state, await readGroup(ports, signal)));
    reach(state);
    deregister = state.plan?.kind === 'change' && state.plan.register.length === 0 ? state.plan.deregister : [];
    if (deregister.length === 0 || !isReplaced(state, deregister)) return false;
  }
  if (removalMs(request, state, deregister, ports.clock.now()) <= 0) return false;
  await remove(ports, request, state, deregister, signal);
  reach(decide(request, withoutLeavers(accepted(state, 'deregister', deregister), deregister)));
  return true;
}

const isReplaced = ({ unproven, observed }: RunState, leaving: readonly Target[]): boolean =>
  leavesSeen(unproven, observed?.targets ?? [], leaving);

/** A change that AWS accepted, once however often it was asked for. */
function accepted(state: RunState, step: 'register' | 'deregister', targets: readonly Target[]): RunState {
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
  request: RunRequest,
  state: RunState,
  deregister: readonly Target[],
  signal?: AbortSignal,
): Promise<void> {
  const ms = removalMs(request, state, deregister, clock.now()) + stabilityMs(request.timings) / 10;
  const late = () => {
    throw new ReconcileError(
      'TimedOut',
      `deregistering ${deregister.map(targetKey).join(', ')} took longer than ${Math.round(ms)} ms, and timed out; the drift check will deregister what is left.`,
    );
  };
  await within(clock, ms, (cut) => targetGroup.deregister(deregister, cut), late, signal);
}
