import type { RDSClient } from '@aws-sdk/client-rds';
import { read } from '../doctor/reading.ts';
import type { DatabaseNetwork, Instruments } from '../doctor/surroundings.ts';
import type { Database } from '../domain.ts';
import { instancesOf } from './rds-instances.ts';
import { createRdsParameters } from './rds-parameters.ts';

/** Where the instances of a database may be, with the permission that every run has, and what their parameters say. */
export const createRdsNetwork = (
  client: RDSClient,
  database: Database,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'databaseNetwork' | 'loginLimits'> => ({
  ...createRdsParameters(client, database, abortSignal),
  databaseNetwork: () =>
    read('rds:DescribeDBInstances', async (): Promise<DatabaseNetwork> => {
      const instances = await instancesOf(client, database, abortSignal);
      // The members of a cluster share their subnet group.
      const home = instances[0]?.DBSubnetGroup;
      if (!home) throw new Error(`DescribeDBInstances gave no subnet group for ${database.id}`);
      const subnets = (home.Subnets ?? []).filter(({ SubnetStatus }) => SubnetStatus === 'Active');
      const groups = instances.flatMap(({ VpcSecurityGroups = [] }) => VpcSecurityGroups);
      return {
        ...(home.VpcId ? { vpcId: home.VpcId } : {}),
        zones: unique(subnets.map(({ SubnetAvailabilityZone }) => SubnetAvailabilityZone?.Name)).sort(),
        ...(instances[0]?.Engine ? { engine: instances[0].Engine } : {}),
        securityGroupIds: unique(groups.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId)),
      };
    }),
});

const unique = (items: readonly (string | undefined)[]): string[] => [
  ...new Set(items.filter((item) => item !== undefined)),
];
