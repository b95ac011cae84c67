import { isLive, type RegisteredTarget, type Target, targetKey } from '../domain.ts';

/*
 * A reply says that AWS accepted a change, and only a read of the group shows that it took effect. Until then a change of this run is
 * unproven, and an unproven registration never justifies a removal.
 */

/** Keys of what this run changed and no read has shown since. `misses`: how many reads in a row should have shown it. */
export type Unproven = {
  readonly registered: ReadonlySet<string>;
  readonly deregistered: ReadonlySet<string>;
  readonly misses: number;
};

export const nothingUnproven: Unproven = { registered: new Set(), deregistered: new Set(), misses: 0 };

export function claim(
  { registered, deregistered, misses }: Unproven,
  step: 'register' | 'deregister',
  targets: readonly Target[],
): Unproven {
  const keys = targets.map(targetKey);
  const added = (before: ReadonlySet<string>) => new Set([...before, ...keys]);
  const taken = (before: ReadonlySet<string>) => new Set([...before].filter((key) => !keys.includes(key)));
  return step === 'register'
    ? { registered: added(registered), deregistered: taken(deregistered), misses }
    : { registered: taken(registered), deregistered: added(deregistered), misses };
}

/** What a read that began after the changes leaves unproven. */
export function prove({ registered, deregistered, misses }: Unproven, targets: readonly RegisteredTarget[]): Unproven {
  const live = new Map(targets.filter(isLive).map((target) => [targetKey(target), target]));
  const missing = new Set([...registered].filter((key) => !live.has(key)));
  // What is `initial` has left and come back: another run registered it.
  const staying = new Set([...deregistered].filter((key) => (live.get(key)?.state ?? 'initial') !== 'initial'));
  const isProven = missing.size + staying.size === 0;
  return { registered: missing, deregistered: staying, misses: isProven ? 0 : misses + 1 };
}

/** Whether a target that the group was seen to hold stays when `leaving` go. */
export function leavesSeen(
  { registered }: Unproven,
  observed: readonly RegisteredTarget[],
  leaving: readonly string[],
): boolean {
  const gone = new Set([...registered, ...leaving]);
  return observed.some((target) => isLive(target) && !gone.has(targetKey(target)));
}

/** DescribeTargetHealth may lag behind a change for a moment; this many reads without it, over several seconds, are no lag. */
const mostMisses = 5;

export const hasNoEffect = ({ misses }: Unproven): boolean => misses >= mostMisses;
