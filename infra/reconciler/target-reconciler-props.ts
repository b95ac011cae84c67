import { type Duration, Token } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { INetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RemoveStale, Role } from '../../lib/domain.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { WarmStandbyProps } from '../endpoint-service/warm-standby.ts';
import type { Placement } from '../placement/placement.ts';
import type { FollowedDatabase } from './followed-database.ts';
import type { NotifyFailoversProps } from './notices.ts';
import type { ProbeProps } from './probe.ts';

/** What a `TargetReconciler` follows, what it keeps, and how. */
export interface TargetReconcilerProps {
  /** Name in metrics, logs and reports. One per target group: it is the only dimension of the metrics. */
  readonly databaseName: string;
  /** The database to follow. */
  readonly database: FollowedDatabase;
  /**
   * Which instances the group holds: the writer, every available reader and never the writer, or the available members of the
   * custom endpoint that `database` names.
   * @default 'writer'
   */
  readonly role?: Role;
  /**
   * The target group to keep; its target type must be `ip`. Give this or `targetGroupArn`.
   * @default - `targetGroupArn` is used
   */
  readonly targetGroup?: INetworkTargetGroup;
  /**
   * ARN of the target group to keep, for a group that is not in this app. Give this or `targetGroup`.
   * @default - `targetGroup` is used
   */
  readonly targetGroupArn?: string;
  /**
   * Port that targets are registered with.
   * @default - the database's own; a followed host name brings its port
   */
  readonly targetPort?: number;
  /**
   * When an address that is no longer wanted leaves the group.
   * @default 'at-once' for the writer of an instance or a cluster, 'when-replacement-healthy' for readers and host names
   */
  readonly removeStale?: RemoveStale;
  /**
   * VPC of the database: `allowedCidrs` defaults to its range.
   * @default - every private range is allowed, with a warning
   */
  readonly vpc?: IVpc;
  /**
   * Only addresses in these ranges are ever registered: best the subnets of the database, in a peered VPC the subnets there. The IPv6
   * addresses of most VPCs are global: they count only where the VPC's own range (/44 or longer) is named here.
   * @default - the IPv4 range of `vpc`; without it the private ranges: RFC 1918, 100.64.0.0/10 and fc00::/7
   */
  readonly allowedCidrs?: readonly string[];
  /**
   * Whether an address that is not in the group yet must belong to a network interface of RDS with one of the database's security groups.
   * The functions then may call `ec2:DescribeNetworkInterfaces`, and inside a VPC need a way to the EC2 API.
   * @default true for instances and clusters, and for host names whose `securityGroupIds` are given
   */
  readonly verifyInterfaces?: boolean;
  /**
   * How long an event keeps the failover function watching, at most.
   * @default Duration.seconds(120)
   */
  readonly watch?: Duration;
  /**
   * How long nothing may change before a watch ends. Other internal waits are fractions of it.
   * @default Duration.seconds(30)
   */
  readonly settle?: Duration;
  /**
   * Pause between two lookups of a watch.
   * @default Duration.seconds(1)
   */
  readonly recheck?: Duration;
  /**
   * DNS servers to ask: `address` or `address:port`.
   * @default - the resolver of Lambda, or of the VPC when placed inside one
   */
  readonly dnsServers?: readonly string[];
  /**
   * Plan and report, never change anything; the functions then have no permission to change the group either.
   * @default false
   */
  readonly observeOnly?: boolean;
  /**
   * Whether the functions may also read what the extended checks of `{"action": "doctor"}` need: the set-up of the load balancer, security
   * groups, subnets, rules, alarms, metrics and their own placement. Without it these checks report "not-checked".
   * @default false
   */
  readonly diagnostics?: boolean;
  /**
   * Namespace of the CloudWatch metrics.
   * @default 'RdsTargetReconciler'
   */
  readonly metricsNamespace?: string;
  /**
   * How much the functions log.
   * @default 'INFO'
   */
  readonly logLevel?: Config['logLevel'];
  /**
   * How often the drift function compares the group with the database. Whole minutes.
   * @default Duration.minutes(1)
   */
  readonly schedule?: Duration;
  /**
   * Concurrency that is set aside for each of the two functions. Accounts with a low limit cannot set it; correctness does not need it.
   * @default - none
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * Memory of the failover function, in MB: with 1,769 it has one whole vCPU, with less its first check after an event takes longer.
   * @default 1769
   */
  readonly failoverMemorySize?: number;
  /**
   * How long the functions' logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * Role that all functions run with, for accounts where roles cannot be created. The permissions are added to it, unless it was
   * imported with `mutable: false`. Inside a VPC they deny its code to change network interfaces, so use it for no other function. The
   * schedule is then a rule, as EventBridge Scheduler would need a role that trusts it.
   * @default - one role per function, and one for the schedule
   */
  readonly executionRole?: IRole;
  /**
   * Where the functions run.
   * @default Placement.outsideVpc()
   */
  readonly placement?: Placement;
  /**
   * Asks the members of the database which is the writer, as a third source beside the RDS API and DNS. Needs a placement inside the VPC,
   * and an instance or a cluster. docs/probe.md
   * @default - the functions never connect to the database
   */
  readonly probe?: ProbeProps;
  /**
   * Keeps the standby of a Multi-AZ instance registered beside the writer, so that a failover needs no registration: health checks choose.
   * For the writer of an instance of MySQL, MariaDB or PostgreSQL. Give the same to `DatabaseEndpointService`. docs/warm-standby.md
   * @default - only the writer is registered
   */
  readonly warmStandby?: WarmStandbyProps;
  /**
   * Tells a topic of each failover of the writer that went well, at most once. For an instance or a cluster.
   * @default - no topic is told
   */
  readonly notifyFailovers?: NotifyFailoversProps;
  /**
   * Whether a deployment registers the writer and waits for a healthy target, and fails with the reason when either does not come. It
   * registers when the stack is created, and again whenever a deployment changes the functions' code, configuration, target group or
   * placement; it waits again when the database, the port or the group is another one.
   * @default true
   */
  readonly registerAtDeployment?: boolean;
  /**
   * Names the functions (PREFIXfailover, PREFIXdrift, PREFIXregistration), their log groups and the dead-letter queue
   * (PREFIXdead-letters), so that they can be found; for example `orders-`. 1 to 50 of A-Z a-z 0-9 - _.
   * @default - CloudFormation chooses the names
   */
  readonly functionNamePrefix?: string;
}

export function targetGroupArnOf({ targetGroup, targetGroupArn }: TargetReconcilerProps): string {
  const arn = targetGroup?.targetGroupArn ?? targetGroupArn;
  if (arn === undefined || (targetGroup && targetGroupArn !== undefined))
    throw new Error(
      `${targetGroup ? 'both targetGroup and targetGroupArn are' : 'neither targetGroup nor targetGroupArn is'} given; allowed: exactly one of them`,
    );
  return arn;
}

export function checkPrefix(prefix?: string): void {
  if (prefix !== undefined && !Token.isUnresolved(prefix) && !/^[\w-]{1,50}$/.test(prefix))
    throw new Error(`functionNamePrefix is "${prefix}"; allowed: 1 to 50 of A-Z a-z 0-9 - _`);
}

export function wholeMinutes(schedule: Duration): Duration {
  const minutes = schedule.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1)
    throw new Error(`schedule is ${schedule.toHumanString()}; allowed: a whole number of minutes, 1 or more`);
  return schedule;
}

/** What the functions of a reconciler have in common. */
export const commonsOf = ({ functionNamePrefix, logRetention, executionRole }: TargetReconcilerProps) => ({
  namePrefix: functionNamePrefix,
  logRetention,
  executionRole,
});

/** No API returns the security groups of a host name: without them there is nothing to compare. */
export const verifiesInterfaces = ({ verifyInterfaces, database }: TargetReconcilerProps): boolean =>
  verifyInterfaces ?? (database.kind !== 'hostname' || database.securityGroupIds !== undefined);
