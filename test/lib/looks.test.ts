import { describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { gaps, group, run } from './scene.ts';
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
  healthy,
  host,
  instance,
  jobOf,
  member,
  memberHost,
  port,
  seen,
  showCluster,
  showInstance,
  timings,
  unavailable,
  type World,
} from './world.ts';

/* When a run looks at what, how it waits, and when it ends. Bounds, not exact times: the pace may be tuned. */

describe('a check', () => {
  test.each<[string, (world: World) => void, Database, string]>([
    [
      'the RDS API is down',
      (world) => Object.assign(world, { topology: unavailable }),
      instance,
      'TopologyUnavailable',
    ],
    ['nobody writes', (world) => showCluster(world, 'nobody', a), cluster, 'NoWriter'],
  ])('ends at once when %s: the next one comes within the minute', async (_, show, database, reason) => {
    const world = group(healthy(a));
    show(world);
    const { report, endedAt } = await run(world, jobOf(database, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason, passes: 1 });
    expect(endedAt).toBe(0);
  });

  test('looks often while the sources disagree, and ends within two settle times when they go on', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.dns.set(clusterHost, addresses('10.9.9.9'));
    const { report, endedAt } = await run(world, jobOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'SourcesDisagree' });
    expect(report.passes).toBeGreaterThan(20);
    expect(endedAt).toBeGreaterThan(timings.settleMs / 2);
    expect(endedAt).toBeLessThanOrEqual(2 * timings.settleMs);
  });

  test('that has to end before it could confirm says what it would do, and for how long it should stay so', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { report } = await run(world, jobOf(instance, 'check'), 2000);
    expect(report).toMatchObject({
      outcome: 'held',
      reason: 'Unconfirmed',
      detail: expect.stringMatching(
        /^would register 10\.0\.2\.10:5432 and deregister 10\.0\.1\.10:5432 if the answer stays the same for \d+ ms$/,
      ),
      registered: [],
    });
  });

  test('that only observes ends at its first look, with its plan', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    const { report, endedAt } = await run(world, jobOf(instance, 'check', undefined, { observeOnly: true }));
    expect(report).toMatchObject({ outcome: 'observed', registered: [], plan: { register: ['10.0.2.10:5432'] } });
    expect(endedAt).toBeLessThanOrEqual(6000);
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('looks again when the group does not show yet what was registered', async () => {
    const world = group();
    showInstance(world, a);
    const { list } = world.ports.targetGroup;
    let reads = 0;
    Object.assign(world.ports.targetGroup, {
      list: async () => {
        reads += 1;
        return reads === 2 ? [] : list();
      },
    });
    const { report, endedAt } = await run(world, jobOf(instance, 'check'));
    expect(report).toMatchObject({ outcome: 'changed' });
    expect(endedAt).toBeGreaterThan(0);
  });

  test('that changed something reports it, also when a fault follows', async () => {
    const world = createWorld(createFakeGroup());
    showInstance(world, a);
    const { list } = world.ports.targetGroup;
    let reads = 0;
    const down = new ReconcileError('ServiceUnavailable', 'down');
    Object.assign(world.ports.targetGroup, {
      list: async () => {
        reads += 1;
        if (reads > 1) throw down;
        return list();
      },
    });
    const { state } = await run(world, jobOf(instance, 'check'));
    expect(state.registered).toEqual([a]);
    expect(state.fault).toBe(down);
  });
});

describe('a watch', () => {
  test('looks less and less often while faults go on, and as before when they are over', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.group.failNext('list', new ReconcileError('ServiceUnavailable', 'down'), 5);
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report.outcome).toBe('changed');
    const reads = world.group.timed.filter(({ call }) => call === 'list').map(({ at }) => at);
    const waits = gaps(reads.slice(0, 6));
    expect(waits).toHaveLength(5);
    for (const [i, wait] of waits.slice(1, 3).entries()) expect(wait).toBeGreaterThan((waits[i] ?? 0) * 1.3);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(timings.recheckMs);
      expect(wait).toBeLessThanOrEqual(timings.settleMs / 3);
    }
    const { looks } = world;
    expect(looks.dns).toBeGreaterThan(20);
  });

  test('takes up to a fifth off its recheck time by chance, and never adds to it', async () => {
    for (const [chance, least, most] of [
      [0, 140, 160],
      [0.999, 115, 125],
    ] as const) {
      const world = group(healthy(a));
      showInstance(world, a);
      Object.assign(world.ports.clock, { random: () => chance });
      const { report } = await run(world, jobOf(instance, 'watch'));
      expect(report.passes).toBeGreaterThanOrEqual(least);
      expect(report.passes).toBeLessThanOrEqual(most);
    }
  });

  test('that only observes ends once its plan has stood for the settle time', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    const { report, endedAt } = await run(world, jobOf(instance, 'watch', begin, { observeOnly: true }));
    expect(report.outcome).toBe('observed');
    expect(endedAt).toBeGreaterThanOrEqual(35_000);
    expect(endedAt).toBeLessThanOrEqual(40_000);
  });

  test('does not settle while it holds', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(5000, () => world.dns.set(host, addresses('8.8.8.8')));
    const { report, endedAt } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressNotAllowed' });
    expect(endedAt).toBeGreaterThanOrEqual(timings.watchMs);
  });

  test('with no time left makes the one look that was asked for', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    for (const deadline of [0, -5000]) {
      const { report } = await run(world, jobOf(instance, 'watch'), deadline);
      expect(report).toMatchObject({ outcome: 'in-sync', passes: 1 });
    }
  });

  test('has moved when only the group did: a foreign hand is watched for the settle time as well', async () => {
    const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
    showInstance(world, a);
    // The registration of c shows at the next look that reads the group; a failover later makes one.
    world.clock.at(10_000, () => {
      world.topology = seen([member('orders', 'writer')], { host, port });
      world.dns.set(memberHost('orders'), addresses(a.ip));
      world.group.put(c, 'healthy');
      world.dns.set(host, addresses(b.ip));
    });
    const { report, endedAt } = await run(world, jobOf(instance, 'watch'));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(endedAt).toBeGreaterThanOrEqual(40_000);
  });
});
