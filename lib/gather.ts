import { namesWanted } from './desired.ts';
import type { Database } from './domain.ts';
import { ReconcileError } from './errors.ts';
import { followedEndpoint, type History, rememberSightings, type Sightings } from './history.ts';
import type { DnsAnswer, Ports, TopologySighting } from './ports.ts';
import { isAtRest, type Job, type State } from './state.ts';
import { within } from './within.ts';

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

const tooLate = (ms: number): TopologySighting => ({
  kind: 'unavailable',
  error: new ReconcileError('TimedOut', `the RDS API did not answer within ${ms} ms.`),
});

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
