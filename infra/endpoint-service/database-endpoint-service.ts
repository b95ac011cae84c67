import { Annotations, Aws, CfnOutput, Duration, Stack, Tags, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import { clientRange } from '../../lib/addresses.ts';
import { letServicePublish } from '../placement/access.ts';
import type { DatabaseEndpointServiceProps, PrivateDnsVerification } from './database-endpoint-service-props.ts';
import { problemsOf, rangesWithoutClients } from './database-endpoint-service-props.ts';
import { createLoadBalancer, createSecurityGroup, createTargetGroup, warnOfLockout } from './network-load-balancer.ts';
import { withStandby } from './warm-standby.ts';

export type { DatabaseEndpointServiceProps, PrivateDnsVerification } from './database-endpoint-service-props.ts';

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

    for (const cidr of rangesWithoutClients(props))
      Annotations.of(this).addWarningV2(
        'rds-target-reconciler:consumerCidrs',
        `consumerCidrs has ${cidr}, by which no client gets in; allowed: ranges that are ${clientRange}`,
      );

    const { securityGroup, rules } = createSecurityGroup(this, props);
    this.securityGroup = securityGroup;
    this.loadBalancer = createLoadBalancer(this, props, { subnets, securityGroup });
    this.targetGroup = createTargetGroup(this, props);
    this.listener = this.loadBalancer.addListener('Listener', {
      port: props.port,
      protocol: elbv2.Protocol.TCP,
      defaultTargetGroups: [this.targetGroup],
      // Explicit, so that leaving the option out again goes back to the default.
      tcpIdleTimeout: props.idleTimeout ?? Duration.seconds(350),
    });
    this.carriers = [this.loadBalancer, this.listener, securityGroup, ...rules];
    this.endpointService = this.createEndpointService(props);
    // AWS refuses to delete it while it has connections, and CloudFormation deletes by dependency alone: what depends on all that
    // carries traffic is tried first, and a refusal then stops the deletion before any consumer notices.
    this.endpointService.node.addDependency(...this.carriers);
    this.serviceName = this.endpointService.vpcEndpointServiceName;
    if (props.privateDnsName) this.privateDnsVerification = this.setPrivateDnsName(props.privateDnsName);
    if (props.notificationTopic) this.notify(props.notificationTopic);
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
    const output = (id: string, value: string, description: string) => new CfnOutput(scope, id, { value, description });
    output('EndpointServiceName', this.serviceName, 'What a consumer needs to create an interface endpoint');
    if (!this.privateDnsVerification) return;
    const { name, type, value } = this.privateDnsVerification;
    output('PrivateDnsVerificationName', name, 'Name of the verification record, relative to the domain');
    output('PrivateDnsVerificationType', type, 'Type of the verification record');
    output('PrivateDnsVerificationValue', value, 'Value of the verification record');
  }

  private createEndpointService(props: DatabaseEndpointServiceProps): ec2.VpcEndpointService {
    return new ec2.VpcEndpointService(this, endpointServiceId, {
      vpcEndpointServiceLoadBalancers: [this.loadBalancer],
      acceptanceRequired: props.acceptanceRequired ?? true,
      allowedPrincipals: (props.allowedPrincipals ?? []).map((one) => new iam.ArnPrincipal(principalArn(one))),
      ...(props.addressType === 'dual-stack'
        ? { supportedIpAddressTypes: [ec2.IpAddressType.IPV4, ec2.IpAddressType.IPV6] }
        : {}),
      ...(props.supportedRegions ? { allowedRegions: withOwn(Stack.of(this).region, props.supportedRegions) } : {}),
    });
  }

  /** CDK's construct does not offer the property yet. */
  private setPrivateDnsName(privateDnsName: string): PrivateDnsVerification {
    const service = this.endpointService.node.findChild(endpointServiceId) as ec2.CfnVPCEndpointService;
    service.privateDnsName = privateDnsName;
    return {
      name: service.attrPrivateDnsNameConfigurationName,
      type: service.attrPrivateDnsNameConfigurationType,
      value: service.attrPrivateDnsNameConfigurationValue,
    };
  }

  private notify(topic: sns.ITopic): void {
    const notification = new ec2.CfnVPCEndpointConnectionNotification(this, 'ConnectionNotification', {
      serviceId: this.endpointService.vpcEndpointServiceId,
      connectionNotificationArn: topic.topicArn,
      connectionEvents: ['Connect', 'Accept', 'Reject', 'Delete'],
    });
    const { statementAdded, policyDependable } = letServicePublish(this, topic, {
      service: 'vpce.amazonaws.com',
      source: { service: 'ec2', resource: 'vpc-endpoint-service/*' },
    });
    if (policyDependable) notification.node.addDependency(policyDependable);
    if (!statementAdded) {
      Annotations.of(this).addInfoV2(
        'rds-target-reconciler:topicPolicy',
        'the notification topic is not part of this app: its policy has to allow sns:Publish to vpce.amazonaws.com',
      );
    }
  }
}

const endpointServiceId = 'EndpointService';

/** AWS takes no list without the service's own Region; where that is known at deployment only, the list has to have it. */
const withOwn = (own: string, regions: readonly string[]): string[] =>
  Token.isUnresolved(own) || regions.includes(own) ? [...regions] : [own, ...regions];

function principalArn(principal: string): string {
  const isAccount = !Token.isUnresolved(principal) && /^\d{12}$/.test(principal);
  return isAccount ? `arn:${Aws.PARTITION}:iam::${principal}:root` : principal;
}
