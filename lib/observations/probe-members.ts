import { canonicalIp, isAllowed } from '../addresses.ts';
import { type Endpoint, type Topology, targetKey } from '../domain.ts';
import type { Member } from '../ports.ts';
import { type DecisionInput, soleAddress } from './decision-input.ts';
import { followedEndpoint, topologyOf } from './observations.ts';
import type { RunRequest, RunState } from './run-state.ts';
import { standbyBeside } from './standby.ts';

/**
 * Whom to ask: the members that the RDS API lists, where DNS has been asked for all of them; for an instance its endpoint's address, and the
 * address that the endpoint led to before, while the group holds it, and its proven standby.
 */
export function membersOf({
  database,
  allowedCidrs,
  lookups,
  observations,
  marked,
}: Pick<DecisionInput, 'database' | 'allowedCidrs' | 'lookups' | 'observations' | 'marked'>): readonly Member[] {
  const topology = topologyOf(lookups.topology);
  const followed = followedEndpoint(database, lookups.topology);
  const at = ({ host, port = followed?.port }: Endpoint, ip: string): readonly Member[] => {
    const asked = database.port ?? port;
    return asked !== undefined && isAllowed(ip, allowedCidrs) ? [{ ip: canonicalIp(ip), port: asked, host }] : [];
  };
  if (database.kind === 'instance' && database.role === 'writer') {
    const now = soleAddress(lookups.answers.get(followed?.host ?? ''));
    const before = observations.answers.flatMap(({ addresses }) => (addresses.length === 1 ? addresses : []));
    const standby = now && marked ? standbyBeside(now, marked, topology) : undefined;
    const proven = standby?.kind === 'proven' ? standby.ip : undefined;
    const others = [...new Set([...before, ...(proven ? [proven] : [])])].filter((ip) => ip !== now);
    return [...(now ? [now] : []), ...others]
      .flatMap((ip) => (followed ? at(followed, ip) : []))
      .filter((one) => one.ip === now || one.ip === proven || observations.live.has(targetKey(one)));
  }
  const endpoints = (topology?.instances ?? []).flatMap(({ endpoint }) => endpoint ?? []);
  if (!endpoints.every(({ host }) => lookups.answers.has(host))) return [];
  return endpoints.flatMap((endpoint) => {
    const ip = soleAddress(lookups.answers.get(endpoint.host));
    return ip ? at(endpoint, ip) : [];
  });
}

/** Whom a run would ask by what it has looked up. */
export const membersIn = (
  { database, policy: { allowedCidrs } }: RunRequest,
  { lookups, observations, marked }: RunState,
): readonly Member[] =>
  lookups
    ? membersOf({ database, allowedCidrs, lookups, observations, ...(marked ? { marked: marked.seen } : {}) })
    : [];

/** Whether one that the API lists is not among those that are asked. What is being created takes no writes. */
export const isPartial = (topology: Topology | undefined, asked: readonly Member[]): boolean =>
  (topology?.instances ?? []).some(({ endpoint, status }) =>
    endpoint ? !asked.some(({ host }) => host === endpoint.host) : status !== 'creating',
  );
