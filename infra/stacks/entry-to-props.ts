import { Annotations, Duration, type Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { row, variableNames, writtenIn } from '../../lib/settings/rows.ts';
import { allowedCidrsOf, securityGroupIdsOf } from '../config/database-entry.ts';
import type { DatabaseEntry } from '../config/databases.ts';
import { Placement } from '../placement/placement.ts';
import { propOf, type SettingProps } from '../reconciler/environment.ts';
import { FollowedDatabase } from '../reconciler/followed-database.ts';
import { DatabaseResourceGateway } from '../resource-gateway/database-resource-gateway.ts';

/* Turns one entry of the configuration file into the props of the constructs. */

export type Network = { readonly vpc: ec2.IVpc; readonly subnets: ec2.SubnetSelection };

/** The VPC by plain identifiers; nothing is looked up. */
export function networkOf(stack: Stack, { id, cidr, subnets }: NonNullable<DatabaseEntry['vpc']>): Network {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: id,
    vpcCidrBlock: cidr,
    availabilityZones: subnets.map(({ zone }) => zone),
    isolatedSubnetIds: subnets.map((subnet) => subnet.id),
  });
  // No route is added anywhere: the route tables are not needed.
  for (const subnet of vpc.isolatedSubnets)
    Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
  return { vpc, subnets: { subnets: vpc.isolatedSubnets } };
}

export const securityGroupOf = (stack: Stack, id: string, securityGroupId: string | undefined) =>
  securityGroupId === undefined ? undefined : ec2.SecurityGroup.fromSecurityGroupId(stack, id, securityGroupId);

export const topicOf = (stack: Stack, id: string, arn: string | undefined) =>
  arn === undefined ? undefined : sns.Topic.fromTopicArn(stack, id, arn);

/** With its load balancer the group has metrics; without it, its ARN alone will do. */
export const existingGroupOf = (stack: Stack, { targetGroupArn, loadBalancerArn }: DatabaseEntry) =>
  targetGroupArn && loadBalancerArn
    ? elbv2.NetworkTargetGroup.fromTargetGroupAttributes(stack, 'TargetGroup', {
        targetGroupArn,
        loadBalancerArns: loadBalancerArn,
      })
    : undefined;

export function followed(entry: DatabaseEntry): FollowedDatabase {
  const { database, endpointId } = entry;
  const securityGroupIds = securityGroupIdsOf(entry);
  switch (database.kind) {
    case 'instance':
      return FollowedDatabase.instance({
        instanceIdentifier: database.id,
        member: database.member,
        engine: database.engine,
        securityGroupIds,
        endpointAddress: database.endpoint,
        port: database.port,
      });
    case 'cluster':
      return FollowedDatabase.cluster({
        clusterIdentifier: database.id,
        customEndpointIdentifier: endpointId,
        memberPrefix: database.memberPrefix,
        securityGroupIds,
        endpointAddress: database.endpoint,
        port: database.port,
      });
    case 'hostname':
      return FollowedDatabase.hostname(database);
  }
}

export function settingsOf(entry: DatabaseEntry) {
  const { database, reconcile = {} } = entry;
  return {
    ...settingProps(entry),
    allowedCidrs: allowedCidrsOf(entry),
    // Only a hostname needs it, as no API knows its port. Otherwise the reconciler follows the database's own port.
    targetPort: database.kind === 'hostname' ? database.port : undefined,
    schedule: reconcile.scheduleMinutes === undefined ? undefined : Duration.minutes(reconcile.scheduleMinutes),
    registerAtDeployment: reconcile.registerAtDeployment ?? !reconcile.observeOnly,
    diagnostics: reconcile.diagnostics,
    logRetention: reconcile.logRetentionDays,
    reservedConcurrentExecutions: reconcile.reservedConcurrency,
  };
}

const settingProps = (entry: DatabaseEntry): SettingProps =>
  Object.fromEntries(
    variableNames.flatMap((name) => {
      const [prop, value] = [propOf(name), writtenIn(entry, name)];
      const { codec } = row(name);
      if (!prop || value === undefined) return [];
      const isDuration = codec.kind === 'number' && codec.unitMs;
      return [[prop, isDuration ? Duration.millis(Number(value) * isDuration) : value] as const];
    }),
  ) as SettingProps;

/** An existing role is used as it is: where roles cannot be created, policies usually cannot be attached either. */
export const executionRoleOf = (stack: Stack, { roles }: Pick<DatabaseEntry, 'roles'>) =>
  roles?.executionRoleArn
    ? ((stack.node.tryFindChild('ExecutionRole') as iam.IRole | undefined) ??
      iam.Role.fromRoleArn(stack, 'ExecutionRole', roles.executionRoleArn, { mutable: false }))
    : undefined;

/** One import of the marker for the load balancer and the functions alike. */
export const warmStandbyOf = (stack: Stack, { warmStandby }: DatabaseEntry) =>
  warmStandby && {
    securityGroup:
      (stack.node.tryFindChild('MarkerSecurityGroup') as ec2.ISecurityGroup | undefined) ??
      ec2.SecurityGroup.fromSecurityGroupId(stack, 'MarkerSecurityGroup', warmStandby.securityGroupId),
  };

export const notifyFailoversOf = (stack: Stack, { notifyFailovers }: DatabaseEntry) =>
  notifyFailovers && { topic: sns.Topic.fromTopicAttributes(stack, 'FailoverTopic', notifyFailovers) };

/** Outside the VPC a publicly accessible database resolves to its public address, which is no target. */
export function placementOf(stack: Stack, entry: DatabaseEntry, network: Network): Placement | undefined {
  const { placement } = entry;
  const isPublic = entry.database.kind !== 'hostname' && entry.database.publiclyAccessible;
  if (!placement && !isPublic) return undefined;
  return Placement.insideVpc({
    ...network,
    // Shared endpoints answer to the APIs' usual names, as existing ones do, and are in a stack of their own.
    endpoints: placement?.endpoints === 'shared' ? 'existing' : (placement?.endpoints ?? 'create'),
    securityGroup: securityGroupOf(stack, 'FunctionSecurityGroup', placement?.securityGroupId),
    endpointSecurityGroup: securityGroupOf(stack, 'EndpointSecurityGroup', placement?.endpointSecurityGroupId),
    subnetOwnerAccount: placement?.subnetOwnerAccount,
  });
}

/** The resource gateway that one entry of the configuration file asks for, if it does. */
export function addResourceGateway(stack: Stack, entry: DatabaseEntry, network: Network): void {
  if (entry.access !== 'resource-gateway' && entry.access !== 'both') return;
  const { databaseSecurityGroupId, logRetentionDays, quietMinutes, ...rest } = entry.resourceGateway ?? {};
  const { topicArn, lowTopicArn = topicArn, runbookUrl, enabled = true } = entry.alarms ?? {};
  const topic = quietMinutes && enabled ? topicOf(stack, 'GatewayAlarmTopic', lowTopicArn) : undefined;
  new DatabaseResourceGateway(stack, 'ResourceGateway', {
    ...network,
    ...rest,
    database: followed(entry),
    // The rules of the file require a port.
    port: entry.database.port ?? 0,
    publiclyAccessible: entry.database.kind !== 'hostname' && entry.database.publiclyAccessible,
    databaseSecurityGroup: securityGroupOf(stack, 'GatewayDatabaseSecurityGroup', databaseSecurityGroupId),
    logRetention: logRetentionDays,
    quietFor: quietMinutes && enabled ? Duration.minutes(quietMinutes) : undefined,
    alarmAction: topic && new SnsAction(topic),
    runbookUrl,
    namePrefix: stack.stackName,
  }).addOutputs(stack);
}
