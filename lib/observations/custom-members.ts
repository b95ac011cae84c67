import type { Database, DbInstance, Hold, Topology } from '../domain.ts';

/*
 * A custom endpoint of an Aurora cluster is a list of members: some by name, or all but some. Its type says which of them it leads to:
 * READER to readers alone, ANY to the writer as well. The list stays as it is when a member becomes the writer ("Considerations for
 * custom endpoints" in the Aurora user guide), so that the type decides.
 */

export type CustomMembers = {
  /** All in its list. */
  readonly listed: readonly DbInstance[];
  readonly leadsToWriter: boolean;
};

/** The members of the endpoint, or why they are not known. */
export function customMembers(
  { id = '', customEndpoint = '' }: Database,
  { customEndpoints = [], instances }: Topology,
): CustomMembers | Hold {
  const endpoint = customEndpoints.find((one) => one.id === customEndpoint.toLowerCase());
  if (!endpoint) {
    const there = customEndpoints.map((one) => one.id).join(', ');
    return hold(`cluster ${id} has no custom endpoint ${customEndpoint}; it has ${there || 'none'}`);
  }
  if (endpoint.type === 'WRITER')
    return hold(`custom endpoint ${endpoint.id} is of type WRITER; use "role": "writer" without "endpointId"`);
  if (!usableStatuses.has(endpoint.status)) return hold(`custom endpoint ${endpoint.id} is ${endpoint.status}`);
  const { members, excluded } = endpoint;
  const isListed = (name: string) => (members.length > 0 ? members.includes(name) : !excluded.includes(name));
  return {
    listed: instances.filter((one) => isListed(one.id.toLowerCase())),
    leadsToWriter: endpoint.type === 'ANY',
  };
}

/** Not so `creating`, `deleting` and `inactive`. */
const usableStatuses = new Set(['available', 'modifying']);

const hold = (message: string): Hold => ({ kind: 'hold', reason: 'NoReader', message });
