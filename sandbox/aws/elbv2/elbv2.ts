import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Delays } from '../../world/load-balancer-delays.ts';
import { home, type VpcSpec } from '../../world/network.ts';
import type { TargetGroup } from '../../world/types.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Service } from '../wire/query.ts';
import { defaultLimits, describeAccountLimits } from './account-limits.ts';
import { balancerOperations } from './balancer-operations.ts';
import { groupOperations, type Inventory, targetOperations } from './group-operations.ts';
import { createLateView } from './late-view.ts';
import { createLoadBalancer, forwardsTo, type LoadBalancer, type LoadBalancerSpec } from './load-balancer.ts';
import { createTargetGroup, type ManagedTargetGroup, type TargetGroupSpec } from './target-group.ts';
import { createVpc } from './vpc.ts';

export type Elbv2Options = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly vpc: VpcSpec;
  /** How far the load balancers are behind what the API accepts. */
  readonly delays: Delays;
  readonly region?: string;
  readonly account?: string;
};

/** Elastic Load Balancing v2: the control plane of Network Load Balancers. */
export type Elbv2 = {
  readonly service: Service;
  /** The quotas of the account; changes take effect at once. */
  readonly limits: Map<string, number>;
  createTargetGroup(spec: TargetGroupSpec): TargetGroup;
  /** Its target groups are in use from now on. */
  createLoadBalancer(spec: LoadBalancerSpec): LoadBalancer;
  targetGroup(arn: string): TargetGroup | undefined;
  /** How far DescribeTargetHealth is behind a write, from now on; AWS ms. */
  setTargetHealthLag(awsMs: number): void;
  /** Nothing changes by itself any more. */
  close(): void;
};

export function createElbv2(options: Elbv2Options): Elbv2 {
  const { clock, journal, delays, region = home.region, account = home.account } = options;
  const owner = { region, account };
  const vpc = createVpc(options.vpc, region);
  const targetGroups: ManagedTargetGroup[] = [];
  const loadBalancers: LoadBalancer[] = [];
  const lateView = createLateView(clock);
  const limits = defaultLimits();
  const inventory: Inventory = { owner, vpc, targetGroups, loadBalancers, lateView };
  const users = (arn: string) => loadBalancers.filter((one) => forwardsTo(one, arn));
  return {
    service: {
      name: 'elasticloadbalancing',
      version: '2015-12-01',
      xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
      operations: {
        ...targetOperations(inventory),
        ...groupOperations(inventory),
        ...balancerOperations(inventory),
        DescribeAccountLimits: describeAccountLimits(limits),
      },
    },
    limits,
    createTargetGroup(spec) {
      if (targetGroups.some((group) => group.spec.name === spec.name)) {
        throw new AwsError('DuplicateTargetGroupName', `A target group with the name '${spec.name}' exists already`);
      }
      const group = createTargetGroup(spec, { clock, journal, owner, vpc, delays, users });
      targetGroups.push(group);
      return group;
    },
    createLoadBalancer(spec) {
      const balancer = createLoadBalancer(spec, { owner, vpc, targetGroups });
      loadBalancers.push(balancer);
      for (const group of targetGroups) group.reconsider();
      return balancer;
    },
    targetGroup: (arn) => targetGroups.find((group) => group.arn === arn),
    setTargetHealthLag: lateView.setLag,
    close() {
      for (const group of targetGroups) group.close();
    },
  };
}
