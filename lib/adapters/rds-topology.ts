import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandInput,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { type Namesake, notFoundMessage } from '../contradictions.ts';
import {
  type Database,
  type DbInstance,
  type Endpoint,
  type InstanceRole,
  isPort,
  type Role,
  type Topology,
} from '../domain.ts';
import { awsFault, noAnswer } from '../errors.ts';
import type { Home, Nature } from '../nature.ts';
import type { TopologySource } from '../ports.ts';
import { asked, fewPages, isSameId } from './asked.ts';
import { listCustomEndpoints } from './rds-custom-endpoints.ts';
import { homeOf } from './rds-home.ts';

/** The topology of one database through the RDS API: two calls for a cluster, one for an instance, whatever else the account holds. */
export function createRdsTopology(client: RDSClient, { kind, id = '', role }: Database): TopologySource {
  const calls = {
    instance: 'rds:DescribeDBInstances',
    cluster: 'rds:DescribeDBClusters or rds:DescribeDBInstances',
    custom: 'rds:DescribeDBClusters, rds:DescribeDBInstances or rds:DescribeDBClusterEndpoints',
  };
  const describe = kind === 'cluster' ? clusterTopology : instanceTopology;
  return {
    describe: async (signal) => {
      const doing = `reading the topology of ${kind} ${id}`;
      try {
        return { kind: 'seen', topology: await describe(client, id, role, signal) };
      } catch (error) {
        if (isNotFound(error))
          return {
            kind: 'not-found',
            message: notFoundMessage({ kind, id }, await namesakeOf(client, kind, id, signal)),
          };
        return {
          kind: 'unavailable',
          error: awsFault(
            doing,
            calls[kind !== 'cluster' ? 'instance' : role === 'custom' ? 'custom' : 'cluster'],
            error,
          ),
        };
      }
    },
  };
}

const notFoundNames: ReadonlySet<string> = new Set([
  'DBInstanceNotFound',
  'DBInstanceNotFoundFault',
  'DBClusterNotFoundFault',
  'DBClusterNotFound',
]);
const isNotFound = (error: unknown): boolean => error instanceof Error && notFoundNames.has(error.name);

/** One more call, and only where there is nothing to follow: is it the other kind? Undefined when the API does not say. */
async function namesakeOf(
  client: RDSClient,
  kind: Database['kind'],
  id: string,
  abortSignal?: AbortSignal,
): Promise<Namesake | undefined> {
  try {
    if (kind === 'instance') {
      const reply = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), { abortSignal });
      return asked('DescribeDBClusters', reply.DBClusters ?? [], id, (one) => one.DBClusterIdentifier)
        ? { kind: 'cluster' }
        : undefined;
    }
    const reply = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), { abortSignal });
    const found = asked('DescribeDBInstances', reply.DBInstances ?? [], id, (one) => one.DBInstanceIdentifier);
    return found && { kind: 'instance', ...(found.DBClusterIdentifier ? { memberOf: found.DBClusterIdentifier } : {}) };
  } catch (error) {
    return isNotFound(error) ? { kind: 'none' } : undefined;
  }
}

async function clusterTopology(
  client: RDSClient,
  id: string,
  role: Role,
  abortSignal?: AbortSignal,
): Promise<Topology> {
  const [clusters, instances, customEndpoints] = await Promise.all([
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), { abortSignal }),
    listInstances(client, { Filters: [{ Name: 'db-cluster-id', Values: [id] }] }, abortSignal),
    role === 'custom' ? listCustomEndpoints(client, id, abortSignal) : undefined,
  ]);
  if (!clusters.DBClusters) throw noAnswer('DescribeDBClusters gave no list of clusters');
  const cluster = asked('DescribeDBClusters', clusters.DBClusters, id, (one) => one.DBClusterIdentifier) ?? {};
  const members = (cluster.DBClusterMembers ?? []).map(({ DBInstanceIdentifier: name = '', IsClusterWriter }) => ({
    name,
    role: IsClusterWriter ? ('writer' as const) : ('reader' as const),
    instance: instances.find((one) => isSameId(one.DBInstanceIdentifier, name)),
  }));
  return {
    ...endpointOf(cluster.Endpoint, cluster.Port),
    instances: members.map(({ name, role, instance }) => dbInstance(name, role, instance)),
    ...(customEndpoints ? { customEndpoints } : {}),
    ...natureOf(clusterNature(cluster)),
    ...placeOf(members.flatMap(({ instance }) => instance ?? [])),
    ...securityGroupsOf([cluster, ...members.flatMap(({ instance }) => instance ?? [])]),
  };
}

/** A Multi-AZ instance is one DB instance: its standby is not listed. Its readers are its replicas, asked for only when wanted. */
async function instanceTopology(
  client: RDSClient,
  id: string,
  role: Role,
  abortSignal?: AbortSignal,
): Promise<Topology> {
  const reply = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), { abortSignal });
  if (!reply.DBInstances) throw noAnswer('DescribeDBInstances gave no list of instances');
  const instance = asked('DescribeDBInstances', reply.DBInstances, id, (one) => one.DBInstanceIdentifier);
  if (!instance) return { instances: [] };
  const writer = dbInstance(instance.DBInstanceIdentifier ?? id, 'writer', instance);
  // A replica in another Region is listed by its ARN, and its address lies in another network.
  const replicas = (instance.ReadReplicaDBInstanceIdentifiers ?? []).filter((name) => !name.startsWith('arn:'));
  const readers =
    role === 'reader' && replicas.length > 0
      ? await listInstances(client, { Filters: [{ Name: 'db-instance-id', Values: replicas }] }, abortSignal)
      : [];
  const wanted = readers.filter((one) => replicas.some((name) => isSameId(one.DBInstanceIdentifier ?? name, name)));
  return {
    ...(writer.endpoint ? { endpoint: writer.endpoint } : {}),
    instances: [writer, ...wanted.map((reader) => dbInstance(reader.DBInstanceIdentifier ?? '', 'reader', reader))],
    ...natureOf({
      engine: instance.Engine,
      memberOf: instance.DBClusterIdentifier,
      replicaOf: instance.ReadReplicaSourceDBInstanceIdentifier ?? instance.ReadReplicaSourceDBClusterIdentifier,
    }),
    ...placeOf([instance, ...wanted]),
    ...zonesOf(instance),
    ...securityGroupsOf([instance, ...wanted]),
  };
}

const zonesOf = ({
  AvailabilityZone: primary,
  SecondaryAvailabilityZone: secondary,
}: DBInstance): Pick<Topology, 'zones'> =>
  primary || secondary ? { zones: { ...(primary ? { primary } : {}), ...(secondary ? { secondary } : {}) } } : {};

/** `serverless` is v1: v2 is of engine mode `provisioned`. */
const clusterNature = (cluster: DBCluster): Partial<Nature> => ({
  engine: cluster.Engine,
  replicaOf: cluster.ReplicationSourceIdentifier,
  globalDatabase: cluster.GlobalClusterIdentifier,
  design:
    cluster.EngineMode === 'serverless'
      ? 'serverless-v1'
      : cluster.ClusterScalabilityType === 'limitless' || cluster.LimitlessDatabase?.Status === 'enabled'
        ? 'limitless'
        : undefined,
});

/** Only what was told. */
function natureOf(told: Partial<Nature>): { nature?: Nature } {
  const nature: Nature = Object.fromEntries(Object.entries(told).filter(([, value]) => value));
  return Object.keys(nature).length > 0 ? { nature } : {};
}

function placeOf(instances: readonly DBInstance[]): { home?: Home } {
  const home = homeOf(instances);
  return home ? { home } : {};
}

/**
 * Those of all together: a member's interface carries its own, and they are as a rule the same. Whatever their status: a group that RDS is
 * taking away or adding may be on the interface for as long as that lasts.
 */
function securityGroupsOf(all: readonly Pick<DBInstance, 'VpcSecurityGroups'>[]): {
  securityGroups?: readonly string[];
} {
  const groups = all.flatMap(({ VpcSecurityGroups = [] }) => VpcSecurityGroups);
  const ids = new Set(groups.flatMap(({ VpcSecurityGroupId: id }) => id || []));
  return ids.size > 0 ? { securityGroups: [...ids] } : {};
}

async function listInstances(
  client: RDSClient,
  input: DescribeDBInstancesCommandInput,
  abortSignal?: AbortSignal,
): Promise<DBInstance[]> {
  const found: DBInstance[] = [];
  const pages = paginateDescribeDBInstances({ client, pageSize: 100 }, input, { abortSignal });
  for await (const page of fewPages('DescribeDBInstances', pages)) {
    if (!page.DBInstances) throw noAnswer('DescribeDBInstances gave no list of instances');
    found.push(...page.DBInstances);
  }
  return found;
}

function dbInstance(id: string, role: InstanceRole, instance?: DBInstance): DbInstance {
  const { Address, Port } = instance?.Endpoint ?? {};
  return { id, role, status: instance?.DBInstanceStatus ?? 'unknown', ...endpointOf(Address, Port) };
}

const endpointOf = (host?: string, port?: number): { endpoint?: Endpoint } =>
  host ? { endpoint: { host, ...(isPort(port) ? { port } : {}) } } : {};
