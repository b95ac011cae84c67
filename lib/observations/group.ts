import { type Target, targetKey } from '../domain.ts';
import { rememberDeregistered, rememberObserved } from './observations.ts';
import { claim, prove } from './proof.ts';
import type { Observed, RunState, Throttling } from './run-state.ts';
import { standbyKeys } from './standby.ts';

/* What a run knows of the group: by reading it, and by its own changes until it reads it again. */

/** An answer ends the throttled answers in a row, not the time in which the account is throttled. */
export const afterAnswer = (throttling: Throttling | undefined): Throttling | undefined =>
  throttling && { ...throttling, times: 0 };

export function observe(state: RunState, observed: Observed): RunState {
  const { at, targets } = observed;
  const unproven = prove(state.unproven, targets);
  const observations = rememberObserved(state.observations, targets, at, unproven.registered);
  const isMoved = observations.groupMovedAt !== state.observations.groupMovedAt;
  const throttling = afterAnswer(state.throttling);
  // What is still `initial` is new to every other run.
  const ownRegistration =
    state.ownRegistration && [...state.ownRegistration.keys].every((key) => observations.initial.has(key))
      ? { ...state.ownRegistration, readAt: observed.readAt }
      : state.ownRegistration;
  const healthy = targets.filter(({ state: health }) => health === 'healthy').map(targetKey);
  return {
    ...state,
    together: new Map(healthy.length > 1 ? healthy.map((key) => [key, state.together.get(key) ?? at]) : []),
    ...(ownRegistration ? { ownRegistration } : {}),
    observations,
    observed,
    unproven,
    fault: undefined,
    ...(throttling ? { throttling } : {}),
    ...(isMoved ? { movedAt: at } : {}),
  };
}

/** A change that AWS accepted; listed once, however often it was asked for. */
export function accepted(state: RunState, step: 'register' | 'deregister', targets: readonly Target[]): RunState {
  const list = step === 'register' ? 'registered' : 'deregistered';
  const isNew = (target: Target) => !state.unproven[list].has(targetKey(target));
  return {
    ...state,
    [list]: [...state[list], ...targets.filter(isNew)],
    unproven: claim(state.unproven, step, targets),
  };
}

/** The registration took effect and the removal has not: the run knows that without another read. */
export function withRegistered(state: RunState, registered: readonly Target[], now: number): RunState {
  const { observed, observations } = state;
  if (!observed) return state;
  const keys = registered.map(targetKey);
  // A standby serves no client, so nothing may leave beside it.
  const serving = keys.filter((key) => !standbyKeys(state.desired).includes(key));
  const others = observed.targets.filter((target) => !keys.includes(targetKey(target)));
  return {
    ...state,
    observed: {
      ...observed,
      at: now,
      targets: [...others, ...registered.map((target) => ({ ...target, state: 'initial' as const }))],
    },
    observations: {
      ...observations,
      live: new Set([...observations.live, ...keys]),
      initial: new Set([...observations.initial, ...keys]),
      lastNewAt: new Map([...observations.lastNewAt, ...keys.map((key) => [key, now] as const)]),
    },
    ...(serving.length > 0
      ? {
          ownRegistration: {
            keys: new Set(serving.filter((key) => !observations.live.has(key))),
            readAt: observed.readAt,
          },
        }
      : {}),
  };
}

/**
 * The removal took effect: what is gone is not removed again, though a throttled run has not read the group since. `at` goes back to the
 * latest read, so the read after the change is still due.
 */
export function withoutLeavers(state: RunState, deregistered: readonly Target[]): RunState {
  const { observed, observations } = state;
  if (!observed) return state;
  const gone = new Set(deregistered.map(targetKey));
  const targets = observed.targets.map((target) =>
    gone.has(targetKey(target)) ? { ...target, state: 'draining' as const } : target,
  );
  return {
    ...state,
    observed: { ...observed, at: observed.readAt, targets },
    observations: rememberDeregistered(observations, deregistered),
  };
}
