import type { ClusterView, CustomEndpointView } from '../../world/database/view.ts';
import type { Operation, XmlValue } from '../../world/types.ts';
import { pageOf, selected } from './describe.ts';
import { clusterEndpointNotFound, clusterNotFound } from './faults.ts';
import { type Inventory, sameId } from './inventory.ts';

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
