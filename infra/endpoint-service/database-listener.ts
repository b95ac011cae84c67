import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct, type IDependable } from 'constructs';
import { databaseSideProblems, letReachDatabase, peerOf, rulesIn } from '../placement/access.ts';
import { placeProblems } from '../placement/places.ts';
import { consumerProblems } from './endpoint-service-props.ts';
import { type ListenerProps, listenerProblems } from './listener-props.ts';
import { createListener, createTargetGroup, warnOfLockout } from './network-load-balancer.ts';
import type { ISharedEndpointService } from './shared-endpoint-service.ts';
import { warnOfRanges } from './vpc-endpoint-service.ts';

export interface DatabaseListenerProps extends ListenerProps {
  /** The load balancer that the listener is added to. */
  readonly service: ISharedEndpointService;
  /** The network of the load balancer. */
  readonly vpc: ec2.IVpc;
  /**
   * Ranges of the clients that this database admits. Only with a `service` that has `consumerCidrs`, in place of those.
   *
   * @default - those of `service`
   */
  readonly consumerCidrs?: readonly string[];
  /**
   * The `Name` tag of everything here.
   *
   * @default - no `Name` tag, but the ones that CDK gives
   */
  readonly name?: string;
}

/**
 * One database behind a `SharedEndpointService`: a listener with a port of its own, a target group without any target, and the rules that
 * let the load balancer reach this database and the consumers this port. Nothing of the shared service changes.
 */
export class DatabaseListener extends Construct {
  readonly listener: elbv2.NetworkListener;
  /** Give this to the `TargetReconciler`. */
  readonly targetGroup: elbv2.NetworkTargetGroup;
  /** It keeps no standby warm. */
  readonly sharesLoadBalancer = true;
  private readonly port: number;
  private readonly service: ISharedEndpointService;
  private readonly rules: readonly IDependable[];

  constructor(scope: Construct, id: string, props: DatabaseListenerProps) {
    super(scope, id);
    const { service, port } = props;
    const made = Construct.isConstruct(service) ? service : undefined;
    const problems = [
      ...problemsOf(props, Stack.of(this).region),
      ...placeProblems(this, 'service', service.loadBalancerArn, { made }),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    service.admit?.(port, this.node.path);
    warnOfRanges(this, props);
    this.port = port;
    this.service = service;
    this.rules = this.createRules(props);
    this.targetGroup = createTargetGroup(this, props);
    const loadBalancer = elbv2.NetworkLoadBalancer.fromNetworkLoadBalancerAttributes(this, 'LoadBalancer', {
      loadBalancerArn: service.loadBalancerArn,
      vpc: props.vpc,
    });
    this.listener = createListener(loadBalancer, this.targetGroup, props);
    if (props.name) Tags.of(this).add('Name', props.name);
    warnOfLockout(this, { engine: props.engine, port: props.databasePort ?? port });
  }

  /**
   * Orders creation and deletion: what keeps the target group is created before the listener, so that a mistyped identifier leaves little
   * to remove. A `TargetReconciler` in the same stack calls it.
   *
   * @param repair everything that the group is kept with
   * @param healthy what waits for a healthy target
   */
  createAfter(repair: readonly IDependable[], healthy?: Construct): void {
    this.listener.node.addDependency(...repair);
    healthy?.node.addDependency(this.listener, ...this.rules);
  }

  /**
   * Adds the outputs `EndpointServiceName` and `ListenerPort`: what a consumer needs.
   *
   * @param scope where the outputs are added; directly in a stack they get these very names
   */
  addOutputs(scope: Construct): void {
    const description = 'What a consumer needs to create an interface endpoint; other databases are behind it, too';
    new CfnOutput(scope, 'EndpointServiceName', { value: this.service.serviceName, description });
    new CfnOutput(scope, 'ListenerPort', { value: String(this.port), description: 'The port of this database' });
  }

  /** The load balancer's group is imported even where it is at hand: its own stack must not change. */
  private createRules(props: DatabaseListenerProps): readonly IDependable[] {
    const { service, port, databasePort = port, databaseSecurityGroup: database } = props;
    const group = ec2.SecurityGroup.fromSecurityGroupId(this, 'LoadBalancerSecurityGroup', service.securityGroupId, {
      allowAllOutbound: false,
    });
    for (const cidr of (service.consumerCidrs && props.consumerCidrs) ?? service.consumerCidrs ?? [])
      group.addIngressRule(peerOf(cidr), ec2.Port.tcp(port), 'Consumers');
    const isShared = database && service.databaseSecurityGroupIds.includes(database.securityGroupId);
    const toDatabase = isShared
      ? []
      : letReachDatabase(group, props, { port: databasePort, from: 'Load balancer', family: props.targetAddressType });
    return [...new Set([...rulesIn(group), ...toDatabase])];
  }
}

function problemsOf(props: DatabaseListenerProps, region: string): string[] {
  const { service, databaseSecurityGroup, databaseCidrs, consumerCidrs } = props;
  return [
    ...listenerProblems(props, service, region),
    ...databaseSideProblems(props),
    ...(databaseSecurityGroup || databaseCidrs
      ? []
      : [
          'neither databaseSecurityGroup nor databaseCidrs is given; allowed: one of them, as listeners of one load balancer cannot all add the rule for the private ranges',
        ]),
    ...consumerProblems({ ...service, consumerCidrs }),
    ...(consumerCidrs && !service.consumerCidrs
      ? [
          `consumerCidrs is ${consumerCidrs.join()}; allowed: nothing, unless the service has consumerCidrs: without them no rule is enforced on PrivateLink traffic`,
        ]
      : []),
  ];
}
