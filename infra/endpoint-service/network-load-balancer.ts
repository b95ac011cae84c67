import { Annotations, Duration, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct, IConstruct } from 'constructs';
import { protocolOf } from '../../lib/protocols.ts';
import { letReachDatabase, peerOf, warnOfRules } from '../placement/access.ts';
import type { EndpointServiceProps } from './endpoint-service-props.ts';
import type { ListenerProps } from './listener-props.ts';
import type { WarmStandbyProps } from './warm-standby.ts';

type Props = EndpointServiceProps & ListenerProps;

/**
 * Lets the load balancer reach the database and nothing else, and the given consumers reach the load balancer. `rules`: those that are
 * resources of their own.
 */
export function createSecurityGroup(scope: Construct, props: Props) {
  const { vpc, port, databasePort = port, consumerCidrs = [] } = props;
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    // Constant: changing the description of a security group replaces it.
    description: 'Load balancer in front of a database',
    allowAllOutbound: false,
  });
  warnOfRules(scope, {
    group: 'the security group of the load balancer',
    peers: { inbound: consumerCidrs, outbound: props.databaseCidrs ?? [] },
    instead: 'write fewer and wider ranges',
  });
  for (const cidr of consumerCidrs) {
    securityGroup.addIngressRule(peerOf(cidr), ec2.Port.tcp(port), 'Consumers');
  }
  // Health checks are subject to the outbound rules too (NLB guide, "Update the security groups").
  const rules = letReachDatabase(securityGroup, props, {
    port: databasePort,
    from: 'Load balancer',
    family: props.targetAddressType,
  });
  return { securityGroup, rules };
}

/** Internal; the props decide whether its rules apply to endpoint connections. */
export function createLoadBalancer(
  scope: Construct,
  props: EndpointServiceProps,
  placed: { readonly subnets: ec2.ISubnet[]; readonly securityGroup: ec2.ISecurityGroup },
): elbv2.NetworkLoadBalancer {
  return new elbv2.NetworkLoadBalancer(scope, 'LoadBalancer', {
    vpc: props.vpc,
    vpcSubnets: { subnets: placed.subnets },
    internetFacing: false,
    ...(props.addressType === 'dual-stack' ? { ipAddressType: elbv2.IpAddressType.DUAL_STACK } : {}),
    // There is one writer, in one zone: without this, consumers whose endpoint is in another zone reach nothing.
    crossZoneEnabled: true,
    deletionProtection: props.deletionProtection ?? false,
    // From the start: a load balancer that was created without a security group can never get one.
    securityGroups: [placed.securityGroup],
    // AWS's default is `on`. Over PrivateLink the rules see the address of the client in the consumer's network (NLB guide), which
    // only `consumerCidrs` names: with `on` and no rule for it, no client gets in, and nothing shows why.
    enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: props.consumerCidrs !== undefined,
  });
}

/** Sends what arrives at the port to the group. */
export const createListener = (
  loadBalancer: elbv2.INetworkLoadBalancer,
  targetGroup: elbv2.INetworkTargetGroup,
  { port, idleTimeout }: ListenerProps,
): elbv2.NetworkListener =>
  loadBalancer.addListener('Listener', {
    port,
    protocol: elbv2.Protocol.TCP,
    defaultTargetGroups: [targetGroup],
    // Explicit, so that leaving the option out again goes back to the default.
    tcpIdleTimeout: idleTimeout ?? Duration.seconds(350),
  });

/** An empty group: only the reconciler puts targets in. */
export function createTargetGroup(
  scope: Construct,
  props: Pick<Props, 'vpc'> & ListenerProps & { readonly warmStandby?: WarmStandbyProps },
): elbv2.NetworkTargetGroup {
  const { vpc, port, databasePort = port, targetAddressType } = props;
  const { healthCheckInterval: interval = Duration.seconds(10), healthyThreshold = 2, unhealthyThreshold = 2 } = props;
  // No targets: CloudFormation would put its own ones back at each deployment, and undo a failover.
  const group = new elbv2.NetworkTargetGroup(scope, 'TargetGroup', {
    vpc,
    port: databasePort,
    protocol: elbv2.Protocol.TCP,
    targetType: elbv2.TargetType.IP,
    ...(targetAddressType === 'ipv6' ? { ipAddressType: elbv2.TargetGroupIpAddressType.IPV6 } : {}),
    // After an Aurora failover the former writer is a healthy reader: only this ends the sessions that still point at it, if not at once.
    deregistrationDelay: Duration.seconds(0),
    connectionTermination: true,
    // The database's security group admits the load balancer's, so the source has to be the load balancer.
    preserveClientIp: false,
    healthCheck: {
      protocol: elbv2.Protocol.TCP,
      interval,
      // Room for two lost packets (retries after 1 and 3 s), and shorter than the interval.
      timeout: Duration.seconds(Math.min(5, interval.toSeconds() - 1)),
      healthyThresholdCount: healthyThreshold,
      unhealthyThresholdCount: unhealthyThreshold,
    },
  });
  if (props.warmStandby) {
    // AWS's defaults, written down because a failover needs them: no client stays with a target that the health checks have given up.
    group.setAttribute('stickiness.enabled', 'false');
    group.setAttribute('target_health_state.unhealthy.connection_termination.enabled', 'true');
  }
  return group;
}

/** A TCP health check is a connection without a login, and MySQL and MariaDB count it as a failed one. */
export function warnOfLockout(scope: IConstruct, { engine, port = 0 }: { engine?: string; port?: number }): void {
  if (protocolOf(engine, Token.isUnresolved(port) ? 0 : port) !== 'mysql') return;
  const guessed = engine ? '' : ` (guessed from port ${port}; set "engine" if it is another)`;
  Annotations.of(scope).addWarningV2(
    'rds-target-reconciler:maxConnectErrors',
    `MySQL and MariaDB${guessed} count the load balancer's health checks as failed connections: after max_connect_errors of them (100 by ` +
      'default) without a login they refuse every client behind it with error 1129. Set max_connect_errors to 1000000 in the parameter ' +
      'group; rds-target doctor checks it. docs/provider.md#mysql-and-mariadb',
  );
}
