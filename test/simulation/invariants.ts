import { type Database, type Target, targetKey } from '../../lib/domain.ts';
import type { DnsAnswer, TopologyObservation } from '../../lib/ports.ts';
import { saysWriter, tookWrites } from './members.ts';
import type { Run } from './run.ts';
import { viewAt } from './views.ts';
import type { World } from './world.ts';

/* The invariants, numbered as in the design; 9: no run goes round in a hurry; 10: no wrong
 * writer is confirmed; 11: what EC2 shows to be another's leaves with the next check. They are written anew here, without the core's own functions, so that a fault of theirs
 * cannot hide itself. Every write is judged at the moment of its call, by what its run was shown; the group after every step;
 * an invocation at its end, in invocation-invariants.ts. */

/** Once everything is stable, answers that were read before may still be on their way. */
export const inFlightMs = 10_000;

/** For so long an address of a reader counts as known. */
const answerMs = 10_000;

const isAllowed = (ip: string): boolean => ip.startsWith('10.');

/* ---------- at each call ---------- */

/** A name that leads nowhere but to the database. Who asks for another one got it from a payload. */
export function checkName(world: World, run: Run, name: string): void {
  if (!run.names.has(name)) world.score.violate(6, `${run.name} resolves ${name}, which no source has named to it`);
}

export function checkRegistration(world: World, run: Run, targets: readonly Target[]): void {
  const { score, story, clock } = world;
  const isSaid = targets.every((target) => saysWriter(run, targetKey(target), clock.now()));
  checkKnown(world, run, 'registers', isSaid);
  if (run.hasRemoved) score.violate(4, `${run.name} registers ${targets.map(targetKey)} after it has removed others`);
  const isStable = clock.now() > story.stableAt + inFlightMs;
  const wanted = viewAt(story.truth, clock.now());
  for (const { ip, port } of targets) {
    if (!isAllowed(ip)) score.violate(3, `${run.name} registers ${ip}, which is not allowed`);
    checkOwner(world, run, ip);
    checkConfirmed(world, run, ip);
    if (!(run.seen.has(ip) || run.marked?.includes(ip)) || !run.ports.has(port))
      score.violate(6, `${run.name} registers ${ip}:${port}, which no source has shown to it`);
    if (isStable && story.database.role === 'writer' && !wanted.includes(`${ip}:${port}`))
      score.violate(5, `${run.name} registers ${ip}:${port}, no writer's, after the truth had been stable`);
  }
}

/** Only where EC2 does not say whose it is, another's address may enter. */
function checkOwner({ story: { policy }, score }: World, { name, owners }: Run, ip: string): void {
  if (!policy.verifyInterfaces) return;
  const owner = owners.get(ip);
  if (owner === 'unread') score.fault('EC2 interfaces: an address enters unverified');
  else if (owner !== 'own') score.violate(3, `${name} registers ${ip}, which EC2 has not shown to be the database's`);
}

export function checkDeregistration(world: World, run: Run, targets: readonly Target[]): void {
  const gone = new Set(targets.map(targetKey));
  const isSaid = [...run.words.keys()].some((key) => !gone.has(key) && saysWriter(run, key, world.clock.now()));
  // EC2 alone is enough to tell that an address is another's.
  if (!targets.every(({ ip }) => isForeign(run, ip))) checkKnown(world, run, 'deregisters', isSaid);
  checkReaders(world, run);
  if (run.registrationFailed) world.score.violate(4, `${run.name} deregisters after its registration failed`);
  if (![...run.listed].some((key) => !gone.has(key)))
    world.score.violate(4, `${run.name} deregisters everything that it has seen in the group`);
}

/** What neither DNS nor the API names is the writer by its own words alone: then it has to take writes. */
function checkConfirmed(world: World, run: Run, ip: string): void {
  const { story, score } = world;
  const { database, probe } = story;
  // A proven standby is no writer, and need not be.
  if (!probe || database.role !== 'writer' || database.kind === 'hostname' || run.marked?.includes(ip)) return;
  const writers = (run.named ?? [])
    .filter(({ role }) => role === 'writer')
    .flatMap(({ endpoint }) => endpoint?.host ?? []);
  const isNamed = [database.endpoint?.host ?? '', ...writers].some((name) =>
    [run.latest.get(name), run.previous.get(name)].some(
      (answer) => answer?.kind === 'addresses' && answer.addresses.includes(ip),
    ),
  );
  if (isNamed) return;
  score.fault('probe: a writer that neither DNS nor the API named yet');
  if (!tookWrites(world, ip))
    score.violate(10, `${run.name} registers ${ip} as the confirmed writer, which takes no writes`);
}

const isForeign = ({ marked }: Run, ip: string): boolean => marked !== undefined && !marked.includes(ip);

/** Unknown changes nothing: the latest word of each source that decides has to be one that says something. */
function checkKnown({ story: { database }, score }: World, run: Run, does: string, isSaid: boolean): void {
  // What a member says of itself outweighs the other sources, once it is listed: by the API, or as an answer of the instance's own name,
  // of which the sixth invariant takes care.
  if (isSaid && (run.named || database.kind === 'instance')) return;
  const said = unknownBy(run.topology, database);
  if (said) score.violate(2, `${run.name} ${does} though ${said}`);
  if (database.role !== 'writer') return;
  const name = database.kind === 'hostname' ? database.hostname : database.endpoint?.host;
  const answers = [run.latest.get(name ?? ''), run.previous.get(name ?? '')];
  // For a cluster, an event that names the reported writer outweighs DNS.
  const isEnough = (answer: DnsAnswer | undefined) =>
    answer?.kind === 'addresses' && (database.kind === 'cluster' || answer.addresses.every(isAllowed));
  if (!answers.some(isEnough)) score.violate(2, `${run.name} ${does} without an answer for ${name}`);
  // Of a cluster's two sources one is not enough, unless EC2 speaks for the address.
  const isProven = (answer: DnsAnswer | undefined) =>
    answer?.kind === 'addresses' && answer.addresses.every((ip) => run.owners.get(ip) === 'own');
  if (database.kind === 'cluster' && !run.named && !answers.some(isProven))
    score.violate(2, `${run.name} ${does} by DNS alone, and EC2 has not shown that ${name} leads to the database`);
}

/** A reader that the API names and whose address is unknown is not gone. */
function checkReaders({ story: { database }, score, clock }: World, { name, named = [], answeredAt }: Run): void {
  if (database.role !== 'reader') return;
  const isKnown = (host: string) => clock.now() - (answeredAt.get(host) ?? Number.NEGATIVE_INFINITY) <= answerMs;
  for (const { id, role, status, endpoint } of named)
    if (role === 'reader' && status === 'available' && endpoint && !isKnown(endpoint.host))
      score.violate(2, `${name} deregisters though it does not know the address of ${id}`);
}

function unknownBy(observation: TopologyObservation | undefined, { kind, role }: Database): string | undefined {
  if (observation?.kind === 'not-found') return 'the database is not there';
  // Beside a writer DNS tells; about readers only the API says anything.
  if (observation?.kind === 'unavailable' && role === 'reader') return 'the API does not say which readers there are';
  if (observation?.kind !== 'seen') return undefined;
  const { instances } = observation.topology;
  // The endpoint of an instance stands beside the list.
  const isNamed = instances.some(
    (one) => one.role === role && (one.endpoint || (kind === 'instance' && role === 'writer')),
  );
  return isNamed ? undefined : `the API names no ${role}`;
}

/* ---------- when a call has taken effect ---------- */

export function checkEmptied({ group, score, foreignAt }: World, run: Run, targets: readonly Target[]): void {
  if (group.live().length > 0) return;
  score.emptied += 1;
  if (foreignAt > run.listedAt) score.fault('emptied together with the foreign hand');
  else score.violate(1, `${run.name} emptied the group by deregistering ${targets.map(targetKey)}`);
}

/* ---------- after each step ---------- */

export function checkStep(world: World): void {
  if (world.group.version !== world.checkedVersion) checkGroup(world);
  if (!world.score.isRight && world.clock.now() > world.dueAt) checkDue(world);
}

function checkGroup(world: World): void {
  const { score, group, story } = world;
  world.checkedVersion = group.version;
  const live = group.live();
  if (live.length === 0 && world.foreignAt < 0) score.violate(1, 'the group is empty');
  for (const key of live)
    if (!isAllowed(key) && !story.foreign.some((one) => one.key === key))
      score.violate(3, `the group holds ${key}, which is not allowed`);
}

/** Once: a group that is wrong then is wrong for good. */
export function checkDue(world: World): void {
  if (world.isLate) return;
  world.isLate = true;
  const { score, group, story, clock } = world;
  const wanted = viewAt(story.truth, clock.now());
  const live = group.live();
  const wrong = live.filter((key) => !wanted.includes(key));
  if (story.database.role === 'writer' && wrong.length > 0)
    score.violate(5, `a period after the truth was stable the group holds ${wrong}, not the writer's`);
  score.violate(7, `a period after the truth was stable the group is [${live}], not [${wanted}]`);
}
