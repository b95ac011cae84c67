import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { limits } from '../config/limits.ts';
import {
  cidrProblems,
  durationProblems,
  ipv4Range,
  ipv6Range,
  portProblems,
  wholeProblems,
} from '../placement/checks.ts';
import type { EndpointServiceProps } from './endpoint-service-props.ts';

/** The listener of one database, its target group, and what the load balancer may reach for it. */
export interface ListenerProps {
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
   * Ranges that the load balancer may reach on the database's port, of the family of `targetAddressType`. Give this or
   * `databaseSecurityGroup`.
   *
   * @default - the private ranges: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; fc00::/7 for IPv6
   */
  readonly databaseCidrs?: readonly string[];
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
}

/** What the load balancer around it decides. */
export type ServiceAround = Pick<EndpointServiceProps, 'addressType' | 'supportedRegions'>;

/** Everything that is wrong with them, at once. Tokens pass: their values are not known yet. */
export function listenerProblems(props: ListenerProps, around: ServiceAround, region: string): string[] {
  const seconds = (name: 'idleTimeout' | 'healthCheckInterval', bounds: readonly [number, number]) =>
    durationProblems(name, props[name], 'seconds', bounds);
  return [
    ...portProblems('port', props.port),
    ...portProblems('databasePort', props.databasePort),
    ...cidrProblems('databaseCidrs', props.databaseCidrs, props.targetAddressType === 'ipv6' ? ipv6Range : ipv4Range),
    ...(props.targetAddressType === 'ipv6' && around.addressType !== 'dual-stack'
      ? ["targetAddressType is ipv6; allowed: ipv4, or ipv6 with addressType 'dual-stack'"]
      : []),
    ...seconds('idleTimeout', limits.idleSeconds),
    ...seconds('healthCheckInterval', limits.healthCheckSeconds),
    ...wholeProblems('healthyThreshold', props.healthyThreshold, limits.healthCheckCount),
    ...wholeProblems('unhealthyThreshold', props.unhealthyThreshold, limits.healthCheckCount),
    ...crossRegionProblems(props, around, region),
  ];
}

function crossRegionProblems(
  { idleTimeout }: ListenerProps,
  { supportedRegions }: ServiceAround,
  own: string,
): string[] {
  if (!idleTimeout || idleTimeout.isUnresolved()) return [];
  const seconds = idleTimeout.toSeconds({ integral: false });
  const allowed = limits.crossRegionIdleSeconds;
  return seconds !== allowed && supportedRegions?.some((region) => region !== own)
    ? [
        `idleTimeout is ${seconds} seconds; allowed: ${allowed} with supportedRegions, as AWS takes no other where consumers come from other Regions`,
      ]
    : [];
}
