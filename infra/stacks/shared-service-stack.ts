import { type App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { stackNameOf } from '../config/database-entry.ts';
import type { DatabaseEntry, LoadBalancerEntry } from '../config/databases.ts';
import { SharedEndpointService } from '../endpoint-service/shared-endpoint-service.ts';
import { warnOfRules } from '../placement/access.ts';
import { acknowledgedFindings } from '../reconciler/permission-reasons.ts';
import { accept, consumersOf, exportNames } from './endpoint-service-of-entry.ts';
import { networkOf, topicOf } from './entry-to-props.ts';
import { boundaryOf, setRolePath } from './roles-of-entry.ts';

/** A database's stack. */
type Member = { readonly entry: DatabaseEntry; readonly stack: Stack };

/** One stack for each load balancer that databases share. The databases' stacks are deployed after it. */
export function addSharedServiceStacks(
  app: App,
  loadBalancers: readonly LoadBalancerEntry[],
  members: readonly Member[],
): readonly Stack[] {
  return loadBalancers.map((loadBalancer) => {
    const stack = new SharedServiceStack(app, loadBalancer);
    const behind = members.filter(({ entry }) => entry.loadBalancer?.name === loadBalancer.name);
    for (const { stack: own } of behind) own.addStackDependency(stack, 'its listener is on this load balancer');
    warnOfAllRules(
      stack,
      loadBalancer,
      behind.map(({ entry }) => entry),
    );
    return stack;
  });
}

/** One rule for each range or group of each database. */
function warnOfAllRules(
  stack: Stack,
  { name, endpointService }: LoadBalancerEntry,
  databases: readonly DatabaseEntry[],
) {
  const { consumerCidrs, databaseSecurityGroupIds = [] } = endpointService;
  const inbound = databases.flatMap((entry) =>
    consumerCidrs ? (entry.endpointService?.consumerCidrs ?? consumerCidrs) : [],
  );
  const outbound = databases.flatMap(
    ({ endpointService: { databaseSecurityGroupId: group, databaseCidrs = [] } = {} }) =>
      group === undefined ? databaseCidrs : databaseSecurityGroupIds.includes(group) ? [] : [group],
  );
  warnOfRules(stack, {
    group: `the security group of load balancer "${name}"`,
    peers: { inbound, outbound: [letsNothingOut, ...databaseSecurityGroupIds, ...outbound] },
    instead: 'write fewer and wider ranges, or give some databases another load balancer',
  });
}

/** The rule that CDK gives the group: without any EC2 would let everything out. */
const letsNothingOut = '255.255.255.255/32';

/** The load balancer and the endpoint service that databases share; nothing in it depends on which databases these are. */
class SharedServiceStack extends Stack {
  constructor(app: App, entry: LoadBalancerEntry) {
    const { account, region, tags, vpc, endpointService } = entry;
    super(app, stackNameOf(entry), {
      description: 'Load balancer and endpoint service of several databases (rds-target-reconciler)',
      env: { account, region },
      tags,
      permissionsBoundary: boundaryOf(entry),
    });
    setRolePath(this, entry);
    const { notificationTopicArn, acceptAutomatically, databaseSecurityGroupIds = [] } = endpointService;
    const service = new SharedEndpointService(this, 'EndpointService', {
      ...networkOf(this, vpc),
      ...consumersOf(endpointService),
      name: this.stackName,
      notificationTopic: topicOf(this, 'NotificationTopic', notificationTopicArn),
      databaseSecurityGroups: databaseSecurityGroupIds.map((id, index) =>
        ec2.SecurityGroup.fromSecurityGroupId(this, `DatabaseSecurityGroup${index}`, id),
      ),
    });
    Validations.of(service.loadBalancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: acknowledgedFindings.accessLogs,
    });
    if (acceptAutomatically) accept(this, service.endpointService, entry, acceptAutomatically);
    const names = exportNames(entry);
    service.addOutputs(this, names.serviceName);
    new CfnOutput(this, 'LoadBalancerArn', { value: service.loadBalancerArn, exportName: names.loadBalancerArn });
    new CfnOutput(this, 'LoadBalancerSecurityGroup', {
      value: service.securityGroupId,
      exportName: names.securityGroupId,
    });
  }
}
