import type { ClusterView, CustomEndpointView, InstanceView } from '../../world/database/view.ts';
import type { AwsError } from '../wire/aws-error.ts';
import { type Filter, filtersParam, type Page, paginate } from '../wire/params.ts';
import type { Operation, QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import {
  clusterEndpointNotFound,
  clusterNotFound,
  instanceNotFound,
  invalidParameterCombination,
  invalidParameterValue,
} from './faults.ts';
import { type Inventory, sameId } from './inventory.ts';
import { clusterXml, instanceXml } from './xml.ts';

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
  // The AWS CLI sends an empty marker for the first page.
  const marker = params.get('Marker') || undefined;
  const badMarker = () => invalidParameterValue(`Invalid value ${marker} for Marker`);
  return paginate(items, { marker, pageSize, min: MIN_RECORDS, max: MAX_RECORDS, badMarker });
}

/** What a filter compares with, by its name. */
type FilterFields<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

/** @throws AwsError for a filter that this operation does not have, or one without values */
function known<T>(name: string, values: readonly string[], fields: FilterFields<T>): void {
  if (!Object.hasOwn(fields, name)) throw invalidParameterValue(`Unrecognized filter name: ${name}`);
  if (values.length === 0) throw invalidParameterCombination(`The values of the filter ${name} must not be empty`);
}

/** Filters narrow one another; the values of one are alternatives. */
const filtered = <T>(items: readonly T[], filters: readonly Filter[], fields: FilterFields<T>): readonly T[] =>
  items.filter((item) =>
    filters.every(({ name, values }) =>
      fields[name]?.(item).some((field) => field && values.some((value) => sameId(value, field))),
    ),
  );

/**
 * What the request asks for. RDS takes an identifier for one more value of the filter by identifier: it widens that filter, the others
 * narrow both, and an identifier that leads to nothing is "not found" whether it exists or not (getmoto/moto, tests of the filters).
 */
function selected<T>(
  items: readonly T[],
  params: QueryParams,
  by: { readonly identifier: string; readonly filter: string; readonly fields: FilterFields<T> },
  notFound: (id: string) => AwsError,
): readonly T[] {
  const wanted = params.get(by.identifier);
  const filters = filtersParam(params);
  const withIdentifier = (filter: Filter): Filter =>
    wanted && filter.name === by.filter ? { ...filter, values: [...filter.values, wanted] } : filter;
  const own = wanted && !filters.some(({ name }) => name === by.filter) ? [{ name: by.filter, values: [wanted] }] : [];
  for (const { name, values } of filters) known(name, values, by.fields);
  const found = filtered(items, [...filters.map(withIdentifier), ...own], by.fields);
  if (wanted && found.length === 0) throw notFound(wanted);
  return found;
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

type ClusterWithMembers = { readonly cluster: ClusterView; readonly members: readonly InstanceView[] };

const CLUSTER_FILTERS: FilterFields<ClusterWithMembers> = {
  'db-cluster-id': ({ cluster }) => [cluster.id, cluster.arn],
  'db-cluster-resource-id': ({ cluster }) => [cluster.resourceId],
  engine: ({ cluster }) => [cluster.engine],
  'clone-group-id': () => [],
  domain: () => [],
};

const INSTANCES = { identifier: 'DBInstanceIdentifier', filter: 'db-instance-id', fields: INSTANCE_FILTERS };
const CLUSTERS = { identifier: 'DBClusterIdentifier', filter: 'db-cluster-id', fields: CLUSTER_FILTERS };

export const describeInstances =
  (inventory: Inventory): Operation =>
  (params) => {
    const found = selected(inventory.instances(), params, INSTANCES, instanceNotFound);
    const page = pageOf(found, params);
    return {
      DBInstances: { DBInstance: page.items.map((item) => instanceXml(item, inventory)) },
      Marker: page.nextMarker,
    };
  };

export const describeClusters =
  (inventory: Inventory): Operation =>
  (params) => {
    const found = selected(inventory.clusters(), params, CLUSTERS, clusterNotFound);
    const page = pageOf(found, params);
    const clusters = page.items.map(({ cluster, members }) => clusterXml(cluster, members));
    return { DBClusters: { DBCluster: clusters }, Marker: page.nextMarker };
  };

type EndpointView = {
  readonly cluster: ClusterView;
  readonly type: 'WRITER' | 'READER' | 'CUSTOM';
  readonly address: string;
  readonly custom?: CustomEndpointView;
};

/** The two endpoints that every cluster has, which carry no identifier, and the custom ones. */
const endpointsOf = (cluster: ClusterView): readonly EndpointView[] => [
  { cluster, type: 'WRITER', address: cluster.endpoint },
  { cluster, type: 'READER', address: cluster.readerEndpoint },
  ...cluster.customEndpoints.map((custom) => ({ cluster, type: 'CUSTOM' as const, address: custom.address, custom })),
];

const BY = {
  identifier: 'DBClusterEndpointIdentifier',
  filter: 'db-cluster-endpoint-id',
  fields: {
    'db-cluster-endpoint-id': ({ custom }: EndpointView) => [custom?.id],
    'db-cluster-endpoint-type': ({ type }: EndpointView) => [type],
    'db-cluster-endpoint-custom-type': ({ custom }: EndpointView) => [custom?.type],
    'db-cluster-endpoint-status': () => ['available'],
  },
};

/** Aurora alone has them. */
export const describeClusterEndpoints =
  (inventory: Inventory): Operation =>
  (params) => {
    const wanted = params.get('DBClusterIdentifier');
    const clusters = inventory.clusters().map(({ cluster }) => cluster);
    const own = clusters.filter(({ id, arn }) => !wanted || sameId(id, wanted) || arn === wanted);
    if (wanted && own.length === 0) throw clusterNotFound(wanted);
    const page = pageOf(selected(own.flatMap(endpointsOf), params, BY, clusterEndpointNotFound), params);
    return { DBClusterEndpoints: { DBClusterEndpointList: page.items.map(endpointXml) }, Marker: page.nextMarker };
  };

const endpointXml = ({ cluster, type, address, custom }: EndpointView): XmlValue => ({
  ...(custom
    ? {
        DBClusterEndpointIdentifier: custom.id,
        DBClusterEndpointResourceIdentifier: custom.resourceId,
        DBClusterEndpointArn: cluster.arn.replace(/:cluster:.*$/, `:cluster-endpoint:${custom.id}`),
        CustomEndpointType: custom.type,
        StaticMembers: { member: custom.staticMembers ?? [] },
        ExcludedMembers: { member: custom.excludedMembers ?? [] },
      }
    : {}),
  DBClusterIdentifier: cluster.id,
  Endpoint: address,
  Status: 'available',
  EndpointType: type,
});
