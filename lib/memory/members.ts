import type { EventMatch } from '../events.ts';
import type { RunRequest } from '../observations/run-state.ts';
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
 * Whether an event about an instance concerns the cluster. Members come and go, so no rule can name them, and without a prefix each instance
 * of the account wakes every cluster's function: an environment asks the API about unknown ones once in a settle time, and a throttled
 * API in one attempt. What it misses meanwhile the drift check finds.
 */
export async function membership(
  { topology, topologyOnce = topology, clock }: Ports,
  { instanceId, isDeleted, trigger }: Extract<EventMatch, { kind: 'if-member' }>,
  members: Members,
  { database: { memberPrefix }, timings: { settleMs } }: Pick<RunRequest, 'database' | 'timings'>,
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
        : `of which the RDS API did not say ${ago} whether it is a member; the next check asks again`;
    return { kind: 'not-member', message: `${said}, ${why}` };
  }
  members.askedAt = now;
  // It may have been a member until now, and its address may still be in the group.
  if (isDeleted) return { kind: 'unknown' };
  // What begins as the members do is likely one.
  const hasNoPrefix = memberPrefix === undefined;
  const observation = await (hasNoPrefix ? topologyOnce : topology)?.describe(signal);
  rememberMembers(members, observation);
  if (observation?.kind !== 'seen')
    return hasNoPrefix && isThrottled(observation)
      ? { kind: 'not-member', message: `${said}, and the RDS API is throttled: the next check asks again` }
      : { kind: 'unknown', ...(observation ? { observation } : {}) };
  if (members.ids.has(instanceId)) return { kind: 'member', observation };
  return { kind: 'not-member', message: `${said}, which is no member of the cluster` };
}

const isThrottled = (observation: TopologyObservation | undefined): boolean =>
  observation?.kind === 'unavailable' && observation.error.code === 'Throttled';
