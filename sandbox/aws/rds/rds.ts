import type { SandboxClock } from '../../world/clock.ts';
import type { Database } from '../../world/database/types.ts';
import type { Journal } from '../../world/journal.ts';
import type { Service } from '../../world/types.ts';
import { failoverCluster, modifyInstance, rebootInstance } from './actions.ts';
import { describeClusters, describeInstances } from './describe.ts';
import { describeClusterEndpoints } from './describe-cluster-endpoints.ts';
import { describeEvents } from './describe-events.ts';
import { bystanders, createInventory } from './inventory.ts';
import { createParameterGroups, type ParameterGroups } from './parameters/groups.ts';
import { describeParameters } from './parameters/operations.ts';
import { moveCluster, moveInstance } from './stop-start.ts';

export type RdsOptions = {
  readonly databases: () => readonly Database[];
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly region?: string;
  readonly account?: string;
  /** The VPC of every DB instance. */
  readonly vpcId?: string;
  /** Given where their parameters are to be changed. */
  readonly parameterGroups?: ParameterGroups;
  /** How many DB instances of others the account has. */
  readonly extra?: number;
};

/** The RDS API over the lagging views of the sandbox's databases. */
export function createRds(options: RdsOptions): { readonly service: Service } {
  const {
    databases,
    clock,
    journal,
    vpcId = 'vpc-0123456789abcdef0',
    region = 'eu-central-1',
    account = '123456789012',
    extra = 0,
  } = options;
  const { instances, clusters } = options.parameterGroups ?? createParameterGroups();
  const inventory = createInventory(databases, bystanders(extra, region, account), vpcId);
  return {
    service: {
      name: 'rds',
      version: '2014-10-31',
      xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/',
      operations: {
        DescribeDBInstances: describeInstances(inventory),
        DescribeDBClusters: describeClusters(inventory),
        DescribeDBClusterEndpoints: describeClusterEndpoints(inventory),
        DescribeEvents: describeEvents(databases, clock),
        DescribeDBParameters: describeParameters(instances, 'DBParameterGroupName'),
        DescribeDBClusterParameters: describeParameters(clusters, 'DBClusterParameterGroupName'),
        RebootDBInstance: rebootInstance(inventory, journal),
        FailoverDBCluster: failoverCluster(inventory, journal),
        ModifyDBInstance: modifyInstance(inventory, journal),
        StopDBInstance: moveInstance('Stop', inventory, journal),
        StartDBInstance: moveInstance('Start', inventory, journal),
        StopDBCluster: moveCluster('Stop', inventory, journal),
        StartDBCluster: moveCluster('Start', inventory, journal),
      },
    },
  };
}
