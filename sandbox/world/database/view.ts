import type { ZonedSubnet } from '../../../lib/nature.ts';
import type { Place } from '../network.ts';
import { clusterArn, clusterEndpoint, customEndpoint, instanceArn, instanceEndpoint, readerEndpoint } from './names.ts';
import type { CustomEndpoint, DatabaseState, Member } from './state.ts';

/** One DB instance as the API returns it. `endpoint` is absent while AWS creates it. */
export type InstanceView = {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly clusterId?: string;
  readonly isWriter: boolean;
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string;
  /** The default group of the engine when absent. */
  readonly parameterGroup?: string;
  readonly endpoint?: { readonly address: string; readonly port: number };
  readonly availabilityZone: string;
  readonly secondaryAvailabilityZone?: string;
  readonly multiAz: boolean;
  readonly networkType: 'IPV4' | 'DUAL';
  /** False when absent. */
  readonly publiclyAccessible?: boolean;
  /** The sandbox's group of databases when absent. */
  readonly securityGroupIds?: readonly string[];
  /** Of its subnet group; those of the sandbox's VPC when absent. */
  readonly subnets?: readonly ZonedSubnet[];
};

export type CustomEndpointView = CustomEndpoint & { readonly resourceId: string; readonly address: string };

export type ClusterView = {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string;
  /** The default group of the engine when absent. */
  readonly parameterGroup?: string;
  readonly endpoint: string;
  readonly readerEndpoint: string;
  readonly port: number;
  readonly networkType: 'IPV4' | 'DUAL';
  readonly customEndpoints: readonly CustomEndpointView[];
};

/** One database as the control plane shows it; `cluster` is absent for a plain instance. */
export type DatabaseView = { readonly instances: readonly InstanceView[]; readonly cluster?: ClusterView };

function instanceView(state: DatabaseState, member: Member, { region, account }: Place): InstanceView {
  const { host, standby } = member;
  const retired = state.retired.includes(member);
  return {
    id: member.id,
    arn: instanceArn(member.id, region, account),
    resourceId: member.resourceId,
    ...(state.kind === 'cluster' ? { clusterId: retired ? `${state.id}-old1` : state.id } : {}),
    isWriter: !retired && member.role === 'writer',
    status: member.status,
    engine: state.engine,
    engineVersion: state.engineVersion,
    endpoint: { address: instanceEndpoint(member.id, region), port: state.port },
    availabilityZone: host.availabilityZone,
    ...(standby ? { secondaryAvailabilityZone: standby.availabilityZone } : {}),
    multiAz: standby !== undefined,
    networkType: host.ipv6 ? 'DUAL' : 'IPV4',
  };
}

/** A cluster is stopped and started with all its members; a status of only some of them is not the cluster's. */
function clusterStatus({ failingOver, members }: DatabaseState): string {
  if (failingOver) return 'failing-over';
  const together = ['stopping', 'stopped', 'starting'].find((status) => members.every((one) => one.status === status));
  return together ?? 'available';
}

/** The view of the present state; the sandbox shows it later. */
export function viewOf(state: DatabaseState, place: Place): DatabaseView {
  const instances = [...state.members, ...state.retired].map((member) => instanceView(state, member, place));
  if (state.kind === 'instance') return { instances };
  const { region, account } = place;
  return {
    instances,
    cluster: {
      id: state.id,
      arn: clusterArn(state.id, region, account),
      resourceId: state.resourceId,
      status: clusterStatus(state),
      engine: state.engine,
      engineVersion: state.engineVersion,
      endpoint: clusterEndpoint(state.id, region),
      readerEndpoint: readerEndpoint(state.id, region),
      port: state.port,
      networkType: state.members.some(({ host }) => host.ipv6) ? 'DUAL' : 'IPV4',
      customEndpoints: state.customEndpoints.map((endpoint, index) => ({
        ...endpoint,
        resourceId: `cluster-endpoint-SANDBOX${String(index + 1).padStart(18, '0')}`,
        address: customEndpoint(endpoint.id, region),
      })),
    },
  };
}

/** Instance id → its zones, which AWS was seen to show minutes after everything else. */
type ZonesView = Readonly<Record<string, Pick<InstanceView, 'availabilityZone' | 'secondaryAvailabilityZone'>>>;

export const zonesOf = (view: DatabaseView): ZonesView =>
  Object.fromEntries(
    view.instances.map(({ id, availabilityZone, secondaryAvailabilityZone }) => [
      id,
      { availabilityZone, ...(secondaryAvailabilityZone ? { secondaryAvailabilityZone } : {}) },
    ]),
  );

/** The view with the zones of an older one. */
export const withZones = (view: DatabaseView, zones: ZonesView): DatabaseView => ({
  ...view,
  instances: view.instances.map((instance) => ({ ...instance, ...zones[instance.id] })),
});

/** The view without transient fields: two views that differ only in a status have the same topology. */
export const topologyText = (view: DatabaseView): string =>
  JSON.stringify({
    cluster: { ...view.cluster, status: '' },
    instances: view.instances.map((instance) => ({ ...instance, status: '', availabilityZone: '' })),
  });

// Transient answers of the API that clients do not expect; for `overrideApiView`.

const bendInstances =
  (bend: (instance: InstanceView) => InstanceView) =>
  (view: DatabaseView): DatabaseView => ({ ...view, instances: view.instances.map(bend) });

/** Every member is a reader, as in the middle of a failover. */
export const noWriter = bendInstances((instance) => ({ ...instance, isWriter: false }));

/** Every member claims to be the writer. */
export const twoWriters = bendInstances((instance) => ({ ...instance, isWriter: true }));

/** The writer is listed and has no endpoint, as while AWS creates it. */
export const writerWithoutEndpoint = bendInstances((instance) => {
  if (!instance.isWriter) return instance;
  const { endpoint: _, ...rest } = instance;
  return { ...rest, status: 'creating' };
});

/** Nothing is listed: the database was deleted. */
export const deleted = (_: DatabaseView): DatabaseView => ({ instances: [] });
