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
import { asked } from '../../lib/adapters/asked.ts';
import { createGroupPorts } from '../../lib/adapters/ports.ts';
import type { Report } from '../../lib/domain.ts';
import { awsFault } from '../../lib/errors.ts';
import { summary } from '../../lib/report.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Clients } from '../access/clients.ts';
import type { Session } from '../access/session.ts';
import { type Failure, type Run, readLog } from '../history/logs.ts';
import { readEvents, subjectsOf } from '../history/rds.ts';
import { chooseClient, type Login } from './clients/choose.ts';
import type { Address, Chronicle, DrilledDatabase, DrillPorts, Standing } from './ports.ts';
import type { DrillRecord, Invocation } from './record.ts';

const limits = { timeoutMs: 1000, holdMs: 50, cleanupTimeoutMs: 120_000 };

/** The drill's ports on AWS, with the operator's credentials and from the operator's network. */
export async function awsPorts(
  { clients, selection }: Pick<Session, 'clients' | 'selection'>,
  config: Config,
  database: DrillRecord['database'],
  endpoint: Address,
  login: Login,
): Promise<DrillPorts> {
  const { region, functionNames } = selection;
  return {
    database: createDrilledDatabase(clients.rds(), database),
    ...createGroupPorts(clients, config),
    client: await chooseClient(login, endpoint, limits),
    chronicles: [
      rdsChronicle(clients, database, region),
      ...functionNames.map((name) => functionChronicle(clients, name, region)),
    ],
  };
}

type Subject = Pick<DrillRecord['database'], 'kind' | 'id'>;

/** The database through the RDS API, with the operator's credentials. */
export function createDrilledDatabase(client: RDSClient, { kind, id }: Subject): DrilledDatabase {
  const call = kind === 'cluster' ? 'rds:FailoverDBCluster' : 'rds:RebootDBInstance';
  const describe = kind === 'cluster' ? describeCluster : describeInstance;
  const action = kind === 'cluster' ? 'rds:DescribeDBClusters or rds:DescribeDBInstances' : 'rds:DescribeDBInstances';
  return {
    call,
    describe: (signal) => describe(client, id, signal).catch(faultOf(`describing ${kind} ${id}`, action)),
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

async function describeInstance(client: RDSClient, id: string, abortSignal?: AbortSignal): Promise<Standing> {
  const reply = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), { abortSignal });
  const instance = asked('DescribeDBInstances', reply.DBInstances ?? [], id, (one) => one.DBInstanceIdentifier);
  if (!instance) throw new Error(`the RDS API knows no DB instance ${id}`);
  return {
    status: instance.DBInstanceStatus ?? 'unknown',
    writer: instance.DBInstanceIdentifier ?? id,
    readers: [],
    isMultiAz: instance.MultiAZ === true,
    ...endpointOf(instance.Endpoint?.Address, instance.Endpoint?.Port),
    ...engineOf(instance, instance.DBInstanceClass),
  };
}

async function describeCluster(client: RDSClient, id: string, abortSignal?: AbortSignal): Promise<Standing> {
  const [clusters, instances] = await Promise.all([
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), { abortSignal }),
    members(client, id, abortSignal),
  ]);
  const cluster = asked('DescribeDBClusters', clusters.DBClusters ?? [], id, (one) => one.DBClusterIdentifier);
  if (!cluster) throw new Error(`the RDS API knows no DB cluster ${id}`);
  const writer = cluster.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  const isUp = (name: string | undefined) =>
    instances.some((one) => one.DBInstanceIdentifier === name && one.DBInstanceStatus === 'available');
  return {
    status: cluster.Status ?? 'unknown',
    writer,
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

/** How far the clock of RDS may be ahead of ours. */
const aheadMs = 60_000;
const windowFrom = (since: number) => ({ since, until: Date.now() + aheadMs });

/** RDS's events about the database and the members of a cluster. */
const rdsChronicle = (
  clients: Clients,
  database: Pick<DrillRecord['database'], 'kind' | 'id'>,
  region?: string,
): Chronicle => ({
  name: 'DescribeEvents',
  async since(at) {
    const subjects = await subjectsOf(clients, database, region);
    const { events } = await readEvents(clients, subjects, windowFrom(at), region);
    return events.map(({ at, eventId, message, source }) => ({
      kind: 'event',
      at,
      id: eventId,
      message,
      source,
    }));
  },
});

/** The reports in a function's log. */
const functionChronicle = (clients: Clients, functionName: string, region?: string): Chronicle => ({
  name: `the log of ${functionName}`,
  async since(at) {
    const log = await readLog(clients, functionName, windowFrom(at), region);
    if (!log) throw new Error('it has no log group, so its decisions will be missing');
    return [...log.runs.map(runOf), ...log.failures.map(failureOf)];
  },
});

export function runOf({ functionName, startedAt, endedAt, report }: Omit<Run, 'latencyMs'>): Invocation {
  const { trigger, outcome, registered } = report;
  return {
    kind: 'invocation',
    at: endedAt,
    function: functionName,
    startedAt,
    trigger: trigger.eventId ?? trigger.action ?? trigger.kind,
    outcome,
    // The line has the whole report; only its type is narrower.
    summary: summary(report as Report),
    registered,
  };
}

export const failureOf = ({ functionName, at, message }: Failure): Invocation => ({
  kind: 'invocation',
  at,
  function: functionName,
  startedAt: at,
  trigger: 'unknown',
  outcome: 'failed',
  summary: message,
  registered: [],
});
