import { type Target, targetKey } from '../domain.ts';
import type { RunState } from './run-state.ts';
import { rememberDeregistered } from './observations.ts';

/* What a run knows of the group by its own changes, until it reads the group again. */

/** The registration took effect and the removal did not: so much is known of the group without another look. */
export function withRegistered(state: RunState, registered: readonly Target[], now: number): RunState {
  const { observed, observations } = state;
  if (!observed) return state;
  const keys = registered.map(targetKey);
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
      newAt: new Map([...observations.newAt, ...keys.map((key) => [key, now] as const)]),
    },
    own: { keys: new Set(keys.filter((key) => !observations.live.has(key))), readAt: observed.readAt },
  };
}

/**
 * The removal took effect: what is gone is not removed again, though a throttled run has not read the group since. `at` stays, so the
 * look is still to come.
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
