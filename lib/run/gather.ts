import { namesWanted } from '../decision/desired.ts';
import type { Database, Target } from '../domain.ts';
import { ReconcileError } from '../errors.ts';
import {
  addressKey,
  followedEndpoint,
  type Lookups,
  type Observations,
  rememberLookups,
  topologyOf,
} from '../observations/observations.ts';
import { type Owner, ownerOf } from '../observations/owners.ts';
import { isAtRest, type Observed, type Refresh, type RunRequest, type RunState } from '../observations/run-state.ts';
import type { DnsAnswer, Ports, TopologyObservation } from '../ports.ts';
import { within } from '../within.ts';

/** Asks the RDS API when that is due, and DNS always: DNS is free, and the API's rate limit is the account's. */
export async function gather(
  ports: Ports,
  request: RunRequest,
  before: RunState,
  refresh: Refresh,
  signal?: AbortSignal,
): Promise<RunState> {
  if (refresh === 'heard' && before.lookups)
    return { ...before, lookups: { ...before.lookups, at: ports.clock.now() } };
  const isAsked = refresh === 'all' || isTopologyDue(request, before, ports.clock.now());
  const marking = refresh === 'all' ? askMarked(ports, request, signal) : undefined;
  let state = isAsked ? await askTopology(ports, request, before, signal) : before;
  if (marking) state = { ...state, marked: await marking };
  let lookups = await resolveNames(ports, request.database, state, new Map(), signal);
  const isMoved = hasMoved(request.database, before.observations, lookups);
  // DNS hints at a change, so the API is asked again. An instance needs no second opinion: its name is the truth.
  if (isMoved && !isAsked && request.database.kind === 'cluster') {
    state = await askTopology(ports, request, state, signal);
    lookups = await resolveNames(ports, request.database, state, lookups.answers, signal);
  }
  const observations = rememberLookups(state.observations, lookups, request.database, request.timings);
  return { ...state, lookups, observations, ...(isMoved ? { movedAt: lookups.at } : {}) };
}

const isTopologyDue = ({ timings }: RunRequest, { topology }: RunState, now: number): boolean =>
  topology === undefined || now - topology.at >= Math.max(topology.pollIntervalMs, timings.settleMs / 3);

/** Only the API lists the readers and their ports, so a stale topology changes neither. */
export const isStaleTopology = (
  { database, timings }: RunRequest,
  { plan, topology, observed, marked }: RunState,
  now: number,
): boolean =>
  plan?.kind === 'change' &&
  (((database.role !== 'writer' || movesPort(plan, observed)) && now - (topology?.at ?? now) >= timings.settleMs / 6) ||
    (marked !== undefined && now - marked.at >= timings.settleMs / 6));

const movesPort = ({ register }: { readonly register: readonly Target[] }, observed: Observed | undefined): boolean =>
  register.some(({ ip, port }) => observed?.targets.some((target) => target.ip === ip && target.port !== port));

/** Asks EC2 what carries the marker security group, beside the other sources: no run waits longer for it. */
function askMarked(
  { interfaces, clock }: Ports,
  request: RunRequest,
  signal?: AbortSignal,
): Promise<RunState['marked']> | undefined {
  const { markerSecurityGroup: group } = request.database;
  if (!interfaces || !request.policy.warmStandby || !group) return undefined;
  const at = clock.now();
  const ask = (cut?: AbortSignal) => interfaces.findByGroup(group, cut);
  return within(clock, ownersMs(request), ask, () => silent(request), signal).then((seen) => ({ at, seen }));
}

const silent = (request: RunRequest) =>
  ({ kind: 'unavailable', message: `EC2 did not answer within ${ownersMs(request)} ms` }) as const;

/** Asks the RDS API. While nothing moves, each lookup delays the next one, which leaves tokens to other watches. */
async function askTopology(
  ports: Ports,
  request: RunRequest,
  before: RunState,
  signal?: AbortSignal,
): Promise<RunState> {
  const { topology: source, clock } = ports;
  if (!source) return before;
  const latest = before.topology?.observation;
  const known = latest?.kind === 'unavailable' ? undefined : latest;
  const hasAlternative = known !== undefined || request.database.endpoint !== undefined;
  const observation =
    request.mode === 'watch' && hasAlternative
      ? await within(
          clock,
          describeTimeoutMs(request),
          (cut) => source.describe(cut),
          () => tooLate(describeTimeoutMs(request)),
          signal,
        )
      : await source.describe(signal);
  const isThrottled = observation.kind === 'unavailable' && observation.error.code === 'Throttled';
  const isQuiet = isAtRest(request, before.plan) || isThrottled;
  const pollIntervalMs = isQuiet
    ? 1.6 * Math.max(before.topology?.pollIntervalMs ?? 0, request.timings.settleMs / 3)
    : 0;
  // While the API does not answer, its latest topology still serves, and so does its "not found". Not for readers: there is no second
  // source that would correct it.
  const isKept = observation.kind === 'unavailable' && request.database.role === 'writer';
  const kept = (isKept ? known : undefined) ?? observation;
  return { ...before, topology: { at: clock.now(), observation: kept, pollIntervalMs } };
}

/** An API that hangs must not keep a watch from DNS. */
const describeTimeoutMs = ({ timings }: RunRequest): number => Math.max(1000, timings.settleMs / 15);

/** EC2 must not keep a run from registering. */
const ownersMs = (request: RunRequest): number => Math.min(2000, describeTimeoutMs(request));

const tooLate = (ms: number): TopologyObservation => ({
  kind: 'unavailable',
  error: new ReconcileError('TimedOut', `the RDS API did not answer within ${ms} ms.`),
});

/** EC2 refuses a filter of more values ("List and filter your resources" in the EC2 user guide), and would leave all of them unread. */
const mostAsked = 200;

/** Asks EC2 who owns the addresses in question, those that would enter first. An answer, or its absence, serves for the next 5 s. */
export async function askOwners(
  ports: Ports,
  request: RunRequest,
  state: RunState,
  signal?: AbortSignal,
): Promise<RunState> {
  const { interfaces, clock } = ports;
  const isDue = (ip: string) =>
    clock.now() - (state.owners.get(ip)?.at ?? Number.NEGATIVE_INFINITY) >= request.timings.settleMs / 6;
  const addresses = state.inQuestion
    .map(({ ip }) => ip)
    .filter(isDue)
    .slice(0, mostAsked);
  if (!interfaces || !request.policy.verifyInterfaces || addresses.length === 0) return state;
  const ask = (cut?: AbortSignal) => interfaces.find(addresses, cut);
  const seen = await within(clock, ownersMs(request), ask, () => silent(request), signal);
  const groups = topologyOf(state.topology?.observation)?.securityGroups ?? request.database.securityGroups;
  const told = (ip: string) => standing(state.owners.get(ip), ownerOf(ip, seen, request.database, groups));
  const found = addresses.map((ip) => [ip, { ...told(ip), at: clock.now() }] as const);
  return { ...state, owners: new Map([...state.owners, ...found]) };
}

/** An address that EC2 has shown to be another's stays so for the run: an attacker who poisons a name can get EC2 throttled a moment later. */
const standing = (before: Owner | undefined, now: Owner): Owner =>
  before?.kind === 'other' && now.kind === 'unread' ? before : now;

async function resolveNames(
  { resolver, clock }: Ports,
  database: Database,
  { topology, observations }: RunState,
  known: ReadonlyMap<string, DnsAnswer>,
  signal?: AbortSignal,
): Promise<Lookups> {
  const answers = new Map(known);
  for (;;) {
    const lookups = { at: clock.now(), answers, ...(topology ? { topology: topology.observation } : {}) };
    const names = namesWanted(database, lookups, observations.heard !== undefined);
    if (names.length === 0) return lookups;
    const found = await Promise.all(names.map(async (name) => [name, await resolver.resolve(name, signal)] as const));
    for (const [name, answer] of found) answers.set(name, answer);
  }
}

function hasMoved(database: Database, { followed }: Observations, { topology, answers }: Lookups): boolean {
  const answer = answers.get(followedEndpoint(database, topology)?.host ?? '');
  return followed !== undefined && answer?.kind === 'addresses' && addressKey(answer.addresses) !== followed.key;
}
