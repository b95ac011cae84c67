import { type DBInstance, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import { read } from '../doctor/reading.ts';
import type { DatabaseNetwork, Instruments } from '../doctor/surroundings.ts';
import type { Database } from '../domain.ts';
import { asked, isSameId } from './asked.ts';

/** Where the instances of a database may be, through the RDS API, with the permission that every run has. */
export const createRdsNetwork = (
  client: RDSClient,
  { kind, id = '' }: Database,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'databaseNetwork'> => ({
  databaseNetwork: () =>
    read('rds:DescribeDBInstances', async (): Promise<DatabaseNetwork> => {
      const which =
        kind === 'cluster' ? { Filters: [{ Name: 'db-cluster-id', Values: [id] }] } : { DBInstanceIdentifier: id };
      const reply = await client.send(new DescribeDBInstancesCommand(which), { abortSignal });
      const instances = ofDatabase(reply.DBInstances ?? [], kind, id);
      // The members of a cluster share their subnet group.
      const home = instances[0]?.DBSubnetGroup;
      if (!home) throw new Error(`DescribeDBInstances gave no subnet group for ${id}`);
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

/** Whatever else the answer holds. */
function ofDatabase(found: readonly DBInstance[], kind: Database['kind'], id: string): readonly DBInstance[] {
  if (kind === 'cluster')
    return found.filter(({ DBClusterIdentifier: cluster }) => cluster === undefined || isSameId(cluster, id));
  const one = asked('DescribeDBInstances', found, id, ({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  return one ? [one] : [];
}

const unique = (items: readonly (string | undefined)[]): string[] => [
  ...new Set(items.filter((item) => item !== undefined)),
];
