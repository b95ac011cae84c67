import { type App, Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { row } from '../../lib/settings/rows.ts';
import { functionPrefixOf, stackNameOf } from '../config/database-entry.ts';
import type { DatabaseEntry, LoadBalancerEntry } from '../config/databases.ts';
import { DatabaseEndpointService } from '../endpoint-service/database-endpoint-service.ts';
import { warnOfLockout } from '../endpoint-service/network-load-balancer.ts';
import { ReconcilerAlarms } from '../reconciler/alarms.ts';
import { ReconcilerDashboard, type ReconcilerDashboardProps } from '../reconciler/dashboard.ts';
import { acknowledgedFindings, permissionReasons } from '../reconciler/permission-reasons.ts';
import { TargetReconciler } from '../reconciler/target-reconciler.ts';
import { addApiAccessStacks } from './api-access-stack.ts';
import { endpointServiceOf } from './endpoint-service-of-entry.ts';
import {
  addResourceGateway,
  executionRoleOf,
  existingGroupOf,
  followed,
  networkOf,
  notifyFailoversOf,
  placementOf,
  settingsOf,
  topicOf,
  warmStandbyOf,
} from './entry-to-props.ts';
import { addFleetStacks } from './fleet-stack.ts';
import { probeOf } from './probe-of-entry.ts';
import { boundaryOf, setRolePath } from './roles-of-entry.ts';
import { addSharedServiceStacks } from './shared-service-stack.ts';

type More = {
  /** Those that databases may share. Default: those that they do share. */
  readonly loadBalancers?: readonly LoadBalancerEntry[];
  /** One dashboard for all of them. */
  readonly hasFleet?: boolean;
};

/** One stack per database, per load balancer that they share, and per VPC in which they share endpoints for the AWS APIs. */
export function addDatabaseStacks(
  app: App,
  entries: readonly DatabaseEntry[],
  { hasFleet = false, loadBalancers = sharedBy(entries) }: More = {},
): readonly Stack[] {
  const members = entries.map((entry) => {
    const stack = new DatabaseStack(app, entry);
    return { entry, stack, calls: stack.reconciler?.apiCalls ?? [] };
  });
  const fleet = hasFleet ? addFleetStacks(app, members) : [];
  return [
    ...members.map(({ stack }) => stack),
    ...addSharedServiceStacks(app, loadBalancers, members),
    ...addApiAccessStacks(app, members),
    ...fleet,
  ];
}

const sharedBy = (entries: readonly DatabaseEntry[]): readonly LoadBalancerEntry[] => [
  ...new Set(entries.flatMap(({ loadBalancer }) => loadBalancer ?? [])),
];

const descriptionOf = ({ access, role, name }: DatabaseEntry): string =>
  access === 'resource-gateway'
    ? `Shares ${name} through a resource gateway (rds-target-reconciler)`
    : `Keeps a target group equal to the ${role === 'custom' ? 'custom endpoint' : (role ?? 'writer')} of ${name} (rds-target-reconciler)`;

/** Everything that one entry of the configuration file asks for. */
export class DatabaseStack extends Stack {
  /** Absent where consumers use a resource gateway alone. */
  readonly reconciler?: TargetReconciler;

  constructor(app: App, entry: DatabaseEntry) {
    const { name, account, region, tags } = entry;
    super(app, stackNameOf(entry), {
      description: descriptionOf(entry),
      env: { account, region },
      tags,
      permissionsBoundary: boundaryOf(entry),
    });
    setRolePath(this, entry);
    const network = entry.vpc ? networkOf(this, entry.vpc) : undefined;
    if (network) addResourceGateway(this, entry, network);
    if (entry.access === 'resource-gateway') return;
    const service = network && endpointServiceOf(this, entry, network);
    const targetGroup = service?.targetGroup ?? existingGroupOf(this, entry);
    if (!service) warnOfLockout(this, entry.database);
    const reconciler = new TargetReconciler(this, 'Reconciler', {
      databaseName: name,
      database: followed(entry),
      role: entry.role,
      ...(targetGroup ? { targetGroup } : { targetGroupArn: entry.targetGroupArn }),
      ...settingsOf(entry),
      executionRole: executionRoleOf(this, entry),
      placement: network && placementOf(this, entry, network),
      functionNamePrefix: functionPrefixOf(entry),
      probe: probeOf(this, entry),
      warmStandby: warmStandbyOf(this, entry),
      notifyFailovers: notifyFailoversOf(this, entry),
    });
    this.reconciler = reconciler;
    acknowledgeFindings(reconciler, service, entry.probe?.user);
    const alarms = alarmsOf(this, entry, reconciler, targetGroup);
    const dashboard =
      entry.dashboard === false ? undefined : dashboardOf(this, entry, reconciler, { alarms, targetGroup });
    // If AWS refuses to delete the endpoint service, alarms and dashboard stay too.
    if (service instanceof DatabaseEndpointService)
      service.endpointService.node.addDependency(...[alarms, dashboard].flatMap((one) => one ?? []));
    service?.addOutputs(this);
    reconciler.addOutputs(this);
  }
}

function alarmsOf(
  stack: DatabaseStack,
  { name, alarms = {}, warmStandby }: DatabaseEntry,
  reconciler: TargetReconciler,
  targetGroup: elbv2.INetworkTargetGroup | undefined,
): ReconcilerAlarms | undefined {
  if (alarms.enabled === false) return undefined;
  const minutes = (count: number | undefined) => (count === undefined ? undefined : Duration.minutes(count));
  return new ReconcilerAlarms(stack, 'Alarms', {
    reconciler,
    databaseName: name,
    targetGroup,
    warmStandby: warmStandby !== undefined,
    alarmTopic: topicOf(stack, 'AlarmTopic', alarms.topicArn),
    lowSeverityTopic: topicOf(stack, 'LowAlarmTopic', alarms.lowTopicArn),
    runbookUrl: alarms.runbookUrl,
    namePrefix: stack.stackName,
    driftPersistsFor: minutes(alarms.driftPersistsMinutes),
    heldFor: minutes(alarms.heldMinutes),
    noSuccessFor: minutes(alarms.noSuccessMinutes),
    errorMinutes: alarms.errorMinutes,
    noHealthyTargetFor: minutes(alarms.noHealthyTargetMinutes),
    twoHealthyTargetsFor: minutes(alarms.twoHealthyTargetsMinutes),
  });
}

function dashboardOf(
  stack: DatabaseStack,
  { name, warmStandby }: DatabaseEntry,
  reconciler: TargetReconciler,
  shown: Pick<ReconcilerDashboardProps, 'alarms' | 'targetGroup'>,
): ReconcilerDashboard {
  return new ReconcilerDashboard(stack, 'Dashboard', {
    reconciler,
    databaseName: name,
    warmStandby: warmStandby !== undefined,
    ...shown,
    logGroups: [reconciler.failoverFunction, reconciler.driftFunction].flatMap((one) =>
      one instanceof lambda.Function ? [one.logGroup] : [],
    ),
    dashboardName: `${stack.stackName}-target-reconciler`,
  });
}

/** Acknowledges the findings of cdk-nag (AwsSolutions) that stand, each at its construct, with the reason. */
function acknowledgeFindings(
  reconciler: TargetReconciler,
  service: ReturnType<typeof endpointServiceOf>,
  probeUser: string | undefined,
): void {
  const { accessLogs, deadLetterQueue } = acknowledgedFindings;
  Validations.of(reconciler.deadLetterQueue).acknowledge({ id: 'AwsSolutions-SQS3', reason: deadLetterQueue });
  if (service instanceof DatabaseEndpointService)
    Validations.of(service.loadBalancer).acknowledge({ id: 'AwsSolutions-ELB2', reason: accessLogs });
  for (const [resource, sids] of wildcards(Stack.of(reconciler), probeUser))
    Validations.of(reconciler).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: reasonOf(sids) });
}

const reasonOf = (sids: readonly string[]): string =>
  sids.map((sid) => `${sid}: ${permissionReasons[sid]?.wildcard ?? ''}`).join(' ');

/** As cdk-nag writes them: pseudo parameters in angle brackets. */
function wildcards(
  stack: Stack,
  probeUser = String(row('PROBE_USER').default),
): readonly (readonly [string, readonly string[]])[] {
  const region = Token.isUnresolved(stack.region) ? '<AWS::Region>' : stack.region;
  const account = Token.isUnresolved(stack.account) ? '<AWS::AccountId>' : stack.account;
  const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
  return [
    [
      '*',
      [
        'ReadTargets',
        'ReadNetworkInterfaces',
        'VerifyInterfaces',
        'ProveStandby',
        'DiagnoseLoadBalancing',
        'DiagnoseNetwork',
        'DiagnoseMetrics',
        'DiagnoseRuleNames',
      ],
    ],
    [`arn:${partition}:cloudwatch:${region}:${account}:alarm:*`, ['DiagnoseAlarms']],
    [`arn:${partition}:rds:${region}:${account}:db:*`, ['ReadMembers', 'ReadReplicas']],
    [`arn:${partition}:rds:${region}:${account}:cluster-endpoint:*`, ['ReadCustomEndpoints']],
    [`arn:${partition}:rds:${region}:${account}:pg:*`, ['DiagnoseParameters']],
    [`arn:${partition}:rds:${region}:${account}:cluster-pg:*`, ['DiagnoseParameters']],
    [`arn:${partition}:ec2:${region}:${account}:*/*`, ['ManageNetworkInterfaces']],
    ...['db', 'cluster'].map(
      (prefix) =>
        [`arn:${partition}:rds-db:${region}:${account}:dbuser:${prefix}-*/${probeUser}`, ['LogInAsProbe']] as const,
    ),
  ];
}
