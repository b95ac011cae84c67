import type { ClusterView, InstanceView } from '../database/view.ts';
import type { Operation, QueryParams } from '../types.ts';
import { type Filter, filtersParam, type Page, paginate } from '../wire/params.ts';
import { clusterXml } from './cluster-xml.ts';
import { clusterNotFound, instanceNotFound, invalidParameterValue } from './faults.ts';
import { instanceXml } from './instance-xml.ts';
import { type Inventory, sameId } from './inventory.ts';

/** Page sizes of every describe of RDS. */
const MIN_RECORDS = 20;
const MAX_RECORDS = 100;

/** One page, as `Marker` and `MaxRecords` ask for it. */
export function pageOf<T>(items: readonly T[], params: QueryParams): Page<T> {
  const text = params.get('MaxRecords');
  const pageSize = text === undefined ? MAX_RECORDS : Number(text);
  if (!Number.isInteger(pageSize) || pageSize < MIN_RECORDS || pageSize > MAX_RECORDS) {
    const range = `Must be between ${MIN_RECORDS} and ${MAX_RECORDS}`;
    throw invalidParameterValue(`Invalid value ${text} for MaxRecords. ${range}`);
  }
  return paginate(items, { marker: params.get('Marker'), pageSize, min: MIN_RECORDS, max: MAX_RECORDS });
}

/** What a filter compares with, by its name. */
type FilterFields<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

/** Filters narrow one another; the values of one are alternatives. */
function filtered<T>(items: readonly T[], filters: readonly Filter[], fields: FilterFields<T>): readonly T[] {
  return filters.reduce((left, { name, values }) => {
    const field = fields[name];
    if (!field) throw invalidParameterValue(`Unrecognized filter name: ${name}`);
    if (values.length === 0) throw invalidParameterValue(`Filter ${name} has no values`);
    return left.filter((item) => field(item).some((value) => value && values.some((v) => sameId(v, value))));
  }, items);
}

const arnSibling = (arn: string, type: string, id: string | undefined) =>
  id && arn.replace(/:db:.*$/, `:${type}:${id}`);

const INSTANCE_FILTERS: FilterFields<InstanceView> = {
  'db-instance-id': ({ id, arn }) => [id, arn],
  'db-cluster-id': ({ clusterId, arn }) => [clusterId, arnSibling(arn, 'cluster', clusterId)],
  'dbi-resource-id': ({ resourceId }) => [resourceId],
  engine: ({ engine }) => [engine],
  domain: () => [],
};

type Cluster = { readonly cluster: ClusterView };

const CLUSTER_FILTERS: FilterFields<Cluster> = {
  'db-cluster-id': ({ cluster }) => [cluster.id, cluster.arn],
  'db-cluster-resource-id': ({ cluster }) => [cluster.resourceId],
  engine: ({ cluster }) => [cluster.engine],
  'clone-group-id': () => [],
  domain: () => [],
};

export const describeInstances =
  (inventory: Inventory): Operation =>
  (params) => {
    const wanted = params.get('DBInstanceIdentifier');
    const all = inventory.instances();
    const named = wanted ? all.filter(({ id, arn }) => sameId(id, wanted) || arn === wanted) : all;
    if (wanted && named.length === 0) throw instanceNotFound(wanted);
    const page = pageOf(filtered(named, filtersParam(params), INSTANCE_FILTERS), params);
    return {
      DBInstances: { DBInstance: page.items.map((item) => instanceXml(item, inventory.vpcId)) },
      Marker: page.nextMarker,
    };
  };

export const describeClusters =
  (inventory: Inventory): Operation =>
  (params) => {
    const wanted = params.get('DBClusterIdentifier');
    const all = inventory.clusters();
    const named = wanted ? all.filter(({ cluster }) => sameId(cluster.id, wanted) || cluster.arn === wanted) : all;
    if (wanted && named.length === 0) throw clusterNotFound(wanted);
    const page = pageOf(filtered(named, filtersParam(params), CLUSTER_FILTERS), params);
    const clusters = page.items.map(({ cluster, members }) => clusterXml(cluster, members));
    return { DBClusters: { DBCluster: clusters }, Marker: page.nextMarker };
  };
