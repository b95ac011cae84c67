import type { Operation } from '../wire/query.ts';
import { pageParam } from './group-operations.ts';

/** AWS's defaults ("Quotas for your Network Load Balancers"), by the names that DescribeAccountLimits has for them. Tests change them. */
export const defaultLimits = (): Map<string, number> =>
  new Map([
    ['application-load-balancers', 50],
    ['target-groups', 3000],
    ['network-load-balancers', 50],
    ['listeners-per-network-load-balancer', 50],
    ['targets-per-network-load-balancer', 3000],
    ['targets-per-availability-zone-per-network-load-balancer', 500],
    ['target-groups-per-action-on-network-load-balancer', 1],
  ]);

export const describeAccountLimits =
  (limits: ReadonlyMap<string, number>): Operation =>
  (params) => {
    const all = [...limits].map(([Name, max]) => ({ Name, Max: String(max) }));
    const { items, nextMarker } = pageParam(all, params);
    return { Limits: { member: items }, NextMarker: nextMarker };
  };
