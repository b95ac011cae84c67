import { canonicalIp } from '../addresses.ts';
import {
  type Database,
  type Desired,
  type Endpoint,
  isLive,
  type RegisteredTarget,
  type Target,
  type Timings,
  type Topology,
  targetKey,
} from '../domain.ts';
import type { DnsAnswer, TopologyObservation } from '../ports.ts';
import type { Heard } from './probe.ts';

/** What the RDS API and DNS said at one moment. */
export type Lookups = {
  readonly at: number;
  /** Undefined for a hostname. */
  readonly topology?: TopologyObservation;
  readonly answers: ReadonlyMap<string, DnsAnswer>;
};

/** A usable answer for the followed name. `isRepeated`: it may be the previous answer, once more from a cache. */
export type Answer = {
  readonly at: number;
  readonly addresses: readonly string[];
  readonly ttlMs?: number;
  readonly isRepeated?: boolean;
};

/** The same for the same addresses, which stand in one order in each answer. */
export const addressKey = (addresses: readonly string[]): string => addresses.join(' ');

type Since = { readonly key: string; readonly since: number };

/**
 * What one run has seen so far; each pass replaces the value. Nothing of it outlives the run: the next one reads everything anew. Times
 * are ms since the epoch.
 */
export type Observations = {
  readonly startedAt: number;
  /** The answer for the followed name: since when it has been the same, and whether it ever changed. */
  readonly followed?: Since & { readonly moved: boolean };
  /** Oldest first. */
  readonly answers: readonly Answer[];
  readonly desired?: Since;
  /** What is in the group now, what of it is `initial`, and what has left it since the first read. */
  readonly live: ReadonlySet<string>;
  readonly initial: ReadonlySet<string>;
  readonly removedSince: ReadonlySet<string>;
  /** When each target was last seen to be new: `initial`, or not there in the read before. */
  readonly lastNewAt: ReadonlyMap<string, number>;
  /** What was in the group when this run first read it. */
  readonly liveAtFirst?: ReadonlySet<string>;
  /** When this run last saw the group change. */
  readonly groupMovedAt?: number;
  /** What the members say of themselves; undefined: they are not asked. */
  readonly heard?: Heard;
};

export const newObservations = (startedAt: number): Observations => ({
  startedAt,
  answers: [],
  live: new Set(),
  initial: new Set(),
  removedSince: new Set(),
  lastNewAt: new Map(),
});

/** AWS's name servers change late and flap for half a minute: an answer this old is stable. */
export const stabilityMs = ({ settleMs }: Timings): number => settleMs / 3;

/** How long a reversal waits, counted from the latest change of the group or of the answer. */
export const reversalMs = ({ settleMs }: Timings): number => settleMs / 3;

/** Longer than DNS lag and flapping last together after a failover: only an answer this old outweighs the API and a fresh registration. */
export const contestedMs = ({ settleMs }: Timings): number => 2 * settleMs;

/**
 * How long a target counts as new after the read that last showed it new: no run removes it in that time. A run that an event woke removes
 * another target beside it only in the first three quarters, so that a removal by the drift check, which waits for the end, comes later.
 */
export const gracePeriodMs = ({ settleMs }: Timings): number => settleMs / 3;

/** One TTL of RDS's names (5 s) and a little more: a second lookup after this is a new answer. */
export const confirmationMs = ({ settleMs }: Timings): number => settleMs / 5;

/** An address of a name is gone only after it was absent from this many answers in a row, over this long a time. */
export const absences = { answers: 5, windowMs: ({ settleMs }: Timings): number => (settleMs * 4) / 5 };

/** The name whose answer decides: the database's own endpoint. What was known at deployment serves while the API does not answer. */
export function followedEndpoint(database: Database, topology: TopologyObservation | undefined): Endpoint | undefined {
  if (database.hostname && database.kind === 'hostname') return { host: database.hostname };
  return topology?.kind === 'seen' ? topology.topology.endpoint : database.endpoint;
}

export const topologyOf = (observation: TopologyObservation | undefined): Topology | undefined =>
  observation?.kind === 'seen' ? observation.topology : undefined;

export function rememberLookups(
  observations: Observations,
  lookups: Lookups,
  database: Database,
  timings: Timings,
): Observations {
  const { at } = lookups;
  const host = followedEndpoint(database, lookups.topology)?.host;
  const answer = host === undefined ? undefined : lookups.answers.get(host);
  // A failed lookup is no answer: it neither moves the name nor extends the time in which it was stable.
  if (answer?.kind !== 'addresses') return observations;
  const key = addressKey(answer.addresses);
  const same = observations.followed?.key === key;
  const followed = {
    key,
    since: same ? (observations.followed?.since ?? at) : at,
    moved: (observations.followed?.moved ?? false) || (observations.followed !== undefined && !same),
  };
  const { ttlMs } = answer;
  const latest: Answer = {
    at,
    addresses: answer.addresses.map(canonicalIp),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
  const isRepeated = repeats(latest, observations.answers, timings);
  return {
    ...observations,
    followed,
    answers: [...observations.answers, isRepeated ? { ...latest, isRepeated } : latest],
  };
}

/** A cache counts the TTL down in whole seconds, so a repeated answer expires at the same moment. RDS's names have a TTL of 5 s. */
function repeats(answer: Answer, before: readonly Answer[], timings: Timings): boolean {
  const last = before.findLast(({ isRepeated }) => !isRepeated);
  if (!last || addressKey(answer.addresses) !== addressKey(last.addresses)) return false;
  const ttlOf = ({ ttlMs = timings.settleMs / 6 }: Answer) => ttlMs;
  const endOf = (one: Answer) => one.at + ttlOf(one);
  return answer.at < endOf(last) || endOf(answer) < endOf(last) + Math.min(1000, ttlOf(last));
}

export function rememberDesired(observations: Observations, desired: Desired): Observations {
  if (desired.kind === 'hold') return observations;
  const key = keysOf(desired.targets).join(' ');
  const before = observations.desired?.key === key ? observations.desired.since : Number.POSITIVE_INFINITY;
  return { ...observations, desired: { key, since: Math.min(before, desired.evidence.since) } };
}

/** `unseen`: registered by this run and in no list yet, so its absence does not mean that it left. */
export function rememberObserved(
  observations: Observations,
  observed: readonly RegisteredTarget[],
  at: number,
  unseen: ReadonlySet<string> = new Set(),
): Observations {
  const present = observed.filter(isLive);
  const live = new Set(present.map(targetKey));
  const initial = new Set(present.filter(({ state }) => state === 'initial').map(targetKey));
  const isRead = observations.liveAtFirst !== undefined;
  // Between two reads a target may have left and come back: then it is `initial` again.
  const isGone = (key: string) => !live.has(key) || (initial.has(key) && !observations.initial.has(key));
  const known = [...observations.live].filter((key) => live.has(key) || !unseen.has(key));
  const gone = known.filter(isGone);
  const isMoved = isRead && (gone.length > 0 || live.size !== known.length);
  const removedSince = new Set([...observations.removedSince, ...gone]);
  const isNew = (key: string) => initial.has(key) || (isRead && !observations.live.has(key));
  const lastNewAt = new Map([...observations.lastNewAt, ...[...live].filter(isNew).map((key) => [key, at] as const)]);
  return {
    ...observations,
    liveAtFirst: observations.liveAtFirst ?? live,
    live,
    initial,
    removedSince,
    lastNewAt,
    ...(isMoved ? { groupMovedAt: at } : {}),
  };
}

export const rememberDeregistered = (observations: Observations, targets: readonly Target[]): Observations => ({
  ...observations,
  removedSince: new Set([...observations.removedSince, ...targets.map(targetKey)]),
});

const keysOf = (targets: readonly Target[]): string[] => targets.map(targetKey).sort();
