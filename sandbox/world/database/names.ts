import type { DatabaseState } from './state.ts';

export type DatabaseNames = {
  /** What a client connects to: the instance's endpoint, or the cluster's writer endpoint. */
  readonly endpoint: string;
  readonly readerEndpoint?: string;
  /** Custom endpoints of a cluster, by their identifiers. */
  readonly customEndpoints?: Readonly<Record<string, string>>;
  /** Instance endpoints by member id. */
  readonly instances: Readonly<Record<string, string>>;
};

// The part that AWS draws per account and region; one for all sandboxes, so that names can be written into a test.
const ACCOUNT_PART = 'c1example';

const domain = (region: string) => `${ACCOUNT_PART}.${region}.rds.amazonaws.com`;

export const instanceEndpoint = (id: string, region: string): string => `${id}.${domain(region)}`;

export const clusterEndpoint = (id: string, region: string): string => `${id}.cluster-${domain(region)}`;

export const readerEndpoint = (id: string, region: string): string => `${id}.cluster-ro-${domain(region)}`;

export const customEndpoint = (id: string, region: string): string => `${id}.cluster-custom-${domain(region)}`;

export const instanceArn = (id: string, region: string, account: string): string =>
  `arn:aws:rds:${region}:${account}:db:${id}`;

export const clusterArn = (id: string, region: string, account: string): string =>
  `arn:aws:rds:${region}:${account}:cluster:${id}`;

export function namesOf(state: DatabaseState, region: string): DatabaseNames {
  const instances = Object.fromEntries(state.members.map(({ id }) => [id, instanceEndpoint(id, region)]));
  const first = state.members[0];
  const customEndpoints = Object.fromEntries(state.customEndpoints.map(({ id }) => [id, customEndpoint(id, region)]));
  return state.kind === 'cluster'
    ? {
        endpoint: clusterEndpoint(state.id, region),
        readerEndpoint: readerEndpoint(state.id, region),
        ...(state.customEndpoints.length > 0 ? { customEndpoints } : {}),
        instances,
      }
    : { endpoint: instanceEndpoint(first?.id ?? state.id, region), instances };
}
