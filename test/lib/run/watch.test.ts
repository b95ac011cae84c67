import { describe, expect, test } from 'vitest';
import { type Database, targetKey } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { reportOf } from '../../../lib/report.ts';
import { watch } from '../../../lib/run/watch.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  changed,
  cluster,
  clusterHost,
  clusterWorld,
  down,
  end,
  gaps,
  healthy,
  host,
  hostname,
  instance,
  instanceWorld,
  member,
  memberHost,
  port,
  readers,
  requestOf,
  run,
  seen,
  showCluster,
  showInstance,
  stranger,
  throttled,
  timedApi,
  timedNames,
  whenHealthy,
  whenHeld,
} from '../scene.ts';
import { unavailable, type World, worldWith, worldWithHealthChecks } from '../world.ts';

/* When a run makes its next pass, what that looks up, and when the run ends. Bounds, not exact times: the timings may be tuned. */

const lists = (world: World) => world.group.calls.filter((call) => call === 'list').length;

describe('a watch', () => {
  test('moves the group within a recheck of the change, and ends when nothing has moved for the settle time', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(20_000, () => showInstance(world, b));
    const held = whenHeld(world, b);
    const { report, endedAt } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject(changed([b], [a]));
    expect((held() ?? 0) - 20_000).toBeLessThanOrEqual(1000);
    expect(endedAt).toBeGreaterThanOrEqual(50_000);
    expect(endedAt).toBeLessThan(53_000);
    expect(world.group.fewest()).toBe(1);
  });

  test('of an event that came early goes on until the writer moves', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(85_000, () => showInstance(world, b));
    const { report } = await run(world, requestOf(instance, 'watch', begin));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('of an end event does not believe an address that has not changed yet', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(45_000, () => showInstance(world, b));
    await run(world, requestOf(instance, 'watch', end));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('in which nothing moves ends after the watch time, with few calls', async () => {
    for (const database of [instance, cluster]) {
      const world = worldWith(healthy(a));
      if (database === instance) showInstance(world, a);
      else showCluster(world, 'orders-1', a);
      const { report, endedAt } = await run(world, requestOf(database, 'watch'));
      expect(report.outcome).toBe('in-sync');
      expect(endedAt).toBeGreaterThanOrEqual(120_000);
      expect(endedAt).toBeLessThan(122_000);
      const apiCalls = world.lookups.topology * (database === cluster ? 2 : 1) + world.group.calls.length;
      expect(apiCalls).toBeLessThanOrEqual(16);
      expect(world.lookups.dns).toBeGreaterThan(100);
    }
  });

  test('ends with its fault when the group cannot be read at its end, rather than ask again without a pause', async () => {
    const world = instanceWorld(a, healthy(a));
    world.group.failNext('list', down, 100_000);
    const { state } = await run(world, requestOf(instance, 'watch'), 140_000);
    expect(state.fault).toBe(down);
    expect(world.group.calls.length).toBeLessThan(60);
  });

  test('ends at once on a fault that needs a person', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('register', new ReconcileError('AccessDenied', 'no'));
    const { state, endedAt } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault?.code).toBe('AccessDenied');
    expect(endedAt).toBe(0);
  });

  test.each(['back', 'forward'])(
    'ends in time, and tells how it ended, when the clock is set %s by an hour',
    async (way) => {
      const world = instanceWorld(a, healthy(a));
      const left = new AbortController();
      let setMs = 0;
      world.clock.at(2500, () => (setMs = way === 'back' ? -3_600_000 : 3_600_000));
      world.clock.at(8000, () => left.abort());
      let lookups = 0;
      const ports = {
        ...world.ports,
        clock: { ...world.clock, now: () => world.clock.now() + setMs },
        resolver: {
          resolve: async (name: string) => {
            // A run that does not end would hang the test.
            if (lookups++ > 50) throw new Error('the run goes on');
            return world.dns.get(name) ?? ({ kind: 'not-found' } as const);
          },
        },
      };
      const request = requestOf(instance, 'watch');
      const state = await world.clock.run(watch(ports, request, newState(0), 10_000, left.signal));
      expect(world.clock.now()).toBeLessThanOrEqual(8000);
      const { outcome, durationMs } = reportOf(request, state, ports.clock.now());
      expect(outcome).toBe('in-sync');
      expect(durationMs).toBe(way === 'back' ? 0 : 900_000);
    },
  );

  test('makes one pass when little time is left, and none after the deadline', async () => {
    const world = instanceWorld(b, healthy(a));
    const { report, endedAt } = await run(world, requestOf(instance, 'watch'), 500);
    expect(report.outcome).toBe('changed');
    expect(endedAt).toBeLessThan(500);
  });

  test("reads the group a last time before it ends, so that a stranger's target is not called in sync", async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(60_000, () => world.group.put(c, 'healthy'));
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report.outcome).not.toBe('in-sync');
  });

  test('reads the group less and less often while faults go on, and as before when they are over', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('list', down, 5);
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report.outcome).toBe('changed');
    const reads = world.group.timed.filter(({ call }) => call === 'list').map(({ at }) => at);
    const waits = gaps(reads.slice(0, 6));
    expect(waits).toHaveLength(5);
    for (const [i, wait] of waits.slice(1, 3).entries()) expect(wait).toBeGreaterThan((waits[i] ?? 0) * 1.3);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(1000);
      expect(wait).toBeLessThanOrEqual(10_000);
    }
    const { lookups } = world;
    expect(lookups.dns).toBeGreaterThan(20);
  });

  test('takes up to a fifth off its recheck time by chance, and never adds to it', async () => {
    for (const [chance, least, most] of [
      [0, 140, 160],
      [0.999, 115, 125],
    ] as const) {
      const world = instanceWorld(a, healthy(a));
      Object.assign(world.ports.clock, { random: () => chance });
      const { report } = await run(world, requestOf(instance, 'watch'));
      expect(report.passes).toBeGreaterThanOrEqual(least);
      expect(report.passes).toBeLessThanOrEqual(most);
    }
  });

  test('asks DNS each second, also while it waits with a change that goes back', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => showInstance(world, b));
    world.clock.at(15_000, () => showInstance(world, a));
    const names = timedNames(world);
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject(changed([b, a], [a, b]));
    expect(Math.max(...gaps(names))).toBeLessThanOrEqual(1000);
  });

  test('that only observes ends once its plan has stood for the settle time', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(5000, () => showInstance(world, b));
    const { report, endedAt } = await run(world, requestOf(instance, 'watch', begin, { observeOnly: true }));
    expect(report.outcome).toBe('observed');
    expect(endedAt).toBeGreaterThanOrEqual(35_000);
    expect(endedAt).toBeLessThanOrEqual(40_000);
  });

  test('does not settle while it holds', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(5000, () => world.dns.set(host, addresses('8.8.8.8')));
    const { report, endedAt } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressNotAllowed' });
    expect(endedAt).toBeGreaterThanOrEqual(120_000);
  });

  test('with no time left makes the one pass that was asked for', async () => {
    const world = instanceWorld(a, healthy(a));
    for (const deadline of [0, -5000]) {
      const { report } = await run(world, requestOf(instance, 'watch'), deadline);
      expect(report).toMatchObject({ outcome: 'in-sync', passes: 1 });
    }
  });

  test('has moved when only the group did: the change of another is watched for the settle time as well', async () => {
    const world = worldWithHealthChecks(healthy(a));
    showInstance(world, a);
    // The registration of c shows at the next pass that reads the group; a failover later makes one.
    world.clock.at(10_000, () => {
      world.topology = seen([member('orders', 'writer')], { host, port });
      world.dns.set(memberHost('orders'), addresses(a.ip));
      world.group.put(c, 'healthy');
      world.dns.set(host, addresses(b.ip));
    });
    const { report, endedAt } = await run(world, requestOf(instance, 'watch'));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(endedAt).toBeGreaterThanOrEqual(40_000);
  });

  test('lasts for its time, whenever it begins', async () => {
    const world = instanceWorld(a, healthy(a));
    await world.clock.run(world.clock.sleep(5_000_000));
    const { endedAt } = await run(world, requestOf(instance, 'watch'));
    expect(endedAt - 5_000_000).toBeGreaterThanOrEqual(120_000);
  });

  test('asks the API at its start, whatever the topology was before it', async () => {
    const world = clusterWorld('orders-1', a, healthy(b));
    const before = world.topology;
    showCluster(world, 'orders-2', b);
    const times = timedApi(world);
    await world.clock.run(watch(world.ports, requestOf(cluster, 'watch'), newState(0, before), 500));
    expect(times[0]).toBe(0);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('that only observes goes on while the desired targets are unknown', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(10_000, () => showCluster(world, 'orders-2', b));
    world.clock.at(12_000, () => showCluster(world, 'none', b));
    const { report, endedAt } = await run(world, requestOf(cluster, 'watch', begin, { observeOnly: true }));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter' });
    expect(endedAt).toBeGreaterThanOrEqual(120_000);
  });

  test('that only observes survives a group that does not answer at first', async () => {
    const world = instanceWorld(a, healthy(a));
    world.group.failNext('list', down);
    const { report } = await run(world, requestOf(instance, 'watch', begin, { observeOnly: true }), 10_000);
    expect(report.outcome).toBe('in-sync');
  });
});

test.each([
  ['instance', instance],
  ['cluster', cluster],
] as const)(
  'a watch of an %s that only observes a difference makes as many calls as a quiet one',
  async (_, database) => {
    const world = worldWith(healthy(a));
    if (database === cluster) showCluster(world, 'orders-2', b);
    else showInstance(world, b);
    const { state, endedAt } = await run(world, requestOf(database, 'watch', begin, { observeOnly: true }));
    expect([state.plan?.kind, endedAt >= 120_000]).toEqual(['change', true]);
    // A cluster takes two calls to the RDS API.
    expect(world.group.calls.length + 2 * world.lookups.topology).toBeLessThanOrEqual(30);
    expect(world.group.calls.length).toBeLessThan(5);
  },
);

test('a group that another has put right is watched for another settle time', async () => {
  const world = worldWithHealthChecks(healthy(a));
  showInstance(world, a);
  world.clock.at(5000, () => showInstance(world, b));
  world.clock.at(60_000, () => {
    world.group.targets.delete('10.0.1.10:5432');
    world.group.put(b, 'healthy');
  });
  const { report, endedAt } = await run(world, requestOf(instance, 'watch', begin, whenHealthy));
  expect(report).toMatchObject({ outcome: 'changed', registered: ['10.0.2.10:5432'] });
  expect(endedAt).toBeGreaterThanOrEqual(90_000);
});

describe('the last read of the group', () => {
  test('is made before the deadline, and never at it', async () => {
    const world = instanceWorld(a, healthy(a));
    const { endedAt } = await run(world, requestOf(instance, 'watch'), 1800);
    expect(lists(world)).toBe(2);
    expect(endedAt).toBeLessThan(1800);
  });

  test('is left out when a slow answer has used up the time', async () => {
    const world = instanceWorld(a, healthy(a));
    const deadline = 2000;
    Object.assign(world.ports.resolver, {
      resolve: async () => {
        if (world.clock.now() > 0) await world.clock.sleep(deadline - world.clock.now());
        return addresses(a.ip);
      },
    });
    const { endedAt } = await run(world, requestOf(instance, 'watch'), deadline);
    expect(endedAt).toBe(deadline);
    expect(lists(world)).toBe(1);
  });

  test.each([
    ['is left out while AWS throttles and the group is in sync', a, 20_000, false],
    ['is made once throttling is over', a, 40_000, true],
    ['is made while AWS throttles where the group is wrong', b, 20_000, true],
  ])('%s', async (_, writer, deadline, isMade) => {
    const world = instanceWorld(writer, healthy(a));
    world.group.failNext('list', throttled);
    await run(world, requestOf(instance, 'watch', begin, { observeOnly: true }), deadline);
    const lastAt = world.group.timed.at(-1)?.at ?? 0;
    expect(lastAt >= deadline - 1000).toBe(isMade);
  });
});

describe('a watch whose removal fails again and again', () => {
  test.each([0, 3, 6, 9])('ends with that fault, though the group can be read: %i seconds later', async (seconds) => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('deregister', down, 1000);
    const { state } = await run(world, requestOf(instance, 'watch'), 118_000 + seconds * 1000);
    expect(state.fault).toBe(down);
  });

  test('is not one whose read failed, and that leaves the removal to the drift check', async () => {
    const world = instanceWorld(a, healthy(a), healthy(b));
    world.group.failNext('list', down);
    const { state } = await run(world, requestOf(instance, 'watch'), 2500);
    expect(state.plan).toMatchObject({ kind: 'waiting', for: 'drift-check' });
    expect(state.fault).toBeUndefined();
  });

  test('ends without it once the stale targets are unknown', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('deregister', down, 1000);
    world.clock.at(30_000, () => world.dns.set(host, { kind: 'not-found' }));
    const { state, report } = await run(world, requestOf(instance, 'watch'), 60_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    expect(state.fault).toBeUndefined();
  });

  test('ends without it once the replacement is not healthy any more, and the target is to stay', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('deregister', down, 1000);
    world.clock.at(20_000, () => world.group.put(b, 'initial'));
    const { state, report } = await run(world, requestOf(instance, 'watch', begin, whenHealthy));
    expect(report.outcome).toBe('waiting');
    expect(state.fault).toBeUndefined();
  });

  test('ends without it when another has removed the target', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('deregister', down, 1000);
    world.clock.at(20_000, () => world.group.put(a, 'draining'));
    const { state, report } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('changed');
  });
});

/** A name that shows one address at a time, each for five seconds; `pick`: which in which of these. */
function showInTurn(world: World, pick: (turn: number) => number): void {
  const resolve = async (): Promise<DnsAnswer> => {
    const now = world.clock.now();
    const ip = `10.0.1.${pick(Math.floor(now / 5000))}`;
    return { kind: 'addresses', addresses: [ip], ttlMs: 4000 - (now % 5000) + (now % 1000) };
  };
  Object.assign(world.ports.resolver, { resolve });
}

describe('a check', () => {
  test.each([
    ['has missed its slot', 27_000],
    ['waits for its slot', 32_000],
  ])('whose removal was throttled, and %s when time is up, ends with that fault', async (_, deadline) => {
    const world = instanceWorld(b, healthy(a), healthy(b));
    world.group.failNext('deregister', throttled, 1000);
    const { list } = world.ports.targetGroup;
    const slowly: typeof list = async (signal) => {
      if (world.clock.now() > 20_000) await world.clock.sleep(2500);
      return list(signal);
    };
    Object.assign(world.ports.targetGroup, { list: slowly });
    const { state } = await run(world, requestOf(instance, 'check'), deadline);
    expect(state.fault).toBe(throttled);
  });

  test('whose read after its change is throttled reads the group once more, and asks DNS no more for that', async () => {
    const world = worldWithHealthChecks(healthy(a));
    showInstance(world, b);
    const { register } = world.group;
    const andThrottled: typeof register = async (targets) => {
      await register(targets);
      world.group.failNext('list', throttled);
    };
    Object.assign(world.group, { register: andThrottled });
    const { state, report } = await run(world, requestOf(instance, 'check', undefined, whenHealthy), 55_000);
    expect(report).toMatchObject({ outcome: 'waiting', registered: [targetKey(b)] });
    expect(state.fault).toBeUndefined();
    expect(world.lookups.dns).toBeLessThan(15);
  });

  test('of readers waits for the address of each before it removes what no reader has', async () => {
    const world = worldWith(healthy(b), healthy(stranger));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
    world.dns.set(memberHost('orders-3'), { kind: 'failed', code: 'ESERVFAIL' });
    world.clock.at(10_000, () => world.dns.set(memberHost('orders-3'), addresses(c.ip)));
    const { report } = await run(world, requestOf(readers, 'check'));
    expect(report).toMatchObject(changed([c], [stranger]));
  });

  test('of a name goes on while its answers or a change ask for it: for longer than any other check', async () => {
    const at = (number: number) => ({ ip: `10.0.1.${number}`, port });
    const world = worldWith(...[1, 2, 3].map((number) => healthy(at(number))), { ...at(4), state: 'unhealthy' });
    const { list } = world.ports.targetGroup;
    // 5 is shown late.
    const hiding: typeof list = async (signal) =>
      (await list(signal)).filter(({ ip }) => ip !== at(5).ip || world.clock.now() > 56_000);
    Object.assign(world.ports.targetGroup, { list: hiding });
    // That 4 is gone is proven when any other check would be over, and its removal waits for a slot then. 5 is new, and 4 comes back.
    const special: Readonly<Record<number, number>> = { 4: 4, 11: 5 };
    showInTurn(world, (turn) => special[turn] ?? 1 + (turn % (turn < 14 ? 3 : 6)));
    const { report, endedAt } = await run(world, requestOf(hostname, 'check', undefined, whenHealthy), 380_000);
    expect(report.deregistered).toEqual([targetKey(at(4))]);
    expect([...report.registered].sort()).toEqual([4, 5, 6].map((number) => targetKey(at(number))));
    expect(endedAt).toBeGreaterThan(200_000);
    expect(lists(world)).toBeLessThan(40);
  });

  test('of a group in sync is one pass', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const { report, endedAt } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'in-sync', passes: 1, writer: { instanceId: 'orders-1' } });
    expect(endedAt).toBe(0);
    expect(world.lookups).toEqual({ topology: 1, dns: 2, interfaces: [], marked: 0 });
    expect(world.group.calls).toEqual(['list']);
  });

  test('repairs a difference only after a second observation', async () => {
    const world = instanceWorld(b, healthy(a));
    const held = whenHeld(world, b);
    const { report } = await run(world, requestOf(instance, 'check'));
    expect(report.outcome).toBe('changed');
    expect(held()).toBe(6000);
  });

  test('does not repair what the second observation does not show', async () => {
    const world = instanceWorld(b, healthy(a));
    world.clock.at(3000, () => showInstance(world, a));
    const { report } = await run(world, requestOf(instance, 'check'));
    expect(report.outcome).toBe('in-sync');
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('fills an empty group at the first observation', async () => {
    const world = instanceWorld(a);
    const { report, endedAt } = await run(world, requestOf(instance, 'check'));
    expect(report.registered).toEqual([targetKey(a)]);
    expect(endedAt).toBe(0);
  });

  test('resolves a disagreement within itself, so that a lost event costs one schedule period', async () => {
    const world = clusterWorld('orders-1', b, healthy(a));
    const { report, endedAt } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'changed', writer: { instanceId: 'orders-2' } });
    expect(endedAt).toBeLessThanOrEqual(30_000);
  });

  test('reports a fault at once', async () => {
    const world = instanceWorld(a, healthy(a));
    world.group.failNext('list', down);
    const { state, endedAt } = await run(world, requestOf(instance, 'check'));
    expect(state.fault).toBe(down);
    expect(endedAt).toBe(0);
  });

  test('leaves a stale target in place while its replacement is not healthy, and says that it waits', async () => {
    const world = worldWithHealthChecks(healthy(a));
    showInstance(world, b);
    const { report } = await run(world, requestOf(instance, 'check', undefined, whenHealthy));
    expect(report).toMatchObject({
      outcome: 'waiting',
      registered: [targetKey(b)],
      deregistered: [],
      stale: [targetKey(a)],
    });
  });

  test.each<[string, (world: World) => void, Database, string]>([
    [
      'the RDS API is down',
      (world) => Object.assign(world, { topology: unavailable }),
      instance,
      'TopologyUnavailable',
    ],
    ['no instance is the writer', (world) => showCluster(world, 'none', a), cluster, 'NoWriter'],
  ])('ends at once when %s: the next one comes within the minute', async (_, show, database, reason) => {
    const world = worldWith(healthy(a));
    show(world);
    const { report, endedAt } = await run(world, requestOf(database, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason, passes: 1 });
    expect(endedAt).toBe(0);
  });

  test('resolves often while the sources disagree, and ends within two settle times when they go on', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.dns.set(clusterHost, addresses('10.9.9.9'));
    const { report, endedAt } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'SourcesDisagree' });
    expect(report.passes).toBeGreaterThan(20);
    expect(endedAt).toBeGreaterThan(15_000);
    expect(endedAt).toBeLessThanOrEqual(60_000);
  });

  test('that has to end before it could confirm says what it would do, and for how long it should stay so', async () => {
    const world = instanceWorld(b, healthy(a));
    const { report } = await run(world, requestOf(instance, 'check'), 2000);
    expect(report).toMatchObject({
      outcome: 'held',
      reason: 'Unconfirmed',
      detail: expect.stringMatching(
        /^would register 10\.0\.2\.10:5432 and deregister 10\.0\.1\.10:5432 if the answer stays the same for \d+ ms$/,
      ),
      registered: [],
    });
  });

  test('that only observes ends at its first observation, with its plan', async () => {
    const world = instanceWorld(b, healthy(a));
    const { report, endedAt } = await run(world, requestOf(instance, 'check', undefined, { observeOnly: true }));
    expect(report).toMatchObject({ outcome: 'observed', registered: [], plan: { register: ['10.0.2.10:5432'] } });
    expect(endedAt).toBeLessThanOrEqual(6000);
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('reads the group again when it does not show yet what was registered', async () => {
    const world = instanceWorld(a);
    const { list } = world.ports.targetGroup;
    let reads = 0;
    Object.assign(world.ports.targetGroup, {
      list: async () => {
        reads += 1;
        return reads === 2 ? [] : list();
      },
    });
    const { report, endedAt } = await run(world, requestOf(instance, 'check'));
    expect(report).toMatchObject({ outcome: 'changed' });
    expect(endedAt).toBeGreaterThan(0);
  });

  test('confirms a difference by a second lookup of everything, the API as well', async () => {
    const world = clusterWorld('orders-2', b, healthy(a));
    world.clock.at(3000, () => showCluster(world, 'orders-1', b));
    await run(world, requestOf(cluster, 'check'), 9000);
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('does not wait for the health of a new target: the next one comes within the minute', async () => {
    const world = instanceWorld(b, healthy(a));
    const { register } = world.group;
    Object.assign(world.group, {
      register: async (wanted: [typeof b]) => {
        await register(wanted);
        world.group.put(wanted[0], 'initial');
      },
    });
    const check = requestOf(instance, 'check', undefined, whenHealthy);
    const { report, endedAt } = await run(world, check);
    expect(report).toMatchObject({ outcome: 'waiting', registered: ['10.0.2.10:5432'] });
    expect(endedAt).toBeLessThan(15_000);
  });
});
