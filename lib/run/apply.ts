import { decide } from '../decision/decide.ts';
import { removalMs } from '../decision/gate.ts';
import { type Plan, type Target, targetKey } from '../domain.ts';
import { ReconcileError } from '../errors.ts';
import { accepted, observe, withoutLeavers, withRegistered } from '../observations/group.ts';
import { gracePeriodMs } from '../observations/observations.ts';
import { leavesSeen } from '../observations/proof.ts';
import type { Observed, RunRequest, RunState } from '../observations/run-state.ts';
import { standbyKeys } from '../observations/standby.ts';
import type { Ports } from '../ports.ts';
import { within } from '../within.ts';

type Change = Extract<Plan, { kind: 'change' }>;

/**
 * Registers, then deregisters; a registration that fails stops the rest. `reach` is called with the state after each accepted step. The
 * last target that a read has shown is removed only after a read shows its replacement. False: the removal has to wait for that read, or
 * for its slot.
 */
export async function apply(
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
    deregister = state.plan?.kind === 'change' ? state.plan.deregister : [];
    if (deregister.length === 0 || !isReplaced(state, deregister)) return false;
  }
  if (removalMs(request, state, deregister, ports.clock.now()) <= 0) return false;
  await remove(ports, request, state, deregister, signal);
  reach(decide(request, withoutLeavers(accepted(state, 'deregister', deregister), deregister)));
  return true;
}

/** Whether a client is still served. What is another's makes room for anything that is the database's. */
const isReplaced = ({ unproven, observed, desired, foreign }: RunState, leaving: readonly Target[]): boolean => {
  const idle = leaving.every((target) => foreign?.has(targetKey(target))) ? [] : standbyKeys(desired);
  return leavesSeen(unproven, observed?.targets ?? [], [...leaving.map(targetKey), ...idle]);
};

/** Aborts a removal when its window ends, so that it cannot overlap with the removal of another run. */
async function remove(
  { targetGroup, clock }: Ports,
  request: RunRequest,
  state: RunState,
  deregister: readonly Target[],
  signal?: AbortSignal,
): Promise<void> {
  const ms = removalMs(request, state, deregister, clock.now()) + gracePeriodMs(request.timings) / 10;
  const late = () => {
    throw new ReconcileError(
      'TimedOut',
      `deregistering ${deregister.map(targetKey).join(', ')} took longer than ${Math.round(ms)} ms, and timed out; the drift check will deregister what is left.`,
    );
  };
  await within(clock, ms, (cut) => targetGroup.deregister(deregister, cut), late, signal);
}

export async function readGroup({ targetGroup, clock }: Ports, signal?: AbortSignal): Promise<Observed> {
  const readAt = clock.now();
  const targets = await targetGroup.list(signal);
  return { readAt, at: clock.now(), targets };
}
