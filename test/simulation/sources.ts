import { awsFault, ReconcileError } from '../../lib/errors.ts';
import type { DnsAnswer, InterfacesObservation, NetworkInterface, TopologyObservation } from '../../lib/ports.ts';
import { afterwards, call, failureOf, isFailing } from './calls.ts';
import { securityGroups, strangers, ttlMs } from './constants.ts';
import { checkName } from './invariants.ts';
import type { Run } from './run.ts';
import type { DnsFault } from './script.ts';
import { viewAt } from './views.ts';
import type { World } from './world.ts';

/* The two sources of truth, as a run sees them. */

const wrong: Readonly<Record<DnsFault, DnsAnswer>> = {
  failed: { kind: 'failed', code: 'ESERVFAIL' },
  slow: { kind: 'failed', code: 'ETIMEOUT' },
  'not-found': { kind: 'not-found' },
  'no-address': { kind: 'no-address' },
  'public address': { kind: 'addresses', addresses: ['3.4.5.6'] },
  loopback: { kind: 'addresses', addresses: ['127.0.0.1'] },
  'link-local': { kind: 'addresses', addresses: ['169.254.1.1'] },
};

const dnsFaults = Object.keys(wrong) as unknown as readonly [DnsFault, ...DnsFault[]];

const cancelled: DnsAnswer = { kind: 'failed', code: 'ECANCELLED' };

export function resolve(world: World, run: Run, name: string): Promise<DnsAnswer> {
  const { dice, score, story } = world;
  score.call('DNS');
  run.called.add('DNS');
  checkName(world, run, name);
  const fault = failureOf(world, 'DNS') ?? (isFailing(world) ? dice.pick(dnsFaults) : undefined);
  const answer = fault ? (wrong[fault as DnsFault] ?? wrong.failed) : cached(world, run, name);
  if (fault) score.fault(`DNS: ${fault}`);
  if (!fault && isStranger(answer)) score.fault('DNS: poisoned');
  else noteFlap(world, run, name, answer);
  const ms = dice.between(1, 20) * story.slowness + (answer.kind === 'failed' ? 2000 : 0);
  return new Promise((done) => {
    afterwards(world, run, ms, (isHeard) => {
      if (isHeard) remember(world, run, name, answer);
      done(isHeard ? answer : cancelled);
    });
  });
}

const isStranger = (answer: DnsAnswer): boolean =>
  answer.kind === 'addresses' && answer.addresses.some((ip) => (strangers as readonly string[]).includes(ip));

function remember({ score, clock }: World, run: Run, name: string, answer: DnsAnswer): void {
  run.hasRemoved = false;
  run.previous.set(name, run.latest.get(name) ?? answer);
  run.latest.set(name, answer);
  if (answer.kind === 'addresses') run.answeredAt.set(name, clock.now());
  if (answer.kind === 'addresses') for (const ip of answer.addresses) run.seen.add(ip);
  score.note(() => `${run.name} DNS ${name.split('.', 2).join('.')} ${JSON.stringify(answer)} read ${clock.now()}`);
}

/** A run that follows a name from a payload arrives at a wrong address. */
const trap: DnsAnswer = { kind: 'addresses', addresses: ['10.66.66.66'] };

/** A resolver keeps an answer for its TTL; different runs may ask different resolvers. */
function cached({ story, clock, caches, score }: World, run: Run, name: string): DnsAnswer {
  const view = story.dns.get(name);
  if (!view) return name.startsWith('evil') ? trap : { kind: 'not-found' };
  const now = clock.now();
  const known = caches[run.cache]?.get(name);
  const shown = viewAt(view, now);
  if (!known || known.fresh <= now) {
    caches[run.cache]?.set(name, { at: now, fresh: now + ttlMs });
    return shown;
  }
  const answer = viewAt(view, known.at);
  if (answer !== shown) score.fault('DNS: an old answer from a cache');
  return answer;
}

/** An answer that comes back is the same one: a failback gives another, though it says the same. */
function noteFlap({ score }: World, run: Run, name: string, answer: DnsAnswer): void {
  const past = run.shown.get(name) ?? [];
  if (past.at(-1) === answer) return;
  if (past.includes(answer)) score.fault('DNS: back to an answer that it had left');
  run.shown.set(name, [...past, answer]);
}

export async function describeTopology(
  world: World,
  run: Run,
  signal?: AbortSignal,
  attempts = 3,
): Promise<TopologyObservation> {
  const { score } = world;
  const observation = await observationOf(world, run, attempts);
  // No caller heard what came after the time-out.
  if (signal?.aborted) return observation;
  run.topology = observation;
  score.note(() => {
    const instances = observation.kind === 'seen' ? observation.topology.instances : [];
    return `${run.name} API ${observation.kind} ${instances.map(({ id, role }) => `${id}:${role}`)}`;
  });
  if (observation.kind !== 'seen') return observation;
  run.named = observation.topology.instances;
  for (const endpoint of [
    observation.topology.endpoint,
    ...observation.topology.instances.map((one) => one.endpoint),
  ]) {
    if (!endpoint) continue;
    run.names.add(endpoint.host);
    if (endpoint.port !== undefined) run.ports.add(endpoint.port);
  }
  return observation;
}

const [foreign] = strangers;

/** A new address of the database has its interface before DNS shows it. */
export async function findInterfaces(
  world: World,
  run: Run,
  addresses: readonly string[],
  signal?: AbortSignal,
): Promise<InterfacesObservation> {
  run.called.add('EC2 interfaces');
  for (const ip of addresses) run.owners.set(ip, 'unread');
  try {
    const own = await call(world, run, 'EC2 interfaces', () => viewAt(world.story.own, world.clock.now()));
    const found = addresses.flatMap((ip) =>
      own.includes(ip) || isAnothers(world, ip) ? [[ip, [interfaceAt(world, ip)]] as const] : [],
    );
    if (!signal?.aborted) for (const ip of addresses) run.owners.set(ip, own.includes(ip) ? 'own' : 'other');
    world.score.note(() => `${run.name} EC2 ${addresses.map((ip) => `${ip}: ${run.owners.get(ip)}`)}`);
    return { kind: 'seen', interfaces: new Map(found) };
  } catch (error) {
    return { kind: 'unavailable', message: String(error) };
  }
}

const isAnothers = ({ story: { warm }, clock }: World, ip: string): boolean =>
  ip === foreign || (warm !== undefined && viewAt(warm.taken, clock.now()).includes(ip));

/** What carries the marker security group. */
export async function findMarked(world: World, run: Run, signal?: AbortSignal): Promise<InterfacesObservation> {
  const { story, clock, score } = world;
  run.called.add('EC2 interfaces');
  delete run.marked;
  try {
    const shown = await call(world, run, 'EC2 interfaces', () => viewAt(story.warm?.marked ?? [], clock.now()));
    if (!signal?.aborted) run.marked = shown.map(({ ip }) => ip);
    score.note(() => `${run.name} EC2 marked ${shown.map(({ ip }) => ip)}`);
    return { kind: 'seen', interfaces: new Map(shown.map(({ ip, ...one }) => [ip, [one]])) };
  } catch (error) {
    return { kind: 'unavailable', message: String(error) };
  }
}

/** An instance of another can carry the groups of the database and any description, but no requester; a host name goes by groups. */
const interfaceAt = (world: World, ip: string): NetworkInterface => ({
  id: 'eni-0123456789abcdef0',
  description: 'RDSNetworkInterface',
  securityGroups: isAnothers(world, ip) && world.story.database.kind === 'hostname' ? [] : securityGroups,
  ...(isAnothers(world, ip) ? {} : { requester: 'amazon-rds' }),
});

const missing: TopologyObservation = { kind: 'not-found', message: 'the RDS API knows no database orders' };

async function observationOf(world: World, run: Run, attempts: number): Promise<TopologyObservation> {
  const { story, clock, dice, score } = world;
  try {
    const observation = await call(world, run, 'RDS describe', () => viewAt(story.topology, clock.now()), attempts);
    const fault = failureOf(world, 'RDS describe') ?? (isFailing(world) ? 'partial result' : undefined);
    if (!fault || observation.kind !== 'seen') return observation;
    score.fault(`RDS describe: ${fault}`);
    if (fault === 'database not found') return missing;
    return partial(observation, fault === 'no writer' || (fault === 'partial result' && dice.chance(0.5)));
  } catch (error) {
    if (error instanceof ReconcileError) return { kind: 'unavailable', error };
    return { kind: 'unavailable', error: awsFault('reading the topology', 'rds:DescribeDBInstances', error) };
  }
}

/** An instance list that came without some members' endpoints, or a cluster without members. */
function partial(observation: TopologyObservation, isEmpty: boolean): TopologyObservation {
  if (observation.kind !== 'seen') return observation;
  const [first, ...rest] = observation.topology.instances;
  if (!first) return observation;
  const instances = isEmpty ? [] : [{ id: first.id, role: first.role, status: 'unknown' }, ...rest];
  return { kind: 'seen', topology: { ...observation.topology, instances } };
}
