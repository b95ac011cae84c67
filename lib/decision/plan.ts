import {
  type Desired,
  isLive,
  oneOf,
  type Plan,
  type Policy,
  type RegisteredTarget,
  type Target,
  targetKey,
  without,
} from '../domain.ts';
import { standbyKeys } from '../observations/standby.ts';
import { cutOff, takesConnections } from './served.ts';

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
 * | B, maybe more | A, B | waiting: A may belong there |
 * | B, in a zone without a load balancer subnet | A, B | waiting: nothing leaves for a target that gets no traffic |
 *
 * Where a name shows some of its addresses at a time, a target stays until its absence from the answers is proven.
 * With `when-replacement-healthy` nothing is deregistered before a wanted target is healthy; with `never`, nothing at all.
 */
export function plan(
  desired: Desired,
  observed: readonly RegisteredTarget[],
  policy: Pick<Policy, 'removeStale'>,
): Plan {
  if (desired.kind === 'hold') return desired;
  const live = observed.filter(isLive);
  const { tolerated = [] } = desired;
  const register = without(desired.targets, [...live, ...tolerated]);
  const unwanted = without(live, [...desired.targets, ...tolerated]);
  const stale = unwanted.map(asTarget);
  // A standby replaces nothing: it does not listen before a failover.
  const serving = desired.targets.filter((target) => !standbyKeys(desired).includes(targetKey(target)));
  const wanted = live.filter(oneOf(serving));

  const unreached = cutOff(serving, observed);
  const removal = removalOf(desired.evidence.complete, wanted, unreached, policy);
  const isUndecided = oneOf(desired.undecided ?? []);
  const isKept = (target: RegisteredTarget) => removal !== 'now' || isUndecided(target);
  const deregister = unwanted.filter((target) => !isKept(target)).map(asTarget);
  if (register.length > 0 || deregister.length > 0) {
    return { kind: 'change', register, deregister, stale: unwanted.filter(isKept).map(asTarget) };
  }
  if (desired.mayHaveMore || (removal !== 'never' && stale.some(isUndecided)))
    return { kind: 'waiting', for: 'answers', stale };
  if (unreached.length > 0) return { kind: 'waiting', for: 'zone', stale };
  if (stale.length === 0 || removal === 'never') return { kind: 'in-sync', stale };
  return { kind: 'waiting', for: removal === 'after-absence' ? 'absence' : 'replacement-health', stale };
}

const asTarget = ({ ip, port }: RegisteredTarget): Target => ({ ip, port });

type Removal = 'now' | 'never' | 'after-absence' | 'after-service' | 'after-health';

function removalOf(
  complete: boolean,
  wanted: readonly RegisteredTarget[],
  unreached: readonly RegisteredTarget[],
  { removeStale }: Pick<Policy, 'removeStale'>,
): Removal {
  if (removeStale === 'never') return 'never';
  if (!complete) return 'after-absence';
  // Even a reader is better than a writer that no connection ever reaches.
  if (wanted.length > 0 && wanted.length === unreached.length) return 'after-service';
  if (removeStale === 'at-once') return 'now';
  // `unused` without a load balancer, and without health checks: there is none to wait for. For another reason `unavailable` says nothing.
  const isReady = (target: RegisteredTarget) =>
    takesConnections(target) || target.state === 'unused' || target.reason === 'Target.HealthCheckDisabled';
  const served = wanted.filter((target) => !unreached.includes(target));
  return served.some(isReady) && !wanted.some(({ state }) => state === 'initial') ? 'now' : 'after-health';
}
