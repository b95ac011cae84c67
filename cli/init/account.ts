import { type EC2Client, paginateDescribeSubnets, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import {
  type DBCluster,
  type DBInstance,
  type Filter,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { isSameId } from '../../lib/adapters/asked.ts';
import { createEc2Network } from '../../lib/adapters/ec2-network.ts';
import { topologyOfCluster, topologyOfInstance } from '../../lib/adapters/rds-shapes.ts';
import type { SecurityGroup } from '../../lib/doctor/surroundings.ts';
import type { Topology } from '../../lib/domain.ts';

/* What init reads of the account: databases from RDS, networks from EC2. Pages are followed to their end. */

/** A database as the RDS API shows it; a cluster's members are in its topology. */
export type Found = {
  readonly kind: 'instance' | 'cluster';
  readonly id: string;
  readonly arn: string;
  readonly status: string;
  readonly topology: Topology;
  readonly isPublic: boolean;
};

export type Networks = {
  /** The IPv4 ranges of each VPC, the one that it was made with first. */
  readonly ranges: ReadonlyMap<string, readonly string[]>;
  /** The IPv4 range of each subnet; read only where a VPC has several. */
  readonly subnets: ReadonlyMap<string, string>;
  /** Empty where the operator may not read them. */
  readonly groups: ReadonlyMap<string, SecurityGroup>;
};

/** One call with its progress line and its errors in words; `action` is IAM's name. */
export type Ask = <T>(action: string, work: () => Promise<T>) => Promise<T>;

/** A page has room for a hundred. */
const pageSize = 100;

export type Account = { readonly rds: RDSClient; readonly ec2: EC2Client; readonly ask: Ask };

/** All DB instances and DB clusters of the Region. */
export type Inventory = { readonly instances: readonly DBInstance[]; readonly clusters: readonly DBCluster[] };

export async function inventoryOf(account: Account): Promise<Inventory> {
  const [instances, clusters] = await Promise.all([instancesOf(account), clustersOf(account)]);
  return { instances, clusters };
}

/** Every DB cluster, and every DB instance that is no member of one. */
export async function everyDatabase(account: Account): Promise<readonly Found[]> {
  const { instances, clusters } = await inventoryOf(account);
  return foundIn(instances, clusters);
}

/** The database of this kind and identifier; an instance also when it is a member of a cluster. */
export function databaseIn({ instances, clusters }: Inventory, kind: Found['kind'], id: string): Found | undefined {
  const instance = instances.find((one) => isSameId(one.DBInstanceIdentifier, id));
  if (kind === 'instance') return instance && ofInstance(instance);
  const cluster = clusters.find((one) => isSameId(one.DBClusterIdentifier, id));
  return cluster && foundIn(instances, [cluster])[0];
}

/**
 * What has this identifier: one database, or a DB cluster and a DB instance that is no member of it. A member leads to its cluster.
 */
export async function databasesNamed(account: Account, id: string): Promise<readonly Found[]> {
  const [[instance], own] = await Promise.all([
    instancesOf(account, [{ Name: 'db-instance-id', Values: [id] }]),
    clustersOf(account, [{ Name: 'db-cluster-id', Values: [id] }]),
  ]);
  const clusterId = instance?.DBClusterIdentifier ?? own[0]?.DBClusterIdentifier;
  const alone = instance && !instance.DBClusterIdentifier ? [instance] : [];
  if (clusterId === undefined) return foundIn(alone, []);
  const filters = [{ Name: 'db-cluster-id', Values: [clusterId] }];
  const [members, clusters] = await Promise.all([
    instancesOf(account, filters),
    own.some((one) => one.DBClusterIdentifier === clusterId) ? own : clustersOf(account, filters),
  ]);
  return foundIn([...members, ...alone], clusters);
}

async function instancesOf({ rds, ask }: Account, Filters?: Filter[]): Promise<readonly DBInstance[]> {
  return ask('rds:DescribeDBInstances', async () => {
    const found: DBInstance[] = [];
    for await (const page of paginateDescribeDBInstances({ client: rds, pageSize }, { Filters }))
      found.push(...(page.DBInstances ?? []));
    return found;
  });
}

async function clustersOf({ rds, ask }: Account, Filters?: Filter[]): Promise<readonly DBCluster[]> {
  return ask('rds:DescribeDBClusters', async () => {
    const found: DBCluster[] = [];
    for await (const page of paginateDescribeDBClusters({ client: rds, pageSize }, { Filters }))
      found.push(...(page.DBClusters ?? []));
    return found;
  });
}

/** The identifiers of all DB instances of the Region. */
export const instanceIdsOf = async (account: Account): Promise<readonly string[]> =>
  (await instancesOf(account)).flatMap((one) => one.DBInstanceIdentifier ?? []);

function foundIn(instances: readonly DBInstance[], clusters: readonly DBCluster[]): readonly Found[] {
  const ofClusters = clusters.map((cluster): Found => {
    const members = instances.filter((one) => one.DBClusterIdentifier === cluster.DBClusterIdentifier);
    return {
      kind: 'cluster',
      id: cluster.DBClusterIdentifier ?? '',
      arn: cluster.DBClusterArn ?? '',
      status: cluster.Status ?? 'unknown',
      topology: topologyOfCluster(cluster, members),
      isPublic: [cluster, ...members].some((one) => one.PubliclyAccessible === true),
    };
  });
  const alone = instances.filter((one) => one.DBClusterIdentifier === undefined);
  return [...ofClusters, ...alone.map(ofInstance)];
}

function ofInstance(instance: DBInstance): Found {
  const { DBInstanceIdentifier: id = '' } = instance;
  return {
    kind: 'instance',
    id,
    arn: instance.DBInstanceArn ?? '',
    status: instance.DBInstanceStatus ?? 'unknown',
    topology: topologyOfInstance(id, instance, [], []),
    isPublic: instance.PubliclyAccessible === true,
  };
}

/** The networks that these databases are in. */
export async function networksOf(account: Account, databases: readonly Found[]): Promise<Networks> {
  const { ec2 } = account;
  const vpcs = unique(databases.flatMap(({ topology }) => topology.home?.vpcId ?? []));
  const groupIds = unique(databases.flatMap(({ topology }) => topology.securityGroups ?? []));
  const [ranges, groups] = await Promise.all([rangesOf(account, vpcs), createEc2Network(ec2).securityGroups(groupIds)]);
  const split = vpcs.filter((id) => (ranges.get(id)?.length ?? 0) > 1);
  return {
    ranges,
    subnets: await subnetsOf(account, split),
    groups: groups.kind === 'read' ? groups.value : new Map(),
  };
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

/** By a filter and not by their identifiers: one that is not there would be an error for all of them. A filter takes 200 values. */
const filtersOf = (ids: readonly string[]) =>
  Array.from({ length: Math.ceil(ids.length / 200) }, (_, index) => [
    { Name: 'vpc-id', Values: ids.slice(index * 200, (index + 1) * 200) },
  ]);

export function rangesOf(
  { ec2, ask }: Pick<Account, 'ec2' | 'ask'>,
  ids: readonly string[],
): Promise<Map<string, readonly string[]>> {
  return ask('ec2:DescribeVpcs', async () => {
    const found = new Map<string, readonly string[]>();
    for (const Filters of filtersOf(ids))
      for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: ec2 }, { Filters }))
        for (const { VpcId = '', CidrBlock, CidrBlockAssociationSet = [] } of Vpcs) {
          const others = CidrBlockAssociationSet.filter((one) => one.CidrBlockState?.State === 'associated');
          found.set(VpcId, unique([CidrBlock, ...others.map((one) => one.CidrBlock)].flatMap((one) => one ?? [])));
        }
    return found;
  });
}

async function subnetsOf({ ec2, ask }: Account, vpcs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (vpcs.length === 0) return found;
  await ask('ec2:DescribeSubnets', async () => {
    for (const Filters of filtersOf(vpcs))
      for await (const { Subnets = [] } of paginateDescribeSubnets({ client: ec2 }, { Filters }))
        for (const { SubnetId = '', CidrBlock = '' } of Subnets) found.set(SubnetId, CidrBlock);
  });
  return found;
}
