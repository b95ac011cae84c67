import { Duration, type Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { DatabaseEntry } from '../config/databases.ts';
import { DatabaseResourceGateway } from '../resource-gateway/database-resource-gateway.ts';
import { followed, type Network, securityGroupOf, topicOf } from './entry-to-props.ts';

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
    // The checks of the file see to it that there is a port.
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
