import { isLive, type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import { awsFault } from '../../lib/errors.ts';
import type { DnsAnswer, Ports, TopologySighting } from '../../lib/ports.ts';
import { call, hear, isFailing } from './calls.ts';
import { ttlMs } from './constants.ts';
import { checkDeregistration, checkRegistration } from './invariants.ts';
import { viewAt } from './views.ts';
import type { World } from './world.ts';

/** One invocation, and what it was shown: by that its writes are judged. */
export type Run = {
  readonly name: string;
  readonly cache: number;
  isKilled: boolean;
  /** Its time is over: what is still open is cut, as the handler's signal does. */
  isCut: boolean;
  readonly open: Set<() => void>;
  readonly seen: Set<string>;
  /** The two latest answers for each name: a look that was given up can end after the next one. */
  readonly latest: Map<string, DnsAnswer>;
  readonly previous: Map<string, DnsAnswer>;
  topology?: TopologySighting;
  listed: ReadonlySet<string>;
  listedAt: number;
  registrationFailed: boolean;
  /** Whether the latest call to the group failed. */
  groupFailed: boolean;
};

export const createRun = (name: string, cache: number): Run => ({
  name,
  cache,
  isKilled: false,
  isCut: false,
  open: new Set(),
  seen: new Set(),
  latest: new Map(),
  previous: new Map(),
  listed: new Set(),
  listedAt: -1,
  registrationFailed: false,
  groupFailed: false,
});

export function portsOf(world: World, run: Run): Ports {
  const { clock } = world;
  const isHostname = world.story.database.kind === 'hostname';
  return {
    clock: { now: clock.now, random: clock.random, sleep: (ms, signal) => sleep(world, run, ms, signal) },
    resolver: { resolve: (name) => resolve(world, run, name) },
    ...(isHostname ? {} : { topology: { describe: () => describeTopology(world, run) } }),
    targetGroup: {
      list: () => list(world, run),
      register: (targets) => register(world, run, targets),
      deregister: (targets) => deregister(world, run, targets),
    },
  };
}

const sleep = (world: World, run: Run, ms: number, signal?: AbortSignal) =>
  new Promise<void>((done) => {
    if (signal?.aborted) return done();
    if (run.isCut) return done();
    const end = () => done();
    signal?.addEventListener('abort', end, { once: true });
    run.open.add(end);
    world.clock.at(world.clock.now() + ms, () => {
      run.open.delete(end);
      if (!run.isKilled) done();
    });
  });

const dnsFaults: readonly [DnsAnswer, ...DnsAnswer[]] = [
  { kind: 'failed', code: 'ESERVFAIL' },
  { kind: 'failed', code: 'ETIMEOUT' },
  { kind: 'not-found' },
  { kind: 'no-address' },
  { kind: 'addresses', addresses: ['3.4.5.6'] },
  { kind: 'addresses', addresses: ['127.0.0.1'] },
  { kind: 'addresses', addresses: ['169.254.1.1'] },
];

async function resolve(world: World, run: Run, name: string): Promise<DnsAnswer> {
  const { clock, dice, score, story } = world;
  score.call('DNS');
  const fault = isFailing(world) ? dice.pick(dnsFaults) : undefined;
  const answer = fault ?? cached(world, run, name);
  if (fault) score.fault(`DNS: ${fault.kind === 'addresses' ? 'forbidden address' : fault.kind}`);
  const ms = dice.between(1, 20) * story.slowness + (fault?.kind === 'failed' ? 2000 : 0);
  const isHeard = await hear(world, run, ms).then(
    () => true,
    () => false,
  );
  if (!isHeard) return { kind: 'failed', code: 'ECANCELLED' };
  run.previous.set(name, run.latest.get(name) ?? answer);
  run.latest.set(name, answer);
  if (answer.kind === 'addresses') for (const ip of answer.addresses) run.seen.add(ip);
  score.note(() => `${run.name} DNS ${name.split('.', 2).join('.')} ${JSON.stringify(answer)} read ${clock.now()}`);
  return answer;
}

/** A resolver keeps an answer for its TTL; different runs may ask different resolvers. */
function cached({ story, clock, caches }: World, run: Run, name: string): DnsAnswer {
  const view = story.dns.get(name);
  if (!view) return { kind: 'not-found' };
  const known = caches[run.cache]?.get(name);
  const at = known && known.fresh > clock.now() ? known.at : clock.now();
  caches[run.cache]?.set(name, { at, fresh: at + ttlMs });
  return viewAt(view, at);
}

async function describeTopology(world: World, run: Run): Promise<TopologySighting> {
  const { story, clock, dice, score } = world;
  try {
    const sighting = await call(world, run, 'RDS describe', () => viewAt(story.topology, clock.now()));
    const isPartial = isFailing(world) && sighting.kind === 'seen';
    if (isPartial) score.fault('RDS describe: partial result');
    run.topology = isPartial ? partial(sighting, dice.chance(0.5)) : sighting;
  } catch (error) {
    run.topology = { kind: 'unavailable', error: awsFault('reading the topology', 'rds:DescribeDBInstances', error) };
  }
  const { topology } = run;
  score.note(
    () =>
      `${run.name} API ${topology.kind} ${topology.kind === 'seen' ? topology.topology.instances.map(({ id, role }) => `${id}:${role}`) : ''}`,
  );
  return topology;
}

/** An instance list that came without some members' endpoints, or a cluster without members. */
function partial(sighting: TopologySighting, isEmpty: boolean): TopologySighting {
  if (sighting.kind !== 'seen') return sighting;
  const [first, ...rest] = sighting.topology.instances;
  if (!first) return sighting;
  const instances = isEmpty ? [] : [{ id: first.id, role: first.role, status: 'unknown' }, ...rest];
  return { kind: 'seen', topology: { ...sighting.topology, instances } };
}

async function list(world: World, run: Run): Promise<readonly RegisteredTarget[]> {
  const targets = await groupCall(world, run, 'ELB describe', () => {
    run.listedAt = world.clock.now();
    return world.group.list();
  });
  run.listed = new Set(targets.filter(isLive).map(targetKey));
  run.registrationFailed = false;
  return targets;
}

async function register(world: World, run: Run, targets: readonly Target[]): Promise<void> {
  checkRegistration(world, run, targets);
  run.registrationFailed = true;
  await groupCall(world, run, 'ELB register', () => world.change('own', 'register', targets));
  run.registrationFailed = false;
  run.listed = new Set([...run.listed, ...targets.map(targetKey)]);
}

async function deregister(world: World, run: Run, targets: readonly Target[]): Promise<void> {
  checkDeregistration(world, run, targets);
  await groupCall(world, run, 'ELB deregister', () => {
    const before = world.group.live().length;
    world.score.note(() => `${run.name} deregisters ${targets.map(targetKey)}`);
    world.change('own', 'deregister', targets);
    if (before === 0 || world.group.live().length > 0) return;
    world.score.emptied += 1;
    if (world.foreignAt > run.listedAt) world.score.fault('emptied together with the foreign hand');
    else world.score.violate(1, `${run.name} emptied the group by deregistering ${targets.map(targetKey)}`);
  });
}

async function groupCall<T>(world: World, run: Run, name: string, effect: () => T): Promise<T> {
  run.groupFailed = true;
  const result = await call(world, run, name, effect);
  run.groupFailed = false;
  return result;
}
