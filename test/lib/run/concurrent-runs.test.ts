import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Database, type Target, type Trigger, targetKey } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import type { Ports } from '../../../lib/ports.ts';
import { watch } from '../../../lib/run/watch.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  clusterHost,
  clusterWorld,
  end,
  far,
  healthy,
  host,
  instance,
  memberHost,
  requestOf,
  showCluster,
  showInstance,
} from '../scene.ts';
import { type World, worldWithHealthChecks } from '../world.ts';

/* Several runs at once over one failover, with every call taking its time, so that their steps interleave in many ways. */

type Failover = {
  readonly kind: 'instance' | 'cluster';
  /** When DNS and the API show the new writer; ms. */
  readonly dnsAt: number;
  readonly apiAt: number;
  /** For how long DNS alternates after that, and how fast. */
  readonly flapMs: number;
  readonly flapEveryMs: number;
  /** When events wake a watch, each with the phase that it has. */
  readonly events: readonly { readonly at: number; readonly phase: 'begin' | 'end'; readonly isNamed: boolean }[];
  /** How long each call takes, in turn; ms. */
  readonly latencies: readonly number[];
  /** When within the minute the schedule falls; ms. */
  readonly scheduleAt: number;
};

const failovers: fc.Arbitrary<Failover> = fc.record({
  kind: fc.constantFrom('instance', 'cluster'),
  dnsAt: fc.integer({ min: 5000, max: 40_000 }),
  apiAt: fc.integer({ min: 1000, max: 90_000 }),
  flapMs: fc.constantFrom(0, 10_000, 30_000),
  flapEveryMs: fc.integer({ min: 200, max: 5000 }),
  events: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 70_000 }),
      phase: fc.constantFrom('begin' as const, 'end' as const),
      isNamed: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  latencies: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 3, maxLength: 30 }),
  scheduleAt: fc.integer({ min: 0, max: 59_000 }),
});

/** Twice AWS's schedule period after everything has settled. */
const endMs = 300_000;

async function play(failover: Failover): Promise<World> {
  const world = worldWithHealthChecks(healthy(a));
  const { clock, group } = world;
  const ports = slowed(world, failover.latencies);
  const database: Database = failover.kind === 'instance' ? instance : cluster;
  stage(world, failover);
  for (let second = 0; second < endMs; second += 1000) clock.at(second, () => mature(world, second));
  const runs: Promise<unknown>[] = [];
  const start = (mode: 'watch' | 'check', trigger: Trigger) =>
    runs.push(watch(ports, requestOf(database, mode, trigger), newState(clock.now()), Number.POSITIVE_INFINITY));
  for (const { at, phase, isNamed } of failover.events) {
    // Only a completed failover names its writer, and it is completed when the API can show it.
    const named = isNamed && at >= failover.apiAt ? { named: 'orders-2' } : {};
    clock.at(at, () => start('watch', { kind: phase, at, eventId: 'RDS-EVENT-0071', ...named }));
  }
  for (let at = failover.scheduleAt; at < endMs; at += 60_000)
    clock.at(at, () => start('check', { kind: 'schedule', at }));
  await clock.run(clock.sleep(endMs));
  await clock.run(Promise.all(runs));
  expect(group.fewest(), 'the group was emptied').toBeGreaterThanOrEqual(1);
  return world;
}

/** What the sources show, and when. */
function stage(world: World, { kind, dnsAt, apiAt, flapMs, flapEveryMs }: Failover): void {
  const { clock, dns } = world;
  const name = kind === 'instance' ? host : clusterHost;
  if (kind === 'instance') showInstance(world, a);
  else {
    showCluster(world, 'orders-1', a);
    clock.at(apiAt, () => {
      const before = dns.get(name) ?? addresses(a.ip);
      showCluster(world, 'orders-2', a);
      dns.set(name, before);
    });
  }
  clock.at(dnsAt, () => dns.set(name, addresses(b.ip)));
  for (let at = flapEveryMs; at < flapMs; at += flapEveryMs) {
    const shown = (at / flapEveryMs) % 2 === 1 ? a : b;
    clock.at(dnsAt + at, () => dns.set(name, addresses(shown.ip)));
  }
  clock.at(dnsAt + flapMs, () => dns.set(name, addresses(b.ip)));
  for (const [id, target] of [
    ['orders-1', a],
    ['orders-2', b],
  ] as [string, Target][])
    dns.set(memberHost(id), addresses(target.ip));
}

/** A target is healthy half a minute after its registration. */
const seenInitial = new WeakMap<World, Map<string, number>>();

function mature(world: World, now: number): void {
  const since = seenInitial.get(world) ?? new Map<string, number>();
  seenInitial.set(world, since);
  for (const [key, target] of world.group.targets) {
    if (target.state !== 'initial') since.delete(key);
    else if (now - (since.get(key) ?? now) >= 30_000) world.group.put(target, 'healthy');
    else since.set(key, since.get(key) ?? now);
  }
}

/** Half of each call's time goes by before it takes effect, half until the caller hears of it. */
function slowed({ ports, clock }: World, latencies: readonly number[]): Ports {
  let turn = 0;
  const slow =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const ms = latencies[turn++ % latencies.length] ?? 1;
      await clock.sleep(ms / 2);
      const result = await call(...args);
      await clock.sleep(ms / 2);
      return result;
    };
  const { list, register, deregister } = ports.targetGroup;
  return {
    ...ports,
    resolver: { resolve: slow(ports.resolver.resolve) },
    topology: { describe: slow(ports.topology?.describe ?? (() => Promise.reject(new Error('no topology')))) },
    targetGroup: { list: slow(list), register: slow(register), deregister: slow(deregister) },
  };
}

/** Seconds of work on an idle core, and minutes on one that many share. */
const patient = { timeout: 300_000 };

describe('runs that interleave over a failover', () => {
  test('never empty the group, and leave it with the writer alone', patient, async () => {
    await fc.assert(
      fc.asyncProperty(failovers, async (failover) => {
        const { group } = await play(failover);
        expect(group.live()).toEqual([targetKey(b)]);
      }),
      { numRuns: 400 },
    );
  });
});

/** What each of several runs is shown for as long as it lives, when it starts, and how fast its calls are. */
const contradictions = fc.record({
  runs: fc.array(fc.record({ startsAt: fc.integer({ min: 0, max: 15_000 }), shown: fc.constantFrom(a, b, c) }), {
    minLength: 2,
    maxLength: 4,
  }),
  there: fc.constantFrom([a, b], [b, c], [a, b, c]),
  latencies: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 3, maxLength: 30 }),
});

/** Two checks at once: EventBridge delivers at least once, and an operator may call `resync` beside the schedule. */
const doubled = fc.record({
  laterMs: fc.integer({ min: 0, max: 2000 }),
  latencies: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 3, maxLength: 30 }),
});

type Contradicting = { readonly startsAt: number; readonly shown: Target };

/** Each of these runs is shown its own writer for as long as it lives; the group begins with `there`, all healthy. */
async function contradict(
  mode: 'watch' | 'check',
  runs: readonly Contradicting[],
  there: readonly Target[],
  latencies: readonly number[],
): Promise<void> {
  const world = worldWithHealthChecks(...there.map(healthy));
  const { clock, group } = world;
  showInstance(world, a);
  const ports = slowed(world, latencies);
  const ends: Promise<unknown>[] = [];
  for (const { startsAt, shown } of runs)
    clock.at(startsAt, () => {
      const own = { ...ports, resolver: { resolve: async () => addresses(shown.ip) } };
      ends.push(watch(own, requestOf(instance, mode), newState(clock.now()), Number.POSITIVE_INFINITY));
    });
  await clock.run(clock.sleep(200_000));
  await clock.run(Promise.all(ends));
  expect(group.fewest(), 'the group was emptied').toBeGreaterThanOrEqual(1);
}

describe('two drift checks at once', () => {
  test('never empty a group of two healthy targets between them, though each takes the other for the writer', async () => {
    const play = fc.asyncProperty(doubled, ({ laterMs, latencies }) =>
      contradict(
        'check',
        [
          { startsAt: 1000, shown: a },
          { startsAt: 1000 + laterMs, shown: b },
        ],
        [a, b],
        latencies,
      ),
    );
    await fc.assert(play, { numRuns: 200 });
  });
});

describe('runs that contradict each other for good', () => {
  test(
    'never empty the group, though all targets were there and healthy before any of them began',
    patient,
    async () => {
      const play = fc.asyncProperty(contradictions, ({ runs, there, latencies }) =>
        contradict('watch', runs, there, latencies),
      );
      await fc.assert(play, { numRuns: 300 });
    },
  );
});

describe('two runs at once', () => {
  test.each<[string, Trigger]>([
    ['an event and another event', end],
    ['an event and a drift check', { kind: 'schedule', at: 0 }],
  ])('(%s) end right over a flapping failover, and never empty the group', async (_, second) => {
    for (let shift = 0; shift < 8000; shift += 400) {
      const world = clusterWorld('orders-1', a, healthy(a));
      world.clock.at(15_000, () => showCluster(world, 'orders-2', b));
      for (let i = 0; i < 9; i++) {
        world.clock.at(16_000 + i * 1700, () => world.dns.set(clusterHost, addresses(i % 2 === 0 ? a.ip : b.ip)));
      }
      world.clock.at(32_000, () => showCluster(world, 'orders-2', b));
      const runs = [
        watch(world.ports, requestOf(cluster, 'watch', begin), newState(0), far),
        world.clock
          .sleep(10_000 + shift)
          .then(() =>
            watch(
              world.ports,
              requestOf(cluster, second.kind === 'schedule' ? 'check' : 'watch', second),
              newState(10_000 + shift),
              far,
            ),
          ),
      ];
      await world.clock.run(Promise.all(runs));
      expect(world.group.live()).toEqual([targetKey(b)]);
      expect(world.group.fewest()).toBe(1);
    }
  });
});
