import { type Desired, isLive, type Plan, type Policy, type RegisteredTarget, targetKey } from './domain.ts';

/**
 * What to change so that the group holds what is desired. Pure.
 *
 * | desired | in the group | plan |
 * |---|---|---|
 * | unknown | anything | hold |
 * | B | B | in sync |
 * | B | nothing, or B draining | register B |
 * | B | A | register B, deregister A |
 * | B | A, B | deregister A |
 * | B; A is disputed | A, B | in sync |
 * | B, maybe more | A, B | waiting: nobody knows yet that A is stale |
 *
 * With `when-replacement-healthy` nothing is deregistered before a wanted target is healthy; with `never`, nothing at all.
 */
export function plan(
  desired: Desired,
  observed: readonly RegisteredTarget[],
  policy: Pick<Policy, 'removeStale'>,
): Plan {
  if (desired.kind === 'hold') return desired;
  const live = observed.filter(isLive);
  const liveKeys = new Set(live.map(targetKey));
  const desiredKeys = new Set(desired.targets.map(targetKey));
  const register = desired.targets.filter((target) => !liveKeys.has(targetKey(target)));
  const rightful = new Set([...desiredKeys, ...(desired.spared ?? []).map(targetKey)]);
  const stale = live.filter((target) => !rightful.has(targetKey(target))).map(({ ip, port }) => ({ ip, port }));
  const wanted = live.filter((target) => desiredKeys.has(targetKey(target)));

  const removal = mayRemove(desired.complete, wanted, policy);
  const deregister = removal === 'now' ? stale : [];
  if (register.length > 0 || deregister.length > 0) {
    return { kind: 'change', register, deregister, stale: removal === 'now' ? [] : stale };
  }
  if (stale.length === 0 || removal === 'never') return { kind: 'in-sync', stale };
  return { kind: 'waiting', for: removal === 'after-absence' ? 'absence' : 'replacement-health', stale };
}

type Removal = 'now' | 'never' | 'after-absence' | 'after-health';

function mayRemove(
  complete: boolean,
  wanted: readonly RegisteredTarget[],
  { removeStale }: Pick<Policy, 'removeStale'>,
): Removal {
  if (removeStale === 'never') return 'never';
  if (!complete) return 'after-absence';
  if (removeStale === 'at-once') return 'now';
  // `unused` and `unavailable`: nobody checks their health, so there is nothing to wait for.
  const isReady = ({ state }: RegisteredTarget) => state === 'healthy' || state === 'unused' || state === 'unavailable';
  return wanted.some(isReady) && !wanted.some(({ state }) => state === 'initial') ? 'now' : 'after-health';
}
