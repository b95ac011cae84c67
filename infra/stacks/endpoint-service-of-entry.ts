import { Duration, Fn, type Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { VpcEndpointService } from 'aws-cdk-lib/aws-ec2';
import { consumerPortOf, stackNameOf } from '../config/database-entry.ts';
import type { DatabaseEntry, LoadBalancerEntry } from '../config/databases.ts';
import { AutomaticAcceptance } from '../endpoint-service/automatic-acceptance.ts';
import { DatabaseEndpointService } from '../endpoint-service/database-endpoint-service.ts';
import { DatabaseListener } from '../endpoint-service/database-listener.ts';
import type { ISharedEndpointService } from '../endpoint-service/shared-endpoint-service.ts';
import { executionRoleOf, type Network, securityGroupOf, topicOf, warmStandbyOf } from './entry-to-props.ts';

/* What consumers connect to, as one entry of the configuration file asks for it: an endpoint service, or a listener of a shared one. */

type Service = NonNullable<DatabaseEntry['endpointService']>;

export function endpointServiceOf(
  stack: Stack,
  entry: DatabaseEntry,
  network: Network,
): DatabaseEndpointService | DatabaseListener | undefined {
  const { endpointService, loadBalancer } = entry;
  if (!endpointService) return undefined;
  const listener = listenerOf(stack, entry, endpointService);
  if (loadBalancer)
    return new DatabaseListener(stack, 'Listener', {
      ...listener,
      vpc: network.vpc,
      service: importedService(loadBalancer),
      consumerCidrs: endpointService.consumerCidrs,
    });
  const { notificationTopicArn, acceptAutomatically } = endpointService;
  const service = new DatabaseEndpointService(stack, 'EndpointService', {
    ...network,
    ...consumersOf(endpointService),
    ...listener,
    databaseSecurityGroup: entry.warmStandby ? undefined : listener.databaseSecurityGroup,
    warmStandby: warmStandbyOf(stack, entry),
    notificationTopic: topicOf(stack, 'NotificationTopic', notificationTopicArn),
  });
  if (acceptAutomatically) accept(stack, service.endpointService, entry, acceptAutomatically);
  return service;
}

/** The keys about consumers that are props of the same name. */
export const consumersOf = ({
  addressType,
  allowedPrincipals,
  acceptanceRequired,
  consumerCidrs,
  supportedRegions,
  privateDnsName,
  deletionProtection,
}: Service | LoadBalancerEntry['endpointService']) => ({
  addressType,
  allowedPrincipals,
  acceptanceRequired,
  consumerCidrs,
  supportedRegions,
  privateDnsName,
  deletionProtection,
});

function listenerOf(stack: Stack, entry: DatabaseEntry, service: Service) {
  const { healthCheckIntervalSeconds, idleTimeoutSeconds } = service;
  // The rules of the file require a port.
  const databasePort = entry.database.port ?? 0;
  const seconds = (count: number | undefined) => (count === undefined ? undefined : Duration.seconds(count));
  return {
    name: stack.stackName,
    port: consumerPortOf(entry) ?? databasePort,
    databasePort,
    targetAddressType: service.targetAddressType,
    databaseCidrs: service.databaseCidrs ?? targetRangesOf(entry),
    databaseSecurityGroup: securityGroupOf(stack, 'DatabaseSecurityGroup', service.databaseSecurityGroupId),
    healthCheckInterval: seconds(healthCheckIntervalSeconds),
    healthyThreshold: service.healthyThreshold,
    unhealthyThreshold: service.unhealthyThreshold,
    idleTimeout: seconds(idleTimeoutSeconds),
    engine: entry.database.engine,
  };
}

/** Needed for IPv6 targets alone, and without a group: IPv4 targets are in the private ranges, the default. */
const targetRangesOf = ({ endpointService, reconcile }: DatabaseEntry) =>
  endpointService?.targetAddressType === 'ipv6' && !endpointService.databaseSecurityGroupId
    ? reconcile?.allowedCidrs?.filter((cidr) => cidr.includes(':'))
    : undefined;

/** What the stack of a shared load balancer exports. Its template has them all, whether a database imports them or not. */
export const exportNames = (loadBalancer: LoadBalancerEntry) => {
  const stack = stackNameOf(loadBalancer);
  return {
    loadBalancerArn: `${stack}-load-balancer-arn`,
    securityGroupId: `${stack}-security-group`,
    serviceName: `${stack}-endpoint-service-name`,
  };
};

/** CloudFormation refuses to delete a stack whose exports are imported. */
function importedService(loadBalancer: LoadBalancerEntry): ISharedEndpointService {
  const names = exportNames(loadBalancer);
  const { addressType, consumerCidrs, supportedRegions, databaseSecurityGroupIds = [] } = loadBalancer.endpointService;
  return {
    loadBalancerArn: Fn.importValue(names.loadBalancerArn),
    securityGroupId: Fn.importValue(names.securityGroupId),
    serviceName: Fn.importValue(names.serviceName),
    addressType,
    consumerCidrs,
    supportedRegions,
    databaseSecurityGroupIds,
  };
}

/** What the function that accepts requests takes over from an entry. */
type Accepting = Pick<DatabaseEntry, 'name' | 'alarms' | 'roles' | 'reconcile'>;

export function accept(
  stack: Stack,
  endpointService: VpcEndpointService,
  entry: Accepting,
  accounts: readonly string[],
): AutomaticAcceptance {
  const { enabled: alarm = true, topicArn, lowTopicArn = topicArn, runbookUrl } = entry.alarms ?? {};
  const topic = alarm ? topicOf(stack, 'AcceptanceAlarmTopic', lowTopicArn) : undefined;
  return new AutomaticAcceptance(stack, 'AutomaticAcceptance', {
    endpointService,
    accounts,
    alarm,
    alarmAction: topic && new SnsAction(topic),
    databaseName: entry.name,
    runbookUrl,
    namePrefix: `${stack.stackName}-`,
    logRetention: entry.reconcile?.logRetentionDays,
    reservedConcurrentExecutions: entry.reconcile?.reservedConcurrency,
    executionRole: executionRoleOf(stack, entry),
  });
}
