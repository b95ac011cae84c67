import { type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import type { TopologyObservation } from '../../lib/ports.ts';
import { a, addresses, b, clusterHost, host, member, port, seen } from '../lib/scene.ts';
import { hostOf, marked, zones } from '../lib/warm-rig.ts';
import type { Reply, Step } from './run.ts';
import { replaced, type Scenario, type Turn } from './scenario.ts';

/** What is true, and what the group holds; a value that each step replaces. Times are ms. */
export type World = {
  readonly now: number;
  readonly shown: readonly Target[];
  readonly writer: 'orders-1' | 'orders-2';
  /** Whether the other member takes the writes. */
  readonly isPromoted: boolean;
  readonly group: readonly Entry[];
  /** So many registrations to come are accepted, and change nothing. */
  readonly vain: number;
  /** The host of the standby. */
  readonly standby: Target;
};
type Entry = { readonly target: Target; readonly since: number; readonly isDraining: boolean };

const longAgo = -1_000_000;

export const newWorld = ({ resolvers, vain, isWarm }: Scenario): World => ({
  now: 0,
  shown: Array.from({ length: resolvers }, () => a),
  writer: 'orders-1',
  isPromoted: false,
  group: (isWarm ? [a, b] : [a]).map((target) => ({ target, since: longAgo, isDraining: false })),
  vain,
  standby: b,
});

export const liveIn = ({ group }: World): string[] =>
  group.flatMap(({ target, isDraining }) => (isDraining ? [] : [targetKey(target)])).sort();

/** The same text, the same future: only how long ago things were counts, and only until a target is healthy. */
export const worldText = ({ healthMs }: Scenario, { group, now, vain, standby }: World): string =>
  vain +
  standby.ip +
  group
    .map(({ target, since, isDraining }) => `${target.ip}${isDraining ? '-' : Math.min(now - since, healthMs)}`)
    .join();

export function turned(world: World, turn: Turn): World {
  if (turn.does === 'promote') return { ...world, isPromoted: true };
  if (turn.does === 'host') return { ...world, standby: replaced };
  if (turn.does === 'api') return { ...world, writer: 'orders-2' };
  if (turn.does === 'dns')
    return { ...world, shown: world.shown.map((one, index) => (index === turn.resolver ? turn.shows : one)) };
  return world;
}

/** What a step does to the world, and what its run hears. */
export function effectOf(
  scenario: Scenario,
  world: World,
  run: number,
  step: Step,
): { world: World; reply: Reply; text: string } {
  switch (step.does) {
    case 'wait':
      return { world, reply: undefined, text: '' };
    case 'marked':
      return { world, reply: marked(hostOf(a), hostOf(world.standby)), text: world.standby.ip };
    case 'describe': {
      const kind = scenario.database.kind === 'instance' ? 'instance' : world.writer;
      return { world, reply: topologies[kind], text: kind };
    }
    case 'resolve': {
      const { ip } = world.shown[run % world.shown.length] ?? a;
      return { world, reply: addresses(ip), text: ip };
    }
    case 'list': {
      const listed = world.group.map((entry) => shownBy(scenario, world, entry));
      return { world, reply: listed, text: listed.map(({ ip, state }) => `${ip} ${state}`).join() };
    }
    case 'register':
      if (world.vain > 0) return { world: { ...world, vain: world.vain - 1 }, reply: undefined, text: '' };
      return { world: { ...world, group: registered(world, step.targets) }, reply: undefined, text: '' };
    case 'deregister':
      return { world: { ...world, group: deregistered(world, step.targets) }, reply: undefined, text: '' };
  }
}

function shownBy({ healthMs }: Scenario, { now }: World, { target, since, isDraining }: Entry): RegisteredTarget {
  if (isDraining) return { ...target, state: 'draining' };
  return { ...target, state: now - since >= healthMs ? 'healthy' : 'initial' };
}

const isSame = (target: Target) => (entry: Entry) => targetKey(entry.target) === targetKey(target);

const registered = ({ group, now }: World, targets: readonly Target[]): Entry[] =>
  targets.reduce<Entry[]>(
    (entries, target) => {
      if (entries.some((entry) => isSame(target)(entry) && !entry.isDraining)) return entries;
      const others = entries.filter((entry) => !isSame(target)(entry));
      const added = [...others, { target, since: now, isDraining: false }];
      return added.sort((one, other) => one.target.ip.localeCompare(other.target.ip));
    },
    [...group],
  );

const deregistered = ({ group }: World, targets: readonly Target[]): Entry[] =>
  group.map((entry) => (targets.some((target) => isSame(target)(entry)) ? { ...entry, isDraining: true } : entry));

const withZones = (observation: TopologyObservation): TopologyObservation =>
  observation.kind === 'seen' ? { ...observation, topology: { ...observation.topology, zones } } : observation;

const topologies: Readonly<Record<'instance' | World['writer'], TopologyObservation>> = {
  instance: withZones(
    seen([{ id: 'orders', role: 'writer', status: 'available', endpoint: { host, port } }], { host, port }),
  ),
  'orders-1': seen([member('orders-1', 'writer'), member('orders-2', 'reader')], { host: clusterHost, port }),
  'orders-2': seen([member('orders-1', 'reader'), member('orders-2', 'writer')], { host: clusterHost, port }),
};
