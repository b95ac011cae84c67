import { type Pace, type Target, targetKey } from './domain.ts';
import { rememberDeregistered, stabilityMs } from './history.ts';
import type { Job, State } from './state.ts';

/*
 * What a run has just registered is new to every other run, and nobody removes what is new for a while. For as long as that lasts, what
 * it replaces may leave without waiting for a turn: the new target stays.
 */

/** What this run registered where it was missing; `until`: a removal beside it needs no turn. Ms since the epoch. */
export type Newcomers = { readonly keys: ReadonlySet<string>; readonly until: number };

/**
 * Somebody else may have registered the same right after the group was read, so the time counts from there. What is left of it is for a
 * call that is on its way.
 */
export const shieldedUntil = (pace: Pace, readAt: number): number =>
  readAt + Math.max((3 * stabilityMs(pace)) / 4, 500);

/** Whether something that is new to everybody stays when these leave. */
export function isShielded(
  { history: { live }, newcomers }: Pick<State, 'history' | 'newcomers'>,
  leaving: readonly Target[],
  now: number,
): boolean {
  if (!newcomers || now > newcomers.until) return false;
  const gone = new Set(leaving.map(targetKey));
  return [...newcomers.keys].some((key) => live.has(key) && !gone.has(key));
}

/** How long a removal beside what is new may take. */
export const leftOfShield = (pace: Pace, { until }: Newcomers, now: number): number =>
  Math.max(until + stabilityMs(pace) / 5 - now, 1000);

/**
 * Others may have missed that a target left and is back, and take it for an old one. What has left lately is listed as `draining`.
 */
const isUnheardOf = ({ observed, history }: State, key: string): boolean =>
  !observed?.targets.some((target) => targetKey(target) === key) &&
  !history.left.has(key) &&
  !history.first?.live.has(key);

/** The registration took effect and the removal did not: so much is known of the group without another look. */
export function withNewcomers({ pace }: Job, state: State, registered: readonly Target[], now: number): State {
  const { observed, history } = state;
  if (!observed || registered.length === 0) return state;
  const keys = registered.map(targetKey);
  const others = observed.targets.filter((target) => !keys.includes(targetKey(target)));
  const targets = [...others, ...registered.map((target) => ({ ...target, state: 'initial' as const }))];
  return {
    ...state,
    observed: { ...observed, at: now, targets },
    history: {
      ...history,
      live: new Set([...history.live, ...keys]),
      initial: new Set([...history.initial, ...keys]),
    },
    newcomers: {
      keys: new Set(keys.filter((key) => isUnheardOf(state, key))),
      until: shieldedUntil(pace, observed.readAt),
    },
  };
}

/**
 * The removal took effect: who is gone is not removed again, though in a crowd nobody has looked since. `at` stays, so the look is still
 * to come.
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
