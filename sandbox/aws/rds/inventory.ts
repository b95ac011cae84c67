import type { Database } from '../../world/database/types.ts';
import type { ClusterView, DatabaseView, InstanceView } from '../../world/database/view.ts';

/** What the API knows of the account: the sandbox's databases as their lagging views show them, and bystanders. */
export type Inventory = {
  /** The VPC of every DB instance. */
  readonly vpcId: string;
  instances(): readonly InstanceView[];
  clusters(): readonly { readonly cluster: ClusterView; readonly members: readonly InstanceView[] }[];
  /** The database that has this DB instance now. */
  ownerOf(instanceId: string): Database | undefined;
  clusterOf(clusterId: string): Database | undefined;
};

export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const RESOURCE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Unrelated databases of the account: `count` plain instances, spread over the alphabet so that every page has some. */
export function bystanders(count: number, region: string, account: string): readonly InstanceView[] {
  return Array.from({ length: count }, (_, index) => {
    const letter = RESOURCE_ALPHABET[index % 26]?.toLowerCase() ?? 'a';
    const id = `${letter}-service-${String(index + 1).padStart(5, '0')}`;
    return {
      id,
      arn: `arn:aws:rds:${region}:${account}:db:${id}`,
      resourceId: `db-BYSTANDER${String(index + 1).padStart(17, '0')}`,
      isWriter: true,
      status: 'available',
      engine: index % 3 === 0 ? 'mysql' : 'postgres',
      engineVersion: index % 3 === 0 ? '8.4.5' : '17.5',
      endpoint: { address: `${id}.c1example.${region}.rds.amazonaws.com`, port: index % 3 === 0 ? 3306 : 5432 },
      availabilityZone: `${region}a`,
      multiAz: false,
      networkType: 'IPV4',
    };
  });
}

const byId = <T extends { readonly id: string }>(a: T, b: T) => (a.id < b.id ? -1 : 1);

export function createInventory(
  databases: () => readonly Database[],
  others: readonly DatabaseView[],
  vpcId: string,
): Inventory {
  const views = () => [...databases().map((database) => database.describe()), ...others];
  return {
    vpcId,
    instances: () =>
      views()
        .flatMap(({ instances }) => instances)
        .sort(byId),
    clusters: () =>
      views()
        .flatMap(({ cluster, instances }) => {
          return cluster ? [{ cluster, members: instances.filter(({ clusterId }) => clusterId === cluster.id) }] : [];
        })
        .sort((a, b) => byId(a.cluster, b.cluster)),
    ownerOf: (instanceId) =>
      databases().find((database) => Object.keys(database.names().instances).some((id) => sameId(id, instanceId))),
    clusterOf: (clusterId) => databases().find(({ kind, id }) => kind === 'cluster' && sameId(id, clusterId)),
  };
}
