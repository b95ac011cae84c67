import type { Target } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Delays } from '../../world/load-balancer-delays.ts';
import type { Forward, Listener, TargetGroup } from '../../world/types.ts';
import { createGroupView, type GroupView, type ViewedTarget } from './group-view.ts';
import { createPipeline } from './pipeline.ts';

/** One target that a new connection may be given to. */
export type Route = { readonly group: TargetGroup; readonly target: ViewedTarget };

/** Its part of the new connections; without a route that part finds no target. */
export type Share = { readonly weight: number; readonly route?: Route };

/** Where a listener's new connections go, as the data plane knows it. */
export type Routes = {
  shares(): readonly Share[];
  onChange(listener: () => void): () => void;
  close(): void;
};

export type RoutesOptions = {
  readonly listener: Listener;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly delays: Delays;
  /** Old connections to the target end. */
  readonly cut: (group: TargetGroup, target: Target, reason: string) => void;
  /** The listener leads to the group no longer. */
  readonly retire: (group: TargetGroup) => void;
};

/** Equal parts for the targets of a group. A group without one keeps its weight: there is no failover to the others. */
function sharesOf({ weight }: Forward, group: TargetGroup, view: GroupView | undefined): Share[] {
  const targets = view?.routable() ?? [];
  if (targets.length === 0) return [{ weight }];
  return targets.map((target) => ({ weight: weight / targets.length, route: { group, target } }));
}

export function createRoutes(options: RoutesOptions): Routes {
  const { listener, clock, journal, delays, cut, retire } = options;
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const one of listeners) one();
  };
  const views = new Map<TargetGroup, GroupView>();
  let forwards = listener.forwards();
  const leadsTo = (group: TargetGroup) => listener.forwards().some((one) => one.group === group);
  const addViews = () => {
    for (const { group } of listener.forwards()) {
      if (views.has(group)) continue;
      const isForwardedTo = () => leadsTo(group);
      const view = createGroupView({
        ...{ targetGroup: group, clock, journal, delays, changed, isForwardedTo },
        cut: (target, reason) => cut(group, target, reason),
      });
      views.set(group, view);
    }
  };
  const apply = (next: readonly Forward[]) => {
    const left = forwards.filter(({ group }) => !next.some((one) => one.group === group));
    forwards = next;
    for (const { group } of left) retire(group);
    const detail = next.map(({ group, weight }) => `${group.arn} ${weight}`);
    journal.write('load-balancer', 'listener-changed', { forwards: detail });
    changed();
  };
  const pipeline = createPipeline(clock);
  const unfollow = listener.onChange(() => {
    addViews();
    const next = listener.forwards();
    pipeline.add(delays.draw('listener'), () => apply(next));
  });
  addViews();
  return {
    shares: () =>
      forwards.filter(({ weight }) => weight > 0).flatMap((one) => sharesOf(one, one.group, views.get(one.group))),
    onChange(one) {
      listeners.add(one);
      return () => void listeners.delete(one);
    },
    close() {
      unfollow();
      pipeline.close();
      for (const view of views.values()) view.close();
    },
  };
}

/** A share by its weight; undefined when there is none. */
export function drawShare<T extends Pick<Share, 'weight'>>(shares: readonly T[], random: () => number): T | undefined {
  let rest = random() * shares.reduce((sum, { weight }) => sum + weight, 0);
  for (const share of shares) {
    rest -= share.weight;
    if (rest < 0) return share;
  }
  return shares.at(-1);
}
