import {
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandInput,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { type Namesake, notFoundMessage } from '../contradictions.ts';
import type { Database, Role, Topology } from '../domain.ts';
import { awsFault, noAnswer } from '../errors.ts';
import type { TopologySource } from '../ports.ts';
import { asked, fewPages } from './asked.ts';
import { listCustomEndpoints } from './rds-custom-endpoints.ts';
import { topologyOfCluster, topologyOfInstance } from './rds-shapes.ts';

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
  return { ...topologyOfCluster(cluster, instances), ...(customEndpoints ? { customEndpoints } : {}) };
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
  // A replica in another Region is listed by its ARN, and its address lies in another network.
  const replicas =
    role === 'reader'
      ? (instance.ReadReplicaDBInstanceIdentifiers ?? []).filter((name) => !name.startsWith('arn:'))
      : [];
  const found =
    replicas.length > 0
      ? await listInstances(client, { Filters: [{ Name: 'db-instance-id', Values: replicas }] }, abortSignal)
      : [];
  return topologyOfInstance(instance.DBInstanceIdentifier ?? id, instance, replicas, found);
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
