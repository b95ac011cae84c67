import type { Duration } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { principalPattern } from '../../lib/partitions.ts';
import { gatewayLimits, limits } from '../config/limits.ts';
import { type DatabaseSide, databaseSideProblems } from '../placement/access.ts';
import {
  cidrProblems,
  durationProblems,
  ipv4Range,
  itemProblems,
  portProblems,
  subnetProblems,
  wholeProblems,
} from '../placement/checks.ts';
import type { FollowedDatabase } from '../reconciler/followed-database.ts';

export interface DatabaseResourceGatewayProps extends DatabaseSide {
  /** The network of the database. */
  readonly vpc: ec2.IVpc;
  /**
   * Where the gateway's interfaces live: one subnet per Availability Zone. A consumer's endpoint needs at least one zone in common.
   * AWS refuses subnets that another account shares with this one. Never changed in place: other subnets make a second gateway and a
   * second resource configuration, with another ARN. The old ones stay, for the consumers that are connected; delete them by hand.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;
  /**
   * The database. An instance or a cluster is shared by its ARN, and a cluster with all its endpoints, readers too; a host name
   * is shared by its name. Consumers can take that name over into their VPC.
   */
  readonly database: FollowedDatabase;
  /** The port of the database. */
  readonly port: number;
  /**
   * Whether the database is publicly accessible. VPC Lattice does not accept such a cluster.
   *
   * @default false
   */
  readonly publiclyAccessible?: boolean;
  /**
   * Principals that AWS RAM shares the database with: account ids, or ARNs of organisations or organisational units. Outside the own
   * organisation each of them has to accept the share.
   *
   * @default - none: only endpoints of the own account
   */
  readonly allowedPrincipals?: readonly string[];
  /**
   * The database's security group: it gets a rule that admits the gateway, which may reach nothing else.
   *
   * @default - no rule is added, and the gateway may reach `databaseCidrs` on the port
   */
  readonly databaseSecurityGroup?: ec2.ISecurityGroup;
  /**
   * Ranges that the gateway may reach on the port. Give this or `databaseSecurityGroup`.
   *
   * @default - the private IPv4 ranges
   */
  readonly databaseCidrs?: readonly string[];
  /**
   * Addresses of the gateway in each subnet, 1 to 62. Each is taken from the subnet, and allows 55,000 connections at once to an address
   * of the database. Another number makes a second gateway, as other subnets do.
   *
   * @default 16
   */
  readonly addressesPerInterface?: number;
  /**
   * Where the gateway looks a host name up: with `true` in the VPC, so that its private zones count. Only for host names.
   * Changed, it makes a second gateway, as other subnets do.
   *
   * @default - false, as with AWS: in public DNS
   */
  readonly resolveInVpc?: boolean;
  /**
   * How long the access logs are kept. They name, for each connection, the address of the database that it went to.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * An alarm rings when no client connected for so long: 1 minute to 1 day in whole minutes. Leave it out where pools keep connections.
   *
   * @default - no alarm
   */
  readonly quietFor?: Duration;
  /**
   * What the alarm does when it rings and when it is over.
   *
   * @default - nothing
   */
  readonly alarmAction?: IAlarmAction;
  /**
   * Where the runbook is; the alarm's description ends with this and `#gateway-quiet`.
   *
   * @default - its address in the repository that package.json names; without one the description names the file
   */
  readonly runbookUrl?: string;
  /**
   * What the alarm's name starts with.
   *
   * @default - CloudFormation names the alarm
   */
  readonly namePrefix?: string;
}

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(props: DatabaseResourceGatewayProps, subnets: readonly ec2.ISubnet[]): string[] {
  return [
    ...(props.publiclyAccessible && props.database.kind === 'cluster'
      ? [`publiclyAccessible is true; ${gatewayLimits.publicCluster}`]
      : []),
    ...portProblems('port', props.port),
    ...subnetProblems(subnets),
    ...cidrProblems('databaseCidrs', props.databaseCidrs, ipv4Range),
    ...databaseSideProblems(props),
    ...itemProblems(
      'allowedPrincipals',
      props.allowedPrincipals,
      (text) => ramPrincipal.test(text),
      'an account id (12 digits), or arn:aws:organizations::… of an organisation or an organisational unit',
    ),
    ...wholeProblems('addressesPerInterface', props.addressesPerInterface, limits.addressesPerInterface),
    ...(props.resolveInVpc && props.database.kind !== 'hostname'
      ? ['resolveInVpc is true; allowed: only for a host name, because RDS is shared by ARN']
      : []),
    ...durationProblems('quietFor', props.quietFor, 'minutes', limits.alarmMinutes),
  ];
}

const ramPrincipal = principalPattern('organizations', '(organization|ou)/o-[a-z0-9]{10,32}(/ou-[\\w-]+)?');
