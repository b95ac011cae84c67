import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandInput,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { type Database, type DbInstance, type Endpoint, isPort, type Role, type Topology } from '../domain.ts';
import { awsFault, noAnswer } from '../errors.ts';
import type { TopologySource } from '../ports.ts';

/** The topology of one database through the RDS API: two calls for a cluster, one for an instance, whatever else the account holds. */
export function createRdsTopology(client: RDSClient, { kind, id = '', role }: Database): TopologySource {
  const describe = kind === 'cluster' ? clusterTopology : instanceTopology;
  return {
    describe: async (signal) => {
      const doing = `reading the topology of ${kind} ${id}`;
      try {
        return { kind: 'seen', topology: await describe(client, id, role, signal) };
      } catch (error) {
        if (isNotFound(error))
          return { kind: 'not-found', message: `the RDS API knows no DB ${kind} ${id} in this account and Region` };
        return {
          kind: 'unavailable',
          error: awsFault(
            doing,
            kind === 'cluster' ? 'rds:DescribeDBClusters or rds:DescribeDBInstances' : 'rds:DescribeDBInstances',
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

async function clusterTopology(
  client: RDSClient,
  id: string,
  _role: Role,
  abortSignal?: AbortSignal,
): Promise<Topology> {
  const [clusters, instances] = await Promise.all([
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), { abortSignal }),
    listInstances(client, { Filters: [{ Name: 'db-cluster-id', Values: [id] }] }, abortSignal),
  ]);
  if (!clusters.DBClusters) throw noAnswer('DescribeDBClusters gave no list of clusters');
  const cluster: DBCluster = clusters.DBClusters[0] ?? {};
  const byId = new Map(instances.map((instance) => [instance.DBInstanceIdentifier, instance]));
  const members = (cluster.DBClusterMembers ?? []).map((member) =>
    dbInstance(
      member.DBInstanceIdentifier ?? '',
      member.IsClusterWriter ? 'writer' : 'reader',
      byId.get(member.DBInstanceIdentifier),
    ),
  );
  return { ...endpointOf(cluster.Endpoint, cluster.Port), instances: members };
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
  const [instance] = reply.DBInstances;
  if (!instance) return { instances: [] };
  const writer = dbInstance(instance.DBInstanceIdentifier ?? id, 'writer', instance);
  // A replica in another Region is listed by its ARN, and its address lies in another network.
  const replicas = (instance.ReadReplicaDBInstanceIdentifiers ?? []).filter((name) => !name.startsWith('arn:'));
  const readers =
    role === 'reader' && replicas.length > 0
      ? await listInstances(client, { Filters: [{ Name: 'db-instance-id', Values: replicas }] }, abortSignal)
      : [];
  return {
    ...(writer.endpoint ? { endpoint: writer.endpoint } : {}),
    instances: [writer, ...readers.map((reader) => dbInstance(reader.DBInstanceIdentifier ?? '', 'reader', reader))],
  };
}

async function listInstances(
  client: RDSClient,
  input: DescribeDBInstancesCommandInput,
  abortSignal?: AbortSignal,
): Promise<DBInstance[]> {
  const found: DBInstance[] = [];
  const pages = paginateDescribeDBInstances({ client, pageSize: 100 }, input, { abortSignal });
  for await (const page of pages) {
    if (!page.DBInstances) throw noAnswer('DescribeDBInstances gave no list of instances');
    found.push(...page.DBInstances);
  }
  return found;
}

function dbInstance(id: string, role: Role, instance?: DBInstance): DbInstance {
  const { Address, Port } = instance?.Endpoint ?? {};
  return { id, role, status: instance?.DBInstanceStatus ?? 'unknown', ...endpointOf(Address, Port) };
}

const endpointOf = (host?: string, port?: number): { endpoint?: Endpoint } =>
  host ? { endpoint: { host, ...(isPort(port) ? { port } : {}) } } : {};
