import type { DBCluster, DBClusterMember, DBInstance } from '@aws-sdk/client-rds';
import { type DbInstance, type Endpoint, type InstanceRole, isPort, type Topology } from '../domain.ts';
import type { Home, Nature } from '../nature.ts';
import { isSameId } from './asked.ts';
import { homeOf } from './rds-home.ts';

/* What the RDS API's answers say of a database, in the words of the core. */

/** Undefined: the answer does not hold it, which says nothing about it. */
const named = (instances: readonly DBInstance[], name: string): DBInstance | undefined =>
  instances.find((one) => isSameId(one.DBInstanceIdentifier, name));

/** A member that is listed twice is one, and the writer where either says so. One without a name may be any. */
const eachOnce = (members: readonly DBClusterMember[]): readonly DBClusterMember[] =>
  members.flatMap((member) => {
    const { DBInstanceIdentifier: name } = member;
    const same = members.filter((one) => name !== undefined && isSameId(one.DBInstanceIdentifier, name));
    if (same.length < 2) return [member];
    return same[0] === member ? [{ ...member, IsClusterWriter: same.some((one) => one.IsClusterWriter) }] : [];
  });

/** @param instances members among them; others are left out */
export function topologyOfCluster(cluster: DBCluster, instances: readonly DBInstance[]): Topology {
  const members = eachOnce(cluster.DBClusterMembers ?? []).map(
    ({ DBInstanceIdentifier: name = '', IsClusterWriter }) => ({
      name,
      role: IsClusterWriter ? ('writer' as const) : ('reader' as const),
      instance: named(instances, name),
    }),
  );
  return {
    ...endpointOf(cluster.Endpoint, cluster.Port),
    instances: members.map(({ name, role, instance }) => dbInstance(name, role, instance)),
    ...natureOf(clusterNature(cluster)),
    ...placeOf(members.flatMap(({ instance }) => instance ?? [])),
    ...securityGroupsOf([cluster, ...members.flatMap(({ instance }) => instance ?? [])]),
  };
}

/** @param replicas the names of those that count as its readers; `found`: what describes them, and perhaps others */
export function topologyOfInstance(
  id: string,
  instance: DBInstance,
  replicas: readonly string[],
  found: readonly DBInstance[],
): Topology {
  const readers = [...new Set(replicas)].map((name) => ({ name, instance: named(found, name) }));
  const all = [instance, ...readers.flatMap((one) => one.instance ?? [])];
  const writer = dbInstance(id, 'writer', instance);
  return {
    ...(writer.endpoint ? { endpoint: writer.endpoint } : {}),
    instances: [writer, ...readers.map((reader) => dbInstance(reader.name, 'reader', reader.instance))],
    ...natureOf({
      engine: instance.Engine,
      memberOf: instance.DBClusterIdentifier,
      replicaOf: instance.ReadReplicaSourceDBInstanceIdentifier ?? instance.ReadReplicaSourceDBClusterIdentifier,
      isOfCluster: instance.ReadReplicaSourceDBClusterIdentifier !== undefined,
    }),
    ...placeOf(all),
    ...zonesOf(instance),
    ...securityGroupsOf(all),
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

function dbInstance(id: string, role: InstanceRole, instance?: DBInstance): DbInstance {
  const { Address, Port } = instance?.Endpoint ?? {};
  return { id, role, status: instance?.DBInstanceStatus ?? 'unknown', ...endpointOf(Address, Port) };
}

const endpointOf = (host?: string, port?: number): { endpoint?: Endpoint } =>
  host ? { endpoint: { host, ...(isPort(port) ? { port } : {}) } } : {};
