import { isLive, type RegisteredTarget, type Target, type TargetState, targetKey } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import type {
  Clock,
  DnsAnswer,
  InterfacesObservation,
  Ports,
  TargetGroup,
  TopologyObservation,
} from '../../lib/ports.ts';

/* A clock, a target group and sources, as tests drive them. test/lib/scene.ts has the database that most of them show. */

/** Time that moves only while all work sleeps. */
type VirtualClock = Clock & {
  at(ms: number, task: () => void): void;
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
};

function createVirtualClock(): VirtualClock {
  let now = 0;
  const timers: { at: number; task: () => void }[] = [];
  const at = (when: number, task: () => void) => {
    timers.push({ at: when, task });
    timers.sort((one, other) => one.at - other.at);
  };
  return {
    now: () => now,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
        at(now + ms, resolve);
      }),
    at,
    async run(work) {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      for (;;) {
        await new Promise(setImmediate);
        if (isDone) return work;
        const next = timers.shift();
        if (!next) throw new Error('nothing is scheduled, and the work is not done');
        now = next.at;
        next.task();
      }
    },
  };
}

/** A target group that behaves like one; its state, not the calls, is what tests check first. */
export type FakeGroup = TargetGroup & {
  readonly targets: Map<string, RegisteredTarget>;
  readonly calls: string[];
  /** The same calls with their times; filled once the group is part of a world. */
  readonly timed: { call: string; at: number }[];
  clock?: Clock;
  /** The fewest live targets that the group ever had, once it had any. */
  fewest(): number;
  live(): string[];
  failNext(call: 'list' | 'register' | 'deregister', error: ReconcileError, times?: number): void;
  put(target: Target, state: TargetState, reason?: string): void;
};

export function createFakeGroup(
  initial: readonly RegisteredTarget[] = [],
  registeredAs: TargetState = 'healthy',
): FakeGroup {
  const targets = new Map(initial.map((target) => [targetKey(target), target]));
  const calls: string[] = [];
  const timed: { call: string; at: number }[] = [];
  const failures: { call: string; error: ReconcileError }[] = [];
  const live = () => [...targets.values()].filter(isLive).map(targetKey).sort();
  let fewest = Number.POSITIVE_INFINITY;
  const note = () => {
    if (fewest < Number.POSITIVE_INFINITY || live().length > 0) fewest = Math.min(fewest, live().length);
  };
  note();
  const called = (call: string, keys: readonly string[] = []) => {
    calls.push([call, ...keys].join(' '));
    timed.push({ call: [call, ...keys].join(' '), at: group.clock?.now() ?? 0 });
    const index = failures.findIndex((failure) => failure.call === call);
    const [failure] = index < 0 ? [] : failures.splice(index, 1);
    if (failure) throw failure.error;
  };
  const group: FakeGroup = {
    targets,
    calls,
    timed,
    fewest: () => fewest,
    live,
    failNext: (call, error, times = 1) => {
      for (let i = 0; i < times; i++) failures.push({ call, error });
    },
    put: (target, state, reason) => {
      targets.set(targetKey(target), { ...target, state, ...(reason ? { reason } : {}) });
      note();
    },
    async list() {
      called('list');
      return [...targets.values()];
    },
    async register(wanted) {
      called('register', wanted.map(targetKey));
      for (const target of wanted) targets.set(targetKey(target), { ...target, state: registeredAs });
      note();
    },
    async deregister(unwanted) {
      called('deregister', unwanted.map(targetKey));
      for (const target of unwanted)
        if (targets.has(targetKey(target))) targets.set(targetKey(target), { ...target, state: 'draining' });
      note();
    },
  };
  return group;
}

export const unavailable: TopologyObservation = {
  kind: 'unavailable',
  error: new ReconcileError('ServiceUnavailable', 'the RDS API is down.'),
};

/** A world in which a test says what the sources show, and when that changes. */
export type World = {
  readonly clock: VirtualClock;
  readonly group: FakeGroup;
  readonly dns: Map<string, DnsAnswer>;
  topology: TopologyObservation;
  /** What EC2 shows; read only by runs that verify. */
  interfaces: InterfacesObservation;
  /** What EC2 shows of the marker security group; read only with a warm standby. */
  marked: InterfacesObservation;
  readonly ports: Ports;
  readonly lookups: { topology: number; dns: number; interfaces: string[][]; marked: number };
};

export function createWorld(group: FakeGroup = createFakeGroup()): World {
  const clock = createVirtualClock();
  const lookups: World['lookups'] = { topology: 0, dns: 0, interfaces: [], marked: 0 };
  const dns = new Map<string, DnsAnswer>();
  group.clock = clock;
  const world: World = {
    clock,
    group,
    dns,
    lookups,
    topology: unavailable,
    interfaces: { kind: 'seen', interfaces: new Map() },
    marked: { kind: 'seen', interfaces: new Map() },
    ports: {
      clock,
      targetGroup: group,
      resolver: {
        async resolve(name) {
          lookups.dns += 1;
          return dns.get(name) ?? { kind: 'not-found' };
        },
      },
      topology: {
        async describe() {
          lookups.topology += 1;
          return world.topology;
        },
      },
      interfaces: {
        async find(asked) {
          lookups.interfaces.push([...asked]);
          return world.interfaces;
        },
        async findByGroup() {
          lookups.marked += 1;
          return world.marked;
        },
      },
    },
  };
  return world;
}

export const worldWith = (...targets: readonly RegisteredTarget[]): World => createWorld(createFakeGroup(targets));

/** What is registered there begins as `initial`, as in AWS. */
export const worldWithHealthChecks = (...targets: readonly RegisteredTarget[]): World =>
  createWorld(createFakeGroup(targets, 'initial'));
