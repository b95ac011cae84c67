import { namesWanted } from '../decision/desired.ts';
import { ownerOf } from '../decision/owners.ts';
import type { Database, Target } from '../domain.ts';
import { ReconcileError } from '../errors.ts';
import {
  followedEndpoint,
  type History,
  rememberSightings,
  type Sightings,
  topologyOf,
} from '../observations/observations.ts';
import type { DnsAnswer, Ports, TopologySighting } from '../ports.ts';
import { within } from '../within.ts';
import { isAtRest, type Job, type Observed, type State } from './run-state.ts';

/** Looks at the RDS API (when due) and at DNS (always). Look-ups are not equal: DNS is free, the API is shared by the account. */
export async function gather(
  ports: Ports,
  job: Job,
  before: State,
  isFresh: boolean,
  signal?: AbortSignal,
): Promise<State> {
  const isAsked = isFresh || isTopologyDue(job, before, ports.clock.now());
  let state = isAsked ? await askTopology(ports, job, before, signal) : before;
  let sightings = await resolveNames(ports, job.database, state, new Map(), signal);
  const isMoved = hasMoved(job.database, before.history, sightings);
  // DNS hints at a change, so the API is asked again. An instance needs no second opinion: its name is the truth.
  if (isMoved && !isAsked && job.database.kind === 'cluster') {
    state = await askTopology(ports, job, state, signal);
    sightings = await resolveNames(ports, job.database, state, sightings.answers, signal);
  }
  const history = rememberSightings(state.history, sightings, job.database, job.pace);
  return { ...state, sightings, history, ...(isMoved ? { movedAt: sightings.at } : {}) };
}

const isTopologyDue = ({ pace }: Job, { topology, passes }: State, now: number): boolean =>
  topology === undefined || (passes > 1 && now - topology.at >= Math.max(topology.quietMs, pace.settleMs / 3));

/** Which readers there are, and at which port, only the API says: no such change is made by what it said a while ago. */
export const isHearsay = ({ database, pace }: Job, { plan, topology, observed }: State, now: number): boolean =>
  plan?.kind === 'change' &&
  (database.role !== 'writer' || movesPort(plan, observed)) &&
  now - (topology?.at ?? now) >= pace.settleMs / 6;

const movesPort = ({ register }: { readonly register: readonly Target[] }, observed: Observed | undefined): boolean =>
  register.some(({ ip, port }) => observed?.targets.some((target) => target.ip === ip && target.port !== port));

/** Asks the RDS API. While nothing moves, each look makes the next one later, so that many watches leave room in AWS's buckets. */
async function askTopology(ports: Ports, job: Job, before: State, signal?: AbortSignal): Promise<State> {
  const { topology: source, clock } = ports;
  if (!source) return before;
  const latest = before.topology?.sighting;
  const known = latest?.kind === 'unavailable' ? undefined : latest;
  const hasAlternative = known !== undefined || job.database.endpoint !== undefined;
  const sighting =
    job.mode === 'watch' && hasAlternative
      ? await within(
          clock,
          patienceMs(job),
          (cut) => source.describe(cut),
          () => tooLate(patienceMs(job)),
          signal,
        )
      : await source.describe(signal);
  const isThrottled = sighting.kind === 'unavailable' && sighting.error.code === 'Throttled';
  const isQuiet = isAtRest(job, before.plan) || isThrottled;
  const quietMs = isQuiet ? 1.6 * Math.max(before.topology?.quietMs ?? 0, job.pace.settleMs / 3) : 0;
  // What the API said a moment ago is better than nothing while it does not answer, and so is its word that there is no database. But
  // about readers nobody else says anything, so that nothing would correct an old word.
  const isKept = sighting.kind === 'unavailable' && job.database.role === 'writer';
  const kept = (isKept ? known : undefined) ?? sighting;
  return { ...before, topology: { at: clock.now(), sighting: kept, quietMs } };
}

/** An API that hangs must not keep a watch from looking at DNS. */
const patienceMs = ({ pace }: Job): number => Math.max(1000, pace.settleMs / 15);

/** Nor a run from registering. */
const ownersMs = (job: Job): number => Math.min(2000, patienceMs(job));

const tooLate = (ms: number): TopologySighting => ({
  kind: 'unavailable',
  error: new ReconcileError('TimedOut', `the RDS API did not answer within ${ms} ms.`),
});

/** Asks EC2 whose the addresses in question are. What is proven serves for the attempts of a moment, and so does what is not. */
export async function askOwners(ports: Ports, job: Job, state: State, signal?: AbortSignal): Promise<State> {
  const { interfaces, clock } = ports;
  const isDue = (ip: string) =>
    clock.now() - (state.owners.get(ip)?.at ?? Number.NEGATIVE_INFINITY) >= job.pace.settleMs / 6;
  const addresses = state.inQuestion.map(({ ip }) => ip).filter(isDue);
  if (!interfaces || !job.policy.verifyInterfaces || addresses.length === 0) return state;
  const late = () => ({ kind: 'unavailable', message: `EC2 did not answer within ${ownersMs(job)} ms` }) as const;
  const seen = await within(clock, ownersMs(job), (cut) => interfaces.find(addresses, cut), late, signal);
  const groups = topologyOf(state.topology?.sighting)?.securityGroups ?? job.database.securityGroups;
  const found = addresses.map((ip) => [ip, { ...ownerOf(ip, seen, job.database, groups), at: clock.now() }] as const);
  return { ...state, owners: new Map([...state.owners, ...found]) };
}

async function resolveNames(
  { resolver, clock }: Ports,
  database: Database,
  { topology }: State,
  known: ReadonlyMap<string, DnsAnswer>,
  signal?: AbortSignal,
): Promise<Sightings> {
  const answers = new Map(known);
  for (;;) {
    const sightings = { at: clock.now(), answers, ...(topology ? { topology: topology.sighting } : {}) };
    const names = namesWanted(database, sightings);
    if (names.length === 0) return sightings;
    const found = await Promise.all(names.map(async (name) => [name, await resolver.resolve(name, signal)] as const));
    for (const [name, answer] of found) answers.set(name, answer);
  }
}

function hasMoved(database: Database, { followed }: History, { topology, answers }: Sightings): boolean {
  const answer = answers.get(followedEndpoint(database, topology)?.host ?? '');
  return followed !== undefined && answer?.kind === 'addresses' && answer.addresses.join(' ') !== followed.key;
}
