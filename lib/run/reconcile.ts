import { decide } from '../decision/decide.ts';
import { removalMs } from '../decision/gate.ts';
import { noAnswer, ReconcileError } from '../errors.ts';
import { observe } from '../observations/group.ts';
import { hasNoEffect } from '../observations/proof.ts';
import { isAtRest, type Refresh, type RunRequest, type RunState, type Throttling } from '../observations/run-state.ts';
import type { Ports } from '../ports.ts';
import { apply, readGroup } from './apply.ts';
import { askOwners, gather, isStaleTopology } from './gather.ts';
import { afterChange, isBackingOff, isStillGood, throttled } from './throttling.ts';

/**
 * One pass: gather → decide → apply → read again. A fault comes back in the state, so that what was done before it is not
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
    const seen = observe(state, await read());
    state = decide(request, agedTo(ports.clock.now(), seen));
  };
  let call: 'read' | 'change' = 'read';
  try {
    // The group is read beside the sources at the start of a run: both are needed, and neither depends on the other.
    const isFirst = refresh === 'all' || !before.observed;
    const reading = isFirst && mayCall ? read() : undefined;
    // A failed read must not discard what the sources say: this handler only keeps the rejection for the await below.
    reading?.catch(() => undefined);
    state = await gather(ports, request, state, refresh, signal);
    const observed = await reading;
    state = decide(request, observed ? observe(state, observed) : state);
    if (!mayCall) return state;
    const asked = await askOwners(ports, request, state, signal);
    if (asked !== state) state = decide(request, agedTo(ports.clock.now(), asked));
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
      ...(error.code === 'Throttled' ? { throttling: throttlingOf(ports, request, state, call) } : {}),
    };
  }
}

/** What a member said grows old while another call is waited for: a confirmation of before may be none any more. */
const agedTo = (now: number, state: RunState): RunState =>
  state.observations.heard && state.lookups ? { ...state, lookups: { ...state.lookups, at: now } } : state;

/** A change that AWS accepts again and again and the group never shows is a fault, although each reply reported success. */
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

function throttlingOf(
  { clock }: Ports,
  request: RunRequest,
  { throttling, plan, observed, observations }: RunState,
  call: 'read' | 'change',
): Throttling {
  const isLast = plan?.kind === 'change' && plan.register.length === 0;
  const hasWork = plan?.kind === 'change' || (!observed && observations.followed?.moved === true);
  // An "end" event seldom comes alone: the run that the "begin" event woke has been watching for longer.
  const isUrgent = hasWork && request.trigger.kind === 'begin';
  return throttled(throttling, request, isLast ? 'removal' : call, isUrgent, clock.now(), clock.random());
}

/** Whether to read the group: after a fault, when the desired state moved, before a change, and now and then while one is under way. */
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
