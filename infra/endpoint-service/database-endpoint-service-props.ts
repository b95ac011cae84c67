import { type Duration, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { canHoldTargets, isNetwork } from '../../lib/addresses.ts';
import { isRegion, principalPattern } from '../../lib/partitions.ts';
import { limits } from '../config/limits.ts';
import {
  anyRange,
  cidrProblems,
  durationProblems,
  ipv4Range,
  ipv6Range,
  isDomainName,
  itemProblems,
  portProblems,
  subnetProblems,
  wholeProblems,
} from '../placement/checks.ts';
import { standbyProblems, type WarmStandbyProps } from './warm-standby.ts';

export interface DatabaseEndpointServiceProps {
  /** The network of the database. Changing it replaces everything here. */
  readonly vpc: ec2.IVpc;
  /**
   * The `Name` tag of everything here, which the console shows. A tag and no physical name, so that changing it replaces nothing.
   *
   * @default - no `Name` tag, but the ones that CDK gives
   */
  readonly name?: string;
  /**
   * Where the load balancer lives: one subnet per Availability Zone, two zones or more. A vendor's endpoint can only use zones
   * that are here.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;
  /**
   * Addresses that the load balancer has, and that consumers' endpoints may have. `dual-stack` needs subnets with IPv6 ranges.
   *
   * @default 'ipv4'
   */
  readonly addressType?: 'ipv4' | 'dual-stack';
  /**
   * Addresses that the target group takes: only answers of this family count. `ipv6` needs a load balancer with `dual-stack`, and a
   * database that has such addresses; name the VPC's IPv6 range in `databaseCidrs` and in the reconciler's `allowedCidrs`. Changing it
   * replaces the target group.
   *
   * @default 'ipv4'
   */
  readonly targetAddressType?: 'ipv4' | 'ipv6';
  /** The port that consumers connect to. */
  readonly port: number;
  /**
   * The port of the database.
   *
   * Changing it replaces the target group: CloudFormation cannot change a group's port, although each target carries its own.
   *
   * @default - the same as `port`
   */
  readonly databasePort?: number;
  /**
   * The database's security group. It gets a rule that admits the load balancer to the database's port, and the load balancer
   * may reach nothing but this group.
   *
   * @default - no rule is added, and the load balancer may reach `databaseCidrs` on the database's port
   */
  readonly databaseSecurityGroup?: ec2.ISecurityGroup;
  /**
   * Ranges that the load balancer may reach on the database's port, of the family of `targetAddressType`. Not used when
   * `databaseSecurityGroup` is given.
   *
   * @default - the private ranges: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; fc00::/7 for IPv6
   */
  readonly databaseCidrs?: readonly string[];
  /**
   * Ranges of the consumers' clients; IPv6 only with `dual-stack`. When given, the security group's inbound rules are enforced on PrivateLink traffic,
   * and these ranges on `port` are the rules. When not, every client behind an accepted endpoint connection gets in.
   *
   * @default - inbound rules are not enforced on PrivateLink traffic
   */
  readonly consumerCidrs?: readonly string[];
  /**
   * Principals that may request a connection: account ids, or ARNs of accounts, roles or users. `*` is not accepted.
   *
   * @default - none
   */
  readonly allowedPrincipals?: readonly string[];
  /**
   * Whether you have to accept each connection request, by hand or with a program.
   *
   * @default true
   */
  readonly acceptanceRequired?: boolean;
  /**
   * A name of a public domain of yours that consumers can use instead of the endpoint's own. It works once the verification
   * record (`privateDnsVerification`, `addOutputs`) is in the domain's public zone.
   *
   * @default - consumers use the names of their endpoints
   */
  readonly privateDnsName?: string;
  /**
   * Regions from which consumers may connect (cross-Region PrivateLink). Deploying it needs the permission `vpce:AllowMultiRegion`. The
   * service's own is always among them: it is added where the stack knows it, and has to be named where it does not.
   *
   * @default - only the Region of the service
   */
  readonly supportedRegions?: readonly string[];
  /**
   * Gets a message when a consumer requests a connection or deletes it, and when a request is accepted or rejected.
   *
   * @default - no notifications
   */
  readonly notificationTopic?: sns.ITopic;
  /**
   * How long a connection may be silent; 60 to 6000 seconds. After that the load balancer forgets it and answers the next packet
   * with a reset: keep it longer than the pool's idle time, or use TCP keepalive. With consumers in other Regions only 350.
   *
   * @default Duration.seconds(350)
   */
  readonly idleTimeout?: Duration;
  /**
   * Time between health checks of a target; 5 to 300 whole seconds. A longer one makes a failover slower: a new target needs a check.
   *
   * @default Duration.seconds(10)
   */
  readonly healthCheckInterval?: Duration;
  /**
   * Checks in a row that make an unhealthy target healthy; 2 to 10.
   *
   * @default 2
   */
  readonly healthyThreshold?: number;
  /**
   * Failed checks in a row that make a target unhealthy; 2 to 10.
   *
   * @default 2
   */
  readonly unhealthyThreshold?: number;
  /**
   * Engine of the database, such as `mysql`. MySQL and MariaDB get a warning at synth: they count health checks as failed connections.
   *
   * @default - guessed from `databasePort`: MySQL at 3306
   */
  readonly engine?: string;
  /**
   * For a `TargetReconciler` with the same: the load balancer reaches the marker group alone, and checks health every 5 seconds, twice.
   * @default - only the writer is a target
   */
  readonly warmStandby?: WarmStandbyProps;
  /**
   * Refuse to delete the load balancer, also by hand. AWS does not delete one behind an endpoint service anyway. A first deployment that
   * fails cannot remove a protected one: set it once the stack is there.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}

/** The TXT record that proves that the domain of a private DNS name is yours. `name` is relative to that domain. */
export type PrivateDnsVerification = { readonly name: string; readonly type: string; readonly value: string };

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(
  props: DatabaseEndpointServiceProps,
  subnets: readonly ec2.ISubnet[],
  region: string,
): string[] {
  const { privateDnsName } = props;
  const seconds = (name: 'idleTimeout' | 'healthCheckInterval', bounds: readonly [number, number]) =>
    durationProblems(name, props[name], 'seconds', bounds);
  return [
    ...portProblems('port', props.port),
    ...portProblems('databasePort', props.databasePort),
    ...subnetProblems(subnets),
    ...cidrProblems('consumerCidrs', props.consumerCidrs, props.addressType === 'dual-stack' ? anyRange : ipv4Range),
    ...cidrProblems('databaseCidrs', props.databaseCidrs, props.targetAddressType === 'ipv6' ? ipv6Range : ipv4Range),
    ...(props.targetAddressType === 'ipv6' && props.addressType !== 'dual-stack'
      ? ["targetAddressType is ipv6; allowed: ipv4, or ipv6 with addressType 'dual-stack'"]
      : []),
    ...itemProblems(
      'allowedPrincipals',
      props.allowedPrincipals,
      (text) => principal.test(text),
      'an account id (12 digits) or arn:aws:iam::…',
    ),
    ...itemProblems('supportedRegions', props.supportedRegions, isRegion, 'a Region such as eu-west-1'),
    ...itemProblems(
      'privateDnsName',
      privateDnsName === undefined ? [] : [privateDnsName],
      isDomainName,
      'a full DNS name of your domain',
    ),
    ...seconds('idleTimeout', limits.idleSeconds),
    ...seconds('healthCheckInterval', limits.healthCheckSeconds),
    ...wholeProblems('healthyThreshold', props.healthyThreshold, limits.healthCheckCount),
    ...wholeProblems('unhealthyThreshold', props.unhealthyThreshold, limits.healthCheckCount),
    ...crossRegionProblems(props, region),
    ...standbyProblems(props),
  ];
}

const principal = principalPattern('iam', '(root|(user|role)/\\S+)');

function crossRegionProblems({ idleTimeout, supportedRegions }: DatabaseEndpointServiceProps, own: string): string[] {
  if (!idleTimeout || idleTimeout.isUnresolved()) return [];
  const seconds = idleTimeout.toSeconds({ integral: false });
  const allowed = limits.crossRegionIdleSeconds;
  return seconds !== allowed && supportedRegions?.some((region) => region !== own)
    ? [
        `idleTimeout is ${seconds} seconds; allowed: ${allowed} with supportedRegions, as AWS takes no other where consumers come from other Regions`,
      ]
    : [];
}

/** Ranges that admit no client: a warning will do for users of the library, who may know better. */
export const rangesWithoutClients = ({ consumerCidrs = [] }: DatabaseEndpointServiceProps): string[] =>
  consumerCidrs.filter((cidr) => !Token.isUnresolved(cidr) && isNetwork(cidr) && !canHoldTargets(cidr));
