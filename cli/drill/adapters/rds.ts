import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  FailoverDBClusterCommand,
  paginateDescribeDBInstances,
  type RDSClient,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { asked } from '../../../lib/adapters/asked.ts';
import { awsFault } from '../../../lib/errors.ts';
import type { DrilledDatabase, Standing } from '../ports.ts';
import type { DrillRecord } from '../record.ts';

type Subject = Pick<DrillRecord['database'], 'kind' | 'id'>;

/** The database through the RDS API, on the operator's credentials. */
export function createDrilledDatabase(client: RDSClient, { kind, id }: Subject): DrilledDatabase {
  const call = kind === 'cluster' ? 'rds:FailoverDBCluster' : 'rds:RebootDBInstance';
  const look = kind === 'cluster' ? lookAtCluster : lookAtInstance;
  const action = kind === 'cluster' ? 'rds:DescribeDBClusters or rds:DescribeDBInstances' : 'rds:DescribeDBInstances';
  return {
    call,
    look: (signal) => look(client, id, signal).catch(faultOf(`looking at ${kind} ${id}`, action)),
    async failOver() {
      const command: Promise<unknown> =
        kind === 'cluster'
          ? client.send(new FailoverDBClusterCommand({ DBClusterIdentifier: id }))
          : client.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: id, ForceFailover: true }));
      await command.catch(faultOf(`failing ${kind} ${id} over`, call));
    },
  };
}

const faultOf = (doing: string, action: string) => (error: unknown) => {
  throw awsFault(doing, action, error);
};

async function lookAtInstance(client: RDSClient, id: string, abortSignal?: AbortSignal): Promise<Standing> {
  const reply = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), { abortSignal });
  const instance = asked('DescribeDBInstances', reply.DBInstances ?? [], id, (one) => one.DBInstanceIdentifier);
  if (!instance) throw new Error(`the RDS API tells no DB instance ${id}`);
  return {
    status: instance.DBInstanceStatus ?? 'unknown',
    writer: instance.DBInstanceIdentifier ?? id,
    readers: [],
    isMultiAz: instance.MultiAZ === true,
    ...endpointOf(instance.Endpoint?.Address, instance.Endpoint?.Port),
    ...engineOf(instance, instance.DBInstanceClass),
  };
}

async function lookAtCluster(client: RDSClient, id: string, abortSignal?: AbortSignal): Promise<Standing> {
  const [clusters, instances] = await Promise.all([
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), { abortSignal }),
    members(client, id, abortSignal),
  ]);
  const cluster = asked('DescribeDBClusters', clusters.DBClusters ?? [], id, (one) => one.DBClusterIdentifier);
  if (!cluster) throw new Error(`the RDS API tells no DB cluster ${id}`);
  const writer = cluster.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  const isUp = (name: string | undefined) =>
    instances.some((one) => one.DBInstanceIdentifier === name && one.DBInstanceStatus === 'available');
  return {
    status: cluster.Status ?? 'unknown',
    ...(writer ? { writer } : {}),
    readers: (cluster.DBClusterMembers ?? [])
      .map(({ DBInstanceIdentifier: name = '' }) => name)
      .filter((name) => name !== writer && isUp(name)),
    isMultiAz: cluster.MultiAZ === true,
    ...endpointOf(cluster.Endpoint, cluster.Port),
    ...engineOf(cluster, instances[0]?.DBInstanceClass),
  };
}

async function members(client: RDSClient, id: string, abortSignal?: AbortSignal): Promise<DBInstance[]> {
  const found: DBInstance[] = [];
  const input = { Filters: [{ Name: 'db-cluster-id', Values: [id] }] };
  for await (const page of paginateDescribeDBInstances({ client }, input, { abortSignal }))
    found.push(...(page.DBInstances ?? []));
  return found;
}

const endpointOf = (host?: string, port?: number): Pick<Standing, 'endpoint'> =>
  host && port ? { endpoint: { host, port } } : {};

const engineOf = ({ Engine, EngineVersion }: DBInstance | DBCluster, size?: string): Pick<Standing, 'engine'> =>
  Engine ? { engine: [Engine, EngineVersion, size && `on ${size}`].filter(Boolean).join(' ') } : {};
