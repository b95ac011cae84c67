import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../lib/errors.ts';
import { newState } from '../../lib/observations/run-state.ts';
import { watch } from '../../lib/run/watch.ts';
import { group, run, timedApi } from './scene.ts';
import { a, addresses, b, begin, cluster, healthy, host, instance, jobOf, showCluster, showInstance } from './world.ts';

/* How long a run waits, and when it makes its last look. */

const throttled = new ReconcileError('Throttled', 'Rate exceeded');
const down = new ReconcileError('ServiceUnavailable', 'down');
const lists = (world: ReturnType<typeof group>) => world.group.calls.filter((call) => call === 'list').length;

describe('the last look at the group', () => {
  test('is made before the deadline, and never at it', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const { endedAt } = await run(world, jobOf(instance, 'watch'), 1800);
    expect(lists(world)).toBe(2);
    expect(endedAt).toBeLessThan(1800);
  });

  test('is left out when a slow answer has used up the time', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const deadline = 2000;
    Object.assign(world.ports.resolver, {
      resolve: async () => {
        if (world.clock.now() > 0) await world.clock.sleep(deadline - world.clock.now());
        return addresses(a.ip);
      },
    });
    const { endedAt } = await run(world, jobOf(instance, 'watch'), deadline);
    expect(endedAt).toBe(deadline);
    expect(lists(world)).toBe(1);
  });

  test.each([
    ['is tolerated in a crowd where all is in sync', a, 20_000, false],
    ['is made once the crowd is over', a, 40_000, true],
    ['is made in a crowd where something is wrong', b, 20_000, true],
  ])('%s', async (_, writer, deadline, isMade) => {
    const world = group(healthy(a));
    showInstance(world, writer);
    world.group.failNext('list', throttled);
    await run(world, jobOf(instance, 'watch', begin, { observeOnly: true }), deadline);
    const lastAt = world.group.timed.at(-1)?.at ?? 0;
    expect(lastAt >= deadline - 1000).toBe(isMade);
  });
});

test.each([
  ['instance', instance],
  ['cluster', cluster],
] as const)(
  'a watch of an %s that only observes a difference makes as many calls as a quiet one',
  async (_, database) => {
    const world = group(healthy(a));
    if (database === cluster) showCluster(world, 'orders-2', b);
    else showInstance(world, b);
    const { state, endedAt } = await run(world, jobOf(database, 'watch', begin, { observeOnly: true }));
    expect([state.plan?.kind, endedAt >= 120_000]).toEqual(['change', true]);
    // A cluster takes two calls to the RDS API.
    expect(world.group.calls.length + 2 * world.looks.topology).toBeLessThanOrEqual(30);
    expect(world.group.calls.length).toBeLessThan(5);
  },
);

describe('a watch whose removal fails again and again', () => {
  test.each([0, 3, 6, 9])('ends with that fault, though the group can be read: %i seconds later', async (seconds) => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('deregister', down, 1000);
    const { state } = await run(world, jobOf(instance, 'watch'), 118_000 + seconds * 1000);
    expect(state.fault).toBe(down);
  });

  test('is not one whose look failed, and that leaves the removal to the drift check', async () => {
    const world = group(healthy(a), healthy(b));
    showInstance(world, a);
    world.group.failNext('list', down);
    const { state } = await run(world, jobOf(instance, 'watch'), 2500);
    expect(state.plan).toMatchObject({ kind: 'waiting', for: 'drift-check' });
    expect(state.fault).toBeUndefined();
  });

  test('ends without it when nobody can tell any more what to remove', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('deregister', down, 1000);
    world.clock.at(30_000, () => world.dns.set(host, { kind: 'not-found' }));
    const { state, report } = await run(world, jobOf(instance, 'watch'), 60_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    expect(state.fault).toBeUndefined();
  });

  test('ends without it when somebody else has removed the target', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('deregister', down, 1000);
    world.clock.at(20_000, () => world.group.put(a, 'draining'));
    const { state, report } = await run(world, jobOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('changed');
  });
});

describe('a watch that was throttled once', () => {
  test('ends without a fault when DNS moved and came back meanwhile, and the group is right', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(10_000, () => {
      world.group.failNext('list', throttled);
      showInstance(world, b);
    });
    world.clock.at(12_000, () => showInstance(world, a));
    const { report, state } = await run(world, jobOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('in-sync');
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});

describe('a watch', () => {
  test('lasts for its time, whenever it begins', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    await world.clock.run(world.clock.sleep(5_000_000));
    const { endedAt } = await run(world, jobOf(instance, 'watch'));
    expect(endedAt - 5_000_000).toBeGreaterThanOrEqual(120_000);
  });

  test('asks the API at its start, whatever was heard before it', async () => {
    const world = group(healthy(b));
    showCluster(world, 'orders-1', a);
    const before = world.topology;
    showCluster(world, 'orders-2', b);
    const times = timedApi(world);
    await world.clock.run(watch(world.ports, jobOf(cluster, 'watch'), newState(0, before), 500));
    expect(times[0]).toBe(0);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('that only observes goes on while nobody knows what the group should hold', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(10_000, () => showCluster(world, 'orders-2', b));
    world.clock.at(12_000, () => showCluster(world, 'nobody', b));
    const { report, endedAt } = await run(world, jobOf(cluster, 'watch', begin, { observeOnly: true }));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter' });
    expect(endedAt).toBeGreaterThanOrEqual(120_000);
  });

  test('that only observes survives a group that does not answer at first', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.group.failNext('list', down);
    const { report } = await run(world, jobOf(instance, 'watch', begin, { observeOnly: true }), 10_000);
    expect(report.outcome).toBe('in-sync');
  });

  describe('that waits before it goes back', () => {
    const start = () => {
      const world = group(healthy(a));
      showInstance(world, a);
      world.clock.at(10_000, () => showInstance(world, b));
      world.clock.at(20_000, () => showInstance(world, a));
      return world;
    };
    const backAt = ({ group: { timed } }: ReturnType<typeof start>) =>
      timed.find(({ call, at }) => at > 10_900 && call === 'register 10.0.1.10:5432')?.at ?? 0;

    test('acts when its wait is over, and not a recheck later', async () => {
      const world = start();
      await run(world, jobOf(instance, 'watch'));
      const sawAt = 900 * Math.ceil(20_000 / 900);
      expect(backAt(world)).toBeGreaterThanOrEqual(sawAt + 10_000);
      expect(backAt(world)).toBeLessThan(sawAt + 10_000 + 400);
    });

    test('goes on looking meanwhile, so that an answer that flaps is not taken for a stable one', async () => {
      const world = start();
      world.clock.at(25_000, () => world.dns.set(host, addresses(b.ip)));
      world.clock.at(27_000, () => world.dns.set(host, addresses(a.ip)));
      await run(world, jobOf(instance, 'watch'));
      expect(backAt(world)).toBeGreaterThanOrEqual(37_000);
    });
  });
});

describe('a check', () => {
  test('that was throttled ends with the next fault that is none of that kind', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.group.failNext('list', throttled);
    world.group.failNext('list', down);
    const { state } = await run(world, jobOf(instance, 'check'), 54_000);
    expect(state.fault).toBe(down);
    expect(lists(world)).toBe(2);
  });

  test('confirms a difference by a second look at everything, the API as well', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-2', b);
    world.clock.at(3000, () => showCluster(world, 'orders-1', b));
    await run(world, jobOf(cluster, 'check'), 9000);
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('does not wait for the health of a new target: the next one comes within the minute', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { register } = world.group;
    Object.assign(world.group, {
      register: async (wanted: [typeof b]) => {
        await register(wanted);
        world.group.put(wanted[0], 'initial');
      },
    });
    const check = jobOf(instance, 'check', undefined, { removeStale: 'when-replacement-healthy' });
    const { report, endedAt } = await run(world, check);
    expect(report).toMatchObject({ outcome: 'waiting', registered: ['10.0.2.10:5432'] });
    expect(endedAt).toBeLessThan(15_000);
  });
});
