import { Stack, Tags } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct, type IDependable } from 'constructs';
import { databaseSideProblems } from '../placement/access.ts';
import { type EndpointServiceProps, serviceProblems } from './endpoint-service-props.ts';
import { type ListenerProps, listenerProblems } from './listener-props.ts';
import {
  createListener,
  createLoadBalancer,
  createSecurityGroup,
  createTargetGroup,
  warnOfLockout,
} from './network-load-balancer.ts';
import {
  addServiceOutputs,
  createEndpointService,
  type PrivateDnsVerification,
  warnOfRanges,
} from './vpc-endpoint-service.ts';
import { standbyProblems, type WarmStandbyProps, withStandby } from './warm-standby.ts';

export type { PrivateDnsVerification } from './vpc-endpoint-service.ts';

export interface DatabaseEndpointServiceProps extends EndpointServiceProps, ListenerProps {
  /**
   * For a `TargetReconciler` with the same: the load balancer reaches the marker group alone, and checks health every 5 seconds, twice.
   * @default - only the writer is a target
   */
  readonly warmStandby?: WarmStandbyProps;
}

/**
 * What a PrivateLink consumer connects to: an internal Network Load Balancer, its listener, a target group without any target, and
 * the VPC endpoint service.
 */
export class DatabaseEndpointService extends Construct {
  readonly loadBalancer: elbv2.NetworkLoadBalancer;
  readonly listener: elbv2.NetworkListener;
  /** Give this to the `TargetReconciler`. */
  readonly targetGroup: elbv2.NetworkTargetGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly endpointService: ec2.VpcEndpointService;
  /** What a consumer needs to know: `com.amazonaws.vpce.REGION.vpce-svc-…`. */
  readonly serviceName: string;
  /** Set when `privateDnsName` is given. */
  readonly privateDnsVerification?: PrivateDnsVerification;
  /** Whether it is made for a warm standby. */
  readonly keepsStandbyWarm: boolean;
  /** What traffic passes through, but for the endpoint service itself. */
  private readonly carriers: readonly IDependable[];

  constructor(scope: Construct, id: string, given: DatabaseEndpointServiceProps) {
    super(scope, id);
    const { subnets } = given.vpc.selectSubnets(given.subnets ?? {});
    const problems = problemsOf(given, subnets, Stack.of(this).region);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    const props = withStandby(given);
    this.keepsStandbyWarm = given.warmStandby !== undefined;
    warnOfRanges(this, props);

    const { securityGroup, rules } = createSecurityGroup(this, props);
    this.securityGroup = securityGroup;
    this.loadBalancer = createLoadBalancer(this, props, { subnets, securityGroup });
    this.targetGroup = createTargetGroup(this, props);
    this.listener = createListener(this.loadBalancer, this.targetGroup, props);
    this.carriers = [this.loadBalancer, this.listener, securityGroup, ...rules];
    const { endpointService, privateDnsVerification } = createEndpointService(this, props, this.loadBalancer);
    this.endpointService = endpointService;
    this.privateDnsVerification = privateDnsVerification;
    // AWS refuses to delete it while it has connections, and CloudFormation deletes by dependency alone: what depends on all that
    // carries traffic is tried first, and a refusal then stops the deletion before any consumer notices.
    this.endpointService.node.addDependency(...this.carriers);
    this.serviceName = this.endpointService.vpcEndpointServiceName;
    if (props.name) Tags.of(this).add('Name', props.name);
    warnOfLockout(this, { engine: props.engine, port: props.databasePort ?? props.port });
  }

  /**
   * Orders creation and deletion: what keeps the target group is created before the load balancer, so that a mistyped identifier leaves
   * little to remove, and stays while AWS refuses to delete the endpoint service. A `TargetReconciler` in the same stack calls it.
   *
   * @param repair everything that the group is kept with
   * @param healthy what waits for a healthy target; the endpoint service comes after it
   */
  createAfter(repair: readonly IDependable[], healthy?: Construct): void {
    this.loadBalancer.node.addDependency(...repair);
    if (!healthy) return;
    healthy.node.addDependency(...this.carriers);
    this.endpointService.node.addDependency(healthy);
  }

  /**
   * Adds the outputs `EndpointServiceName`, and for a private DNS name `PrivateDnsVerificationName`, `…Type`
   * and `…Value`.
   *
   * @param scope where the outputs are added; directly in a stack they get these very names
   */
  addOutputs(scope: Construct): void {
    addServiceOutputs(scope, this.serviceName, this.privateDnsVerification);
  }
}

/** Everything that is wrong with the props, at once. */
const problemsOf = (props: DatabaseEndpointServiceProps, subnets: readonly ec2.ISubnet[], region: string): string[] => [
  ...listenerProblems(props, props, region),
  ...serviceProblems(props, subnets),
  ...(props.warmStandby ? standbyProblems(props) : databaseSideProblems(props)),
];
