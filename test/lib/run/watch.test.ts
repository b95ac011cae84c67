import { describe, expect, test } from 'vitest';
import type { Database, Trigger } from '../../../lib/domain.ts';
import { targetKey } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { newState, type RunRequest } from '../../../lib/observations/run-state.ts';
import { reportOf } from '../../../lib/report.ts';
import { watch } from '../../../lib/run/watch.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  clusterHost,
  createFakeGroup,
  createWorld,
  draining,
  end,
  healthy,
  host,
  hostname,
  instance,
  jobOf,
  member,
  memberHost,
  port,
  seen,
  showCluster,
  showInstance,
  unavailable,
  type World,
} from '../world.ts';

const far = 1_000_000_000;

/** Runs a job from now on; gives the state, the report and the times of changes. */
async function run(world: World, request: RunRequest, deadline = far) {
  const begun = newState(world.clock.now());
  const state = await world.clock.run(watch(world.ports, request, begun, deadline));
  return { state, report: reportOf(request, state, world.clock.now()), endedAt: world.clock.now() };
}

const group = (...targets: Parameters<typeof createFakeGroup>[0] & object) => createWorld(createFakeGroup(targets));
const apiDown = new ReconcileError('ServiceUnavailable', 'the ELBv2 API is down');

/** Draws so many of the addresses, the same ones in every run of the test. */
function drawing(all: readonly string[]): (count: number, but?: string) => string[] {
  let seed = 7;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  return (count, but) =>
    all
      .filter((ip) => ip !== but)
      .map((ip) => ({ ip, at: next() }))
      .sort((one, other) => one.at - other.at)
      .slice(0, count)
      .map(({ ip }) => ip);
}

/** When the group first held exactly these targets. */
function whenHeld(world: World, ...targets: { ip: string; port: number }[]): () => number | undefined {
  let at: number | undefined;
  const wanted = targets.map(targetKey).sort().join();
  const { register, deregister } = world.group;
  const note = () => {
    if (at === undefined && world.group.live().join() === wanted) at = world.clock.now();
  };
  Object.assign(world.group, {
    register: (list: never) => register(list).then(note),
    deregister: (list: never) => deregister(list).then(note),
  });
  return () => at;
}

describe('a watch', () => {
  test('moves the group within a recheck of the change, and ends when nothing has moved for the settle time', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(20_000, () => showInstance(world, b));
    const held = whenHeld(world, b);
    const { report, endedAt } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({
      outcome: 'changed',
      registered: ['10.0.2.10:5432'],
      deregistered: ['10.0.1.10:5432'],
    });
    expect((held() ?? 0) - 20_000).toBeLessThanOrEqual(1000);
    expect(endedAt).toBeGreaterThanOrEqual(50_000);
    expect(endedAt).toBeLessThan(53_000);
    expect(world.group.fewest()).toBe(1);
  });

  test('of an event that came early goes on until the writer moves', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(85_000, () => showInstance(world, b));
    const { report } = await run(world, jobOf(instance, 'watch', begin));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('of an end event does not believe an address that has not changed yet', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(45_000, () => showInstance(world, b));
    await run(world, jobOf(instance, 'watch', end));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('in which nothing moves ends after the watch time, with few calls', async () => {
    for (const database of [instance, cluster]) {
      const world = group(healthy(a));
      if (database === instance) showInstance(world, a);
      else showCluster(world, 'orders-1', a);
      const { report, endedAt } = await run(world, jobOf(database, 'watch'));
      expect(report.outcome).toBe('in-sync');
      expect(endedAt).toBeGreaterThanOrEqual(120_000);
      expect(endedAt).toBeLessThan(122_000);
      const apiCalls = world.looks.topology * (database === cluster ? 2 : 1) + world.group.calls.length;
      expect(apiCalls).toBeLessThanOrEqual(16);
      expect(world.looks.dns).toBeGreaterThan(100);
    }
  });

  test('follows a flapping name once, and back only after a stable answer', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    for (let i = 0; i < 12; i++) world.clock.at(10_000 + i * 2000, () => showInstance(world, i % 2 === 0 ? b : a));
    world.clock.at(34_000, () => showInstance(world, b));
    await run(world, jobOf(instance, 'watch'));
    expect(world.group.calls.filter((call) => call.startsWith('register'))).toEqual(['register 10.0.2.10:5432']);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('goes back when the failover was undone for good', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(10_000, () => showInstance(world, b));
    world.clock.at(20_000, () => showInstance(world, a));
    const held = whenHeld(world, a);
    await run(world, jobOf(instance, 'watch'));
    expect(world.group.live()).toEqual([targetKey(a)]);
    expect(held()).toBeGreaterThanOrEqual(30_000);
    // What comes back while it drains is not new to everybody, so the removal beside it waits for its turn.
    expect(held()).toBeLessThanOrEqual(32_000 + 7500);
  });

  test('registers again what is still draining, when a failback comes inside the drain window', async () => {
    const world = group(draining(a), healthy(b));
    showInstance(world, a);
    const { report } = await run(world, jobOf(instance, 'watch', end));
    expect(report).toMatchObject({ registered: ['10.0.1.10:5432'], deregistered: ['10.0.2.10:5432'] });
    expect(world.group.fewest()).toBe(1);
  });

  test('leaves alone what another run has just registered, until its own evidence is stable', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(5000, () => {
      world.group.put(b, 'initial');
      showInstance(world, c);
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'waiting', registered: [targetKey(c)], deregistered: [targetKey(a)] });
    expect(report.detail).toMatch(/^10\.0\.2\.10:5432 left to the next drift check/);
    expect(world.group.live()).toEqual([targetKey(b), targetKey(c)]);
    world.group.put(b, 'healthy');
    await run(world, jobOf(instance, 'check'));
    expect(world.group.live()).toEqual([targetKey(c)]);
  });

  test('registers at once, and removes later, where the old target was registered a moment before', async () => {
    const world = createWorld(createFakeGroup([{ ...a, state: 'initial' }], 'initial'));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(8000, () => world.group.put(a, 'healthy'));
    const both = whenHeld(world, a, b);
    const alone = whenHeld(world, b);
    await run(world, jobOf(instance, 'watch'));
    expect(both()).toBeLessThanOrEqual(6000);
    expect(alone()).toBeGreaterThanOrEqual(15_000);
    expect(alone()).toBeLessThanOrEqual(17_000);
  });

  test('fills an empty group at once, whatever the evidence', async () => {
    const world = group(draining(a));
    showInstance(world, a);
    const held = whenHeld(world, a);
    await run(world, jobOf(instance, 'watch'));
    expect(held()).toBe(0);
  });

  test('holds while there is no writer, and says so', async () => {
    const world = group(healthy(a));
    showCluster(world, 'nobody', a);
    const { report } = await run(world, jobOf(cluster, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', registered: [], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });

  test('acts at once when topology and DNS have both moved', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(20_000, () => showCluster(world, 'orders-2', b));
    const held = whenHeld(world, b);
    await run(world, jobOf(cluster, 'watch'));
    expect((held() ?? far) - 20_000).toBeLessThanOrEqual(1000);
  });

  test('follows DNS alone after a third of the settle time, while the topology lags by minutes', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(20_000, () => showCluster(world, 'orders-1', b));
    const held = whenHeld(world, b);
    await run(world, jobOf(cluster, 'watch'));
    expect((held() ?? far) - 20_000).toBeGreaterThanOrEqual(10_000 - 1000);
    expect((held() ?? far) - 20_000).toBeLessThanOrEqual(12_000);
  });

  test('asks the API again as soon as DNS moves', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(3000, () => showCluster(world, 'orders-2', b));
    const held = whenHeld(world, b);
    await run(world, jobOf(cluster, 'watch'));
    expect(held()).toBeLessThanOrEqual(4000);
  });

  test('goes on with the known endpoint while the RDS API is down', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.topology = unavailable;
    world.clock.at(10_000, () => world.dns.set(host, addresses(b.ip)));
    const { report } = await run(world, jobOf({ ...instance, endpoint: { host, port } }, 'watch'));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('goes on with what the RDS API said before it went away', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(5000, () => {
      showCluster(world, 'orders-1', b);
      world.topology = unavailable;
    });
    await run(world, jobOf(cluster, 'watch'));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('is not held up by an RDS API that hangs', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    Object.assign(world.ports, { topology: { describe: () => new Promise(() => {}) } });
    world.clock.at(10_000, () => world.dns.set(host, addresses(b.ip)));
    const held = whenHeld(world, b);
    await run(world, jobOf({ ...instance, endpoint: { host, port } }, 'watch'));
    expect((held() ?? far) - 10_000).toBeLessThanOrEqual(4000);
  });

  test('survives faults of the group that pass, and reports none', async () => {
    const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
    showInstance(world, b);
    world.group.failNext('list', apiDown, 2);
    world.group.failNext('register', apiDown);
    world.group.failNext('deregister', apiDown);
    const { state, report } = await run(world, jobOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
    expect(world.group.fewest()).toBe(1);
  });

  test('deregisters nothing when the registration failed', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('register', apiDown, 1000);
    const { state } = await run(world, jobOf(instance, 'watch'));
    expect(state.fault?.code).toBe('ServiceUnavailable');
    expect(world.group.live()).toEqual([targetKey(a)]);
    expect(world.group.calls.some((call) => call.startsWith('deregister'))).toBe(false);
  });

  test('ends with its fault when the group cannot be read at its end, rather than ask again without a pause', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.group.failNext('list', apiDown, 100_000);
    const { state } = await run(world, jobOf(instance, 'watch'), 140_000);
    expect(state.fault).toBe(apiDown);
    expect(world.group.calls.length).toBeLessThan(60);
  });

  test('ends at once on a fault that needs a person', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('register', new ReconcileError('AccessDenied', 'no'));
    const { state, endedAt } = await run(world, jobOf(instance, 'watch'));
    expect(state.fault?.code).toBe('AccessDenied');
    expect(endedAt).toBe(0);
  });

  test('waits through a partial DNS failure without dropping anybody', async () => {
    const readers: Database = { ...cluster, role: 'reader' };
    const world = group(healthy(b), healthy(c));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
    world.dns.set(memberHost('orders-3'), { kind: 'failed', code: 'ETIMEOUT' });
    const { report } = await run(world, jobOf(readers, 'watch', begin, { removeStale: 'when-replacement-healthy' }));
    expect(report.outcome).toBe('waiting');
    expect(world.group.live()).toEqual([targetKey(b), targetKey(c)]);
  });

  test('makes one pass when little time is left, and no look after the deadline', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { report, endedAt } = await run(world, jobOf(instance, 'watch'), 500);
    expect(report.outcome).toBe('changed');
    expect(endedAt).toBeLessThan(500);
  });

  test("looks at the group a last time before it ends, so that a stranger's target is not called in sync", async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(60_000, () => world.group.put(c, 'healthy'));
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report.outcome).not.toBe('in-sync');
  });

  test('only observes when told to', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { report } = await run(world, jobOf(instance, 'watch', begin, { observeOnly: true }));
    expect(report).toMatchObject({
      outcome: 'observed',
      registered: [],
      plan: { register: [targetKey(b)], deregister: [targetKey(a)] },
    });
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });
});

describe('a check', () => {
  test('of a group in sync is one pass', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    const { report, endedAt } = await run(world, jobOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'in-sync', passes: 1, writer: { instanceId: 'orders-1' } });
    expect(endedAt).toBe(0);
    expect(world.looks).toEqual({ topology: 1, dns: 2, interfaces: [] });
    expect(world.group.calls).toEqual(['list']);
  });

  test('repairs a difference only after a second look', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const held = whenHeld(world, b);
    const { report } = await run(world, jobOf(instance, 'check'));
    expect(report.outcome).toBe('changed');
    expect(held()).toBe(6000);
  });

  test('does not repair what the second look does not show', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.clock.at(3000, () => showInstance(world, a));
    const { report } = await run(world, jobOf(instance, 'check'));
    expect(report.outcome).toBe('in-sync');
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('fills an empty group at the first look', async () => {
    const world = group();
    showInstance(world, a);
    const { report, endedAt } = await run(world, jobOf(instance, 'check'));
    expect(report.registered).toEqual([targetKey(a)]);
    expect(endedAt).toBe(0);
  });

  test('resolves a disagreement within itself, so that a lost event costs one schedule period', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', b);
    const { report, endedAt } = await run(world, jobOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'changed', writer: { instanceId: 'orders-2' } });
    expect(endedAt).toBeLessThanOrEqual(30_000);
  });

  test('reports a fault at once', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.group.failNext('list', apiDown);
    const { state, endedAt } = await run(world, jobOf(instance, 'check'));
    expect(state.fault).toBe(apiDown);
    expect(endedAt).toBe(0);
  });

  test('drops an address of a hostname only after several absences', async () => {
    const world = group(healthy(a), healthy(b));
    world.dns.set(host, addresses(a.ip));
    const { report, endedAt } = await run(
      world,
      jobOf(hostname, 'check', undefined, { removeStale: 'when-replacement-healthy' }),
    );
    expect(report.deregistered).toEqual([targetKey(b)]);
    expect(endedAt).toBeGreaterThanOrEqual(24_000);
  });

  test('of a name that shows 8 of its 12 addresses at a time drops none that lives, and the one that is gone', async () => {
    const twelve = Array.from({ length: 12 }, (_, i) => ({ ip: `10.0.1.${10 + i}`, port }));
    const [gone, ...rest] = twelve;
    const world = group(...twelve.map(healthy));
    const draw = drawing(twelve.map(({ ip }) => ip));
    const alive = () => [...world.group.targets.values()].filter(({ state }) => state === 'healthy').length;
    Object.assign(world.ports.resolver, { resolve: async () => addresses(...draw(8)) });
    const check = () => run(world, jobOf(hostname, 'check', undefined, { removeStale: 'when-replacement-healthy' }));
    for (let i = 0; i < 200; i++) expect((await check()).report).toMatchObject({ outcome: 'in-sync' });
    expect(alive()).toBe(12);

    Object.assign(world.ports.resolver, { resolve: async () => addresses(...draw(8, gone?.ip)) });
    if (gone) world.group.put(gone, 'unhealthy');
    const left: string[] = [];
    for (let i = 0; i < 5; i++) left.push(...(await check()).report.deregistered);
    expect(left).toEqual([`10.0.1.10:${port}`]);
    expect(world.group.live()).toEqual(rest.map(targetKey).sort());
  });

  test('keeps an address of a hostname that shows up again', async () => {
    const world = group(healthy(a), healthy(b));
    world.dns.set(host, addresses(a.ip));
    world.clock.at(15_000, () => world.dns.set(host, addresses(b.ip)));
    const { report } = await run(
      world,
      jobOf(hostname, 'check', undefined, { removeStale: 'when-replacement-healthy' }),
    );
    expect(report).toMatchObject({ outcome: 'in-sync', deregistered: [] });
  });

  test('leaves a stale target in place while its replacement is not healthy, and says that it waits', async () => {
    const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
    showInstance(world, b);
    const { report } = await run(
      world,
      jobOf(instance, 'check', undefined, { removeStale: 'when-replacement-healthy' }),
    );
    expect(report).toMatchObject({
      outcome: 'waiting',
      registered: [targetKey(b)],
      deregistered: [],
      stale: [targetKey(a)],
    });
  });

  test('moves the target when only the port has changed', async () => {
    const world = group(healthy(a));
    world.topology = seen([member('orders', 'writer')], { host, port: 5433 });
    world.dns.set(host, addresses(a.ip));
    await run(world, jobOf(instance, 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5433']);
  });
});

describe('a name that DNS shows late', () => {
  test('is no evidence against what another run has registered since', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-2', a);
    world.clock.at(20_000, () => {
      world.group.put(b, 'initial');
      world.group.targets.delete(targetKey(a));
    });
    // 60 s after the first look, but not yet 60 s after the registration.
    world.clock.at(75_000, () => showCluster(world, 'orders-2', b));
    const { report } = await run(world, jobOf(cluster, 'watch'));
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [] });
  });

  test('counts its age from the latest change of the group, not from when it was first seen', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(20_000, () => {
      world.group.targets.clear();
      world.group.put(a, 'initial');
    });
    world.clock.at(40_000, () => world.group.put(a, 'healthy'));
    await run(world, jobOf(instance, 'watch'));
    const registrations = world.group.timed
      .filter(({ call }) => call === `register ${targetKey(b)}`)
      .map(({ at }) => at);
    expect(registrations).toHaveLength(2);
    // The last look of the watch finds it at 36 s, and only then its ten seconds begin.
    expect(registrations[1]).toBeGreaterThanOrEqual(45_000);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('does not make a check undo a fresh registration that the API confirms', async () => {
    const world = createWorld(createFakeGroup([{ ...b, state: 'initial' }]));
    showCluster(world, 'orders-2', a);
    const { report } = await run(world, jobOf(cluster, 'check'));
    expect(report.outcome).toBe('held');
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('does not empty the group between the two steps of another run', async () => {
    const world = createWorld(createFakeGroup([healthy(a), { ...b, state: 'initial' }]));
    showInstance(world, a);
    world.clock.at(5, () => world.group.targets.delete(targetKey(a)));
    world.clock.at(3000, () => showInstance(world, b));
    const { report } = await run(world, jobOf(instance, 'watch', end));
    expect(report.deregistered).toEqual([]);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('counts as stable only for those who look often: a check that flaps with its looks changes nothing', async () => {
    const world = group(healthy(b));
    showCluster(world, 'orders-2', a);
    // The answer is the old one at every sixth second, and the new one between.
    for (let second = 1; second < 60; second++) {
      world.clock.at(second * 1000 - 500, () => world.dns.set(clusterHost, addresses(second % 6 === 0 ? a.ip : b.ip)));
    }
    await run(world, jobOf(cluster, 'check'));
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });
});

describe('a look', () => {
  test('plans once and changes nothing', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const trigger: Trigger = { kind: 'manual', at: 0, action: 'plan' };
    const { report } = await run(world, jobOf(instance, 'dry-run', trigger));
    expect(report).toMatchObject({
      outcome: 'observed',
      passes: 1,
      plan: { kind: 'change', register: [targetKey(b)], deregister: [targetKey(a)] },
    });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });
});

describe('two runs at once', () => {
  test.each<[string, Trigger]>([
    ['an event and another event', end],
    ['an event and a drift check', { kind: 'schedule', at: 0 }],
  ])('(%s) end right over a flapping failover, and never empty the group', async (_, second) => {
    for (let shift = 0; shift < 8000; shift += 400) {
      const world = group(healthy(a));
      showCluster(world, 'orders-1', a);
      world.clock.at(15_000, () => showCluster(world, 'orders-2', b));
      for (let i = 0; i < 9; i++) {
        world.clock.at(16_000 + i * 1700, () => world.dns.set(clusterHost, addresses(i % 2 === 0 ? a.ip : b.ip)));
      }
      world.clock.at(32_000, () => showCluster(world, 'orders-2', b));
      const runs = [
        watch(world.ports, jobOf(cluster, 'watch', begin), newState(0), far),
        world.clock
          .sleep(10_000 + shift)
          .then(() =>
            watch(
              world.ports,
              jobOf(cluster, second.kind === 'schedule' ? 'check' : 'watch', second),
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
