import { type Target, targetKey } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { DelayProfile, Delays } from '../../world/load-balancer-delays.ts';
import type { TargetChange, TargetGroup } from '../../world/types.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';

/** A target that new connections can reach, and whether it passed its health checks as far as the load balancer knows. */
export type ViewedTarget = Target & { readonly isHealthy: boolean };

/** A target group as the load balancer's data plane knows it: behind the API, by the delays of the profile. */
export type GroupView = {
  /** Healthy targets; none being healthy, all that it knows, those in `initial` too (fail open). */
  routable(): readonly ViewedTarget[];
  close(): void;
};

export type GroupViewOptions = {
  readonly targetGroup: TargetGroup;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly delays: Delays;
  readonly changed: () => void;
  /** Old connections to the target end. */
  readonly cut: (target: Target, reason: string) => void;
  /** Whether the listener still leads to the group: where it does not, its old connections go on. */
  readonly isForwardedTo: () => boolean;
};

type Known = { readonly target: Target; isReachable: boolean; isHealthy: boolean };

/** What becomes of a target, and after which delay. */
type Step = { readonly delay: keyof DelayProfile; readonly apply: (known: Known) => void };

export function createGroupView(options: GroupViewOptions): GroupView {
  const { targetGroup, clock, journal, delays, changed, cut, isForwardedTo } = options;
  const targets = new Map<string, Known>();
  const pipelines = new Map<string, Pipeline>();
  const routable = () => {
    const reachable = [...targets.values()].filter(
      ({ target, isReachable }) => isReachable && !targetGroup.isShifted(target),
    );
    const healthy = reachable.filter(({ isHealthy }) => isHealthy);
    return (healthy.length > 0 ? healthy : reachable).map(({ target, isHealthy }) => ({ ...target, isHealthy }));
  };
  const reach = (isReachable: boolean) => (known: Known) => {
    if (known.isReachable === isReachable) return;
    known.isReachable = isReachable;
    known.isHealthy = false;
    journal.write('load-balancer', isReachable ? 'route-opened' : 'route-closed', { ...known.target });
  };
  const turn = (isHealthy: boolean) => (known: Known) => {
    known.isHealthy = isHealthy;
  };
  const terminates = (key: string) => targetGroup.attribute(`${key}.connection_termination.enabled`);

  const becomeUnhealthy = (from: TargetChange['from']) => (known: Known) => {
    known.isHealthy = false;
    // "unless the unhealthy target triggers the load balancer to fail open": target-group-health-checks.
    if (!routable().some(({ isHealthy }) => isHealthy)) return;
    const isCut = from === 'unhealthy.draining' || terminates('target_health_state.unhealthy') !== 'false';
    if (isCut) cut(known.target, 'unhealthy');
  };
  const leave = (known: Known) => {
    reach(false)(known);
    // Not applied when the listener was changed: "Update a listener".
    if (isForwardedTo() && terminates('deregistration_delay') === 'true') cut(known.target, 'deregistered');
  };
  const stepOf = ({ from, to }: TargetChange): Step => {
    switch (to) {
      case 'initial':
        return { delay: 'registration', apply: reach(true) };
      case 'healthy':
        return { delay: 'health', apply: turn(true) };
      case 'unhealthy.draining':
        return { delay: 'health', apply: turn(false) };
      case 'unhealthy':
        return { delay: 'health', apply: becomeUnhealthy(from) };
      case 'draining':
        return { delay: 'deregistration', apply: reach(false) };
      default:
        return { delay: 'deregistration', apply: leave };
    }
  };
  const follow = (change: TargetChange) => {
    const { ip, port } = change;
    const target = { ip, port };
    const key = targetKey(target);
    const known = targets.get(key) ?? { target, isReachable: false, isHealthy: false };
    targets.set(key, known);
    const pipeline = pipelines.get(key) ?? createPipeline(clock);
    pipelines.set(key, pipeline);
    const { delay, apply } = stepOf(change);
    pipeline.add(delays.draw(delay), () => {
      apply(known);
      changed();
    });
  };
  const unfollow = targetGroup.onChange(follow);
  // What stands in the group already is new to this load balancer.
  for (const { ip, port, state } of targetGroup.targets()) {
    if (state === 'unused' || state === 'draining') continue;
    follow({ ip, port, to: 'initial' });
    follow({ ip, port, from: 'initial', to: state });
  }
  return {
    routable,
    close() {
      unfollow();
      for (const pipeline of pipelines.values()) pipeline.close();
    },
  };
}
