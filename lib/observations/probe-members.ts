import { canonicalIp, isAllowed } from '../addresses.ts';
import { type Endpoint, targetKey } from '../domain.ts';
import type { Member } from '../ports.ts';
import { type DecisionInput, soleAddress } from './decision-input.ts';
import { followedEndpoint, topologyOf } from './observations.ts';

/**
 * Whom to ask: the members that the RDS API lists, where DNS has been asked for all of them; for an instance its endpoint's address, and the
 * address that the endpoint led to before, while the group holds it.
 */
export function membersOf({
  database,
  allowedCidrs,
  lookups,
  observations,
}: Pick<DecisionInput, 'database' | 'allowedCidrs' | 'lookups' | 'observations'>): readonly Member[] {
  const topology = topologyOf(lookups.topology);
  const followed = followedEndpoint(database, lookups.topology);
  const at = ({ host, port = followed?.port }: Endpoint, ip: string): readonly Member[] => {
    const asked = database.port ?? port;
    return asked !== undefined && isAllowed(ip, allowedCidrs) ? [{ ip: canonicalIp(ip), port: asked, host }] : [];
  };
  if (database.kind === 'instance' && database.role === 'writer') {
    const now = soleAddress(lookups.answers.get(followed?.host ?? ''));
    const before = observations.answers.flatMap(({ addresses }) => (addresses.length === 1 ? addresses : []));
    const former = [...new Set(before)].flatMap((ip) => (followed && ip !== now ? at(followed, ip) : []));
    const registered = former.filter((one) => observations.live.has(targetKey(one)));
    return followed && now ? [...at(followed, now), ...registered] : registered;
  }
  const endpoints = (topology?.instances ?? []).flatMap(({ endpoint }) => endpoint ?? []);
  if (!endpoints.every(({ host }) => lookups.answers.has(host))) return [];
  return endpoints.flatMap((endpoint) => {
    const ip = soleAddress(lookups.answers.get(endpoint.host));
    return ip ? at(endpoint, ip) : [];
  });
}
