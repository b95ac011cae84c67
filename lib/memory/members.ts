import type { Timings } from '../domain.ts';
import type { EventMatch } from '../events.ts';
import type { Ports, TopologyObservation } from '../ports.ts';

/**
 * What an execution environment keeps between its runs: the members that the RDS API named last, in lower case, and when an event last
 * made a run ask for them; ms since the epoch.
 */
export type Members = { ids: ReadonlySet<string>; askedAt: number };

export const noMembers = (): Members => ({ ids: new Set(), askedAt: Number.NEGATIVE_INFINITY });

export function rememberMembers(members: Members, observation: TopologyObservation | undefined): void {
  if (observation?.kind === 'seen')
    members.ids = new Set(observation.topology.instances.map(({ id }) => id.toLowerCase()));
}

type Membership =
  | { readonly kind: 'member' | 'unknown'; readonly observation?: TopologyObservation }
  | { readonly kind: 'not-member'; readonly message: string; readonly observation?: undefined };

/**
 * Whether an event about an instance concerns the cluster. Members come and go, so no rule can filter these events, and each instance of the
 * account wakes every cluster's function: an environment asks the API about unknown ones once in a settle time. What it misses meanwhile
 * the drift check finds.
 */
export async function membership(
  { topology, clock }: Ports,
  { instanceId, isDeleted, trigger }: Extract<EventMatch, { kind: 'if-member' }>,
  members: Members,
  { settleMs }: Timings,
  signal?: AbortSignal,
): Promise<Membership> {
  if (members.ids.has(instanceId)) return { kind: 'member' };
  const now = clock.now();
  const ageMs = now - members.askedAt;
  const said = `${trigger.eventId} is about ${instanceId}`;
  if (ageMs < settleMs) {
    const ago = `${Math.round(ageMs / 1000)} s ago`;
    const why =
      members.ids.size > 0
        ? `which was no member of the cluster when the RDS API was asked ${ago}`
        : `of which the RDS API did not say ${ago} whether it is a member; the group was checked then`;
    return { kind: 'not-member', message: `${said}, ${why}` };
  }
  members.askedAt = now;
  // It may have been a member until now, and its address may still be in the group.
  if (isDeleted) return { kind: 'unknown' };
  const observation = await topology?.describe(signal);
  rememberMembers(members, observation);
  if (observation?.kind !== 'seen') return { kind: 'unknown', ...(observation ? { observation } : {}) };
  if (members.ids.has(instanceId)) return { kind: 'member', observation };
  return { kind: 'not-member', message: `${said}, which is no member of the cluster` };
}
