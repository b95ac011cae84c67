import type { DbInstance } from '../../lib/domain.ts';
import type { DnsAnswer, Ports, ProbeAnswer, TopologyObservation } from '../../lib/ports.ts';
import { waits } from './calls.ts';
import { deregister, list, register } from './group-calls.ts';
import { ask } from './members.ts';
import { describeTopology, findInterfaces, findMarked, resolve } from './sources.ts';
import type { World } from './world.ts';

/** `askedAt`: when it was asked. */
type Word = { readonly askedAt: number; readonly at: number; readonly kind: ProbeAnswer['kind'] };

/** One invocation, and what it was shown: by that its writes are judged. */
export type Run = {
  readonly name: string;
  readonly cache: number;
  isKilled: boolean;
  /** Its time is over: what is still open is cut, as the handler's signal does. */
  isCut: boolean;
  readonly open: Set<() => void>;
  readonly begunAt: number;
  /** How often it has waited for something, and when it is killed meanwhile. */
  waits: number;
  readonly killAtWait?: number;
  kill?: () => void;
  readonly seen: Set<string>;
  /** Ports that another source than a payload has told it. */
  readonly ports: Set<number>;
  /** Names that lead to the database. */
  readonly names: Set<string>;
  /** The two latest answers for each name: a lookup that timed out can end after the next one. */
  readonly latest: Map<string, DnsAnswer>;
  readonly previous: Map<string, DnsAnswer>;
  /** The latest word of the RDS API. */
  topology?: TopologyObservation;
  /** What EC2 told of each address that was asked about last; `unread` while it has not, or could not. */
  readonly owners: Map<string, 'own' | 'other' | 'unread'>;
  /** What EC2 showed last to carry the marker security group; undefined where it did not say. */
  marked?: readonly string[];
  /** Whom it named last. */
  named?: readonly DbInstance[];
  /** When an address of each name was heard last. */
  readonly answeredAt: Map<string, number>;
  /** What DNS itself showed it of each name, one change after the other. */
  readonly shown: Map<string, readonly DnsAnswer[]>;
  listed: ReadonlySet<string>;
  listedAt: number;
  registrationFailed: boolean;
  /** What AWS has accepted to remove for it, which is not yet done. */
  readonly accepted: Set<string>;
  /** Whether it has asked for a removal since it last read the group or resolved a name: what it does then is of one decision. */
  hasRemoved: boolean;
  /** Whether the latest call to the group failed. */
  groupFailed: boolean;
  /** What each member has said to it of itself, by target key. */
  readonly words: Map<string, readonly Word[]>;
  /** What it has called beside the RDS API. */
  readonly called: Set<string>;
};

export const createRun = (name: string, cache: number, begunAt: number, killAtWait?: number): Run => ({
  name,
  cache,
  begunAt,
  isKilled: false,
  isCut: false,
  open: new Set(),
  waits: 0,
  ...(killAtWait === undefined ? {} : { killAtWait }),
  seen: new Set(),
  ports: new Set(),
  names: new Set(),
  latest: new Map(),
  previous: new Map(),
  answeredAt: new Map(),
  shown: new Map(),
  owners: new Map(),
  listed: new Set(),
  listedAt: -1,
  registrationFailed: false,
  accepted: new Set(),
  hasRemoved: false,
  groupFailed: false,
  words: new Map(),
  called: new Set(),
});

export function portsOf(world: World, run: Run): Ports {
  const { clock } = world;
  const { kind, port, endpoint, hostname } = world.story.database;
  for (const known of [port, endpoint?.port]) if (known !== undefined) run.ports.add(known);
  for (const known of [hostname, endpoint?.host]) if (known !== undefined) run.names.add(known);
  return {
    clock: { now: clock.now, random: clock.random, sleep: (ms, signal) => sleep(world, run, ms, signal) },
    resolver: { resolve: (name) => resolve(world, run, name) },
    interfaces: {
      find: (addresses, signal) => findInterfaces(world, run, addresses, signal),
      findByGroup: (_, signal) => findMarked(world, run, signal),
    },
    ...(world.story.probe ? { prober: { ask: (member) => ask(world, run, member), close: () => undefined } } : {}),
    ...(kind === 'hostname' ? {} : { topology: { describe: (signal) => describeTopology(world, run, signal) } }),
    ...(kind === 'cluster' ? { topologyOnce: { describe: (signal) => describeTopology(world, run, signal, 1) } } : {}),
    targetGroup: {
      list: () => list(world, run),
      register: (targets) => register(world, run, targets),
      deregister: (targets) => deregister(world, run, targets),
    },
  };
}

const sleep = (world: World, run: Run, ms: number, signal?: AbortSignal) =>
  new Promise<void>((done) => {
    waits(run);
    if (signal?.aborted || run.isCut) return done();
    const end = () => done();
    run.open.add(end);
    // A listener ends its pause when a member says something new.
    if (world.story.probe) signal?.addEventListener('abort', end, { once: true });
    // The run's own signal ends all that is open. Any other ends a wait that is not needed any more, and a listener costs more than it.
    world.clock.at(world.clock.now() + ms, () => {
      run.open.delete(end);
      if (!run.isKilled) done();
    });
  });
