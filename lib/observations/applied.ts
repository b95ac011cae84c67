import { type Target, targetKey } from '../domain.ts';
import type { State } from '../run/run-state.ts';
import { rememberDeregistered } from './observations.ts';

/* What a run knows of the group by its own changes, until it reads the group again. */

/** The registration took effect and the removal did not: so much is known of the group without another look. */
export function withRegistered(state: State, registered: readonly Target[], now: number): State {
  const { observed, history } = state;
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
    history: {
      ...history,
      live: new Set([...history.live, ...keys]),
      initial: new Set([...history.initial, ...keys]),
      newAt: new Map([...history.newAt, ...keys.map((key) => [key, now] as const)]),
    },
    own: { keys: new Set(keys.filter((key) => !history.live.has(key))), readAt: observed.readAt },
  };
}

/**
 * The removal took effect: what is gone is not removed again, though a throttled run has not read the group since. `at` stays, so the
 * look is still to come.
 */
export function withoutLeavers(state: State, deregistered: readonly Target[]): State {
  const { observed, history } = state;
  if (!observed) return state;
  const gone = new Set(deregistered.map(targetKey));
  const targets = observed.targets.map((target) =>
    gone.has(targetKey(target)) ? { ...target, state: 'draining' as const } : target,
  );
  return {
    ...state,
    observed: { ...observed, at: observed.readAt, targets },
    history: rememberDeregistered(history, deregistered),
  };
}
