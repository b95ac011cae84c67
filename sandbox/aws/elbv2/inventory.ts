import type { SandboxClock } from '../../world/clock.ts';
import type { XmlValue } from '../wire/xml.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { Owner } from './resources.ts';
import type { ManagedTargetGroup } from './target-group.ts';
import type { Vpc } from './vpc.ts';

/** Everything that exists in ELBv2. */
export type Inventory = {
  readonly owner: Owner;
  readonly vpc: Vpc;
  readonly targetGroups: readonly ManagedTargetGroup[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly lateView: LateView;
};

/** The targets of a group as DescribeTargetHealth returns them, by `ip|port`. */
export type View = ReadonlyMap<string, XmlValue>;

/** DescribeTargetHealth lags behind writes: for this long after RegisterTargets or DeregisterTargets it returns the former state. */
export type LateView = {
  /** AWS ms; 0, the default, is none. */
  setLag(awsMs: number): void;
  /** Call it before a write. */
  remember(group: string, present: () => View): void;
  read(group: string, present: () => View): View;
};

type Write = { readonly at: number; readonly before: View };

export function createLateView(clock: Pick<SandboxClock, 'elapsed'>): LateView {
  const writes = new Map<string, Write[]>();
  let lagMs = 0;
  const recent = (group: string) => (writes.get(group) ?? []).filter(({ at }) => at + lagMs > clock.elapsed());
  return {
    setLag(awsMs) {
      lagMs = awsMs;
    },
    remember(group, present) {
      if (lagMs > 0) writes.set(group, [...recent(group), { at: clock.elapsed(), before: present() }]);
    },
    // Whatever followed, the oldest write that is not seen yet is the limit.
    read: (group, present) => recent(group)[0]?.before ?? present(),
  };
}
