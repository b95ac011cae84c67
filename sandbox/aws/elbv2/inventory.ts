import type { Owner } from './arns.ts';
import type { LateView } from './late-view.ts';
import type { LoadBalancer } from './load-balancer.ts';
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
