import { describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import type { TopologySighting } from '../../lib/ports.ts';
import { reportOf } from '../../lib/report.ts';
import { type Job, newState } from '../../lib/state.ts';
import { watch } from '../../lib/watch.ts';
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
  hostname,
  instance,
  jobOf,
  member,
  memberHost,
  pace,
  port,
  seen,
  showCluster,
  showInstance,
  unavailable,
  type World,
} from './world.ts';

/* When a run looks at what, how it waits, and when it ends. Bounds, not exact times: the pace may be tuned. */

async function run(world: World, job: Job, deadline = 1_000_000_000) {
  const begun = world.clock.now();
  const state = await world.clock.run(watch(world.ports, job, newState(begun), deadline));
  return { state, report: reportOf(job, state, world.clock.now()), endedAt: world.clock.now() };
}
const group = (...targets: Parameters<typeof createFakeGroup>[0] & object) => createWorld(createFakeGroup(targets));

/** Notes when the RDS API is asked, and answers as `answer` says, or as the world shows. */
function timedApi(world: World, answer?: (signal?: AbortSignal) => Promise<TopologySighting>): number[] {
  const times: number[] = [];
  Object.assign(world.ports, {
    topology: {
      describe: async (signal?: AbortSignal) => {
        times.push(world.clock.now());
        return answer ? answer(signal) : world.topology;
      },
    },
  });
  return times;
}
const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));

describe('the RDS API', () => {
  test('is asked at most every third of the settle time, and more and more rarely while all is well', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    const times = timedApi(world);
    await run(world, jobOf(cluster, 'watch'));
    expect(times[0]).toBe(0);
    const between = gaps(times);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(pace.settleMs / 3);
    // The last look is a fresh one, whenever it comes.
    const quiet = between.slice(0, -1);
    expect(quiet.length).toBeGreaterThanOrEqual(2);
    for (const [i, gap] of quiet.slice(1).entries()) expect(gap).toBeGreaterThan(1.4 * (quiet[i] ?? 0));
  });

  test('is asked steadily while something is wrong', async () => {
    const world = group(healthy(a));
    showCluster(world, 'nobody', a);
    const times = timedApi(world);
    await run(world, jobOf(cluster, 'watch'));
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...gaps(times))).toBeLessThanOrEqual(pace.settleMs / 3 + 2 * pace.recheckMs);
  });

  test('is not asked for a second opinion on the name of an instance', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(3000, () => showInstance(world, b));
    const times = timedApi(world);
    await run(world, jobOf(instance, 'watch'));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(times.filter((at) => at > 0 && at < pace.settleMs / 3)).toEqual([]);
  });

  test('that hangs is given up, and its call cut, where the endpoint is known', async () => {
    const world = group(healthy(a));
    world.dns.set(host, addresses(a.ip));
    const signals: AbortSignal[] = [];
    timedApi(world, (signal) => {
      if (signal) signals.push(signal);
      return new Promise(() => {});
    });
    const readers: Database = { ...cluster, role: 'reader', endpoint: { host, port } };
    const { report } = await run(world, jobOf(readers, 'watch'), 10_000);
    expect(report).toMatchObject({
      reason: 'TopologyUnavailable',
      detail: expect.stringMatching(/the RDS API did not answer within \d+ ms/),
    });
    expect(signals.length).toBeGreaterThan(0);
    for (const { aborted } of signals) expect(aborted).toBe(true);
  });

  test('that is only slow is waited for where nothing else says who the writer is, and in a check', async () => {
    for (const [database, mode] of [
      [instance, 'watch'],
      [{ ...instance, endpoint: { host, port } }, 'check'],
    ] as const) {
      const world = group(healthy(a));
      showInstance(world, a);
      timedApi(world, () => world.clock.sleep(8000).then(() => world.topology));
      const { report } = await run(world, jobOf(database, mode), 10_000);
      expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    }
  });

  test('that answers in time is not cut, and then its call is over', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const states: (boolean | undefined)[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    timedApi(world, async (signal) => {
      await world.clock.sleep(500);
      signals.push(signal);
      states.push(signal?.aborted);
      return world.topology;
    });
    const known = { ...instance, endpoint: { host: 'other.example.com', port } };
    const { report } = await run(world, jobOf(known, 'watch'), 5000);
    expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    expect(states[0]).toBe(false);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('that says that the database is gone is believed, whatever it said before', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(15_000, () => {
      world.topology = { kind: 'not-found', message: 'deleted' };
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: 'deleted' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});

describe('DNS', () => {
  test('is asked for the members in the same pass in which the sources differ', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', b);
    const { report } = await run(world, jobOf(cluster, 'watch'), 500);
    expect(report).toMatchObject({ reason: 'SourcesDisagree', detail: expect.stringContaining('(orders-2)') });
  });

  test('that answers again after a failure has not moved if it says the same', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.clock.at(3000, () => world.dns.set(clusterHost, { kind: 'failed', code: 'ETIMEOUT' }));
    world.clock.at(6000, () => showCluster(world, 'orders-1', a));
    const times = timedApi(world);
    const { state } = await run(world, jobOf(cluster, 'watch'));
    expect(times.filter((at) => at > 0 && at < pace.settleMs / 3)).toEqual([]);
    expect(state.movedAt).toBeUndefined();
  });

  test('without the RDS API names a hostname alone', async () => {
    const world = group();
    Object.assign(world.ports, { topology: undefined });
    world.dns.set(host, addresses(a.ip, b.ip));
    const { report } = await run(world, jobOf(hostname, 'check'));
    expect(report.registered).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});

describe('the group', () => {
  test('is read again while a stale target waits for its replacement, soon after that is healthy', async () => {
    const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(40_000, () => world.group.put(b, 'healthy'));
    await run(world, jobOf(instance, 'watch', begin, { removeStale: 'when-replacement-healthy' }));
    const removedAt = world.group.timed.find(({ call }) => call.startsWith('deregister'))?.at ?? 0;
    expect(removedAt).toBeGreaterThanOrEqual(40_000);
    expect(removedAt).toBeLessThanOrEqual(40_000 + pace.settleMs / 2);
    const reads = world.group.timed.filter(({ call, at }) => call === 'list' && at > 6000 && at < 40_000);
    expect(reads.length).toBeLessThanOrEqual(8);
  });

  test('is read right before a change, so that what another run did meanwhile is not done again', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(20_000, () => {
      showInstance(world, b);
      world.group.put(b, 'healthy');
    });
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report.registered).toEqual([]);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('gives its port where nothing else names one, if all its live targets share it', async () => {
    const known: Database = { ...instance, endpoint: { host } };
    const other = { ...b, port: 3307 };
    for (const [targets, expected] of [
      [[healthy(a)], ['10.0.1.10:5432', '10.0.3.10:5432']],
      [[healthy(a), healthy(other)], undefined],
      [
        [healthy(a), { ...other, state: 'draining' as const }],
        ['10.0.1.10:5432', '10.0.3.10:5432'],
      ],
    ] as const) {
      const world = group(...targets);
      world.dns.set(host, addresses(c.ip));
      const { report } = await run(world, jobOf(known, 'check', undefined, { removeStale: 'never' }));
      if (expected) expect(world.group.live()).toEqual(expected);
      else expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    }
  });

  test('is given the port of a named writer only to the instance that a completed failover names', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-2', a);
    const named = { kind: 'end', at: 0, eventId: 'RDS-EVENT-0071', named: 'orders-2' } as const;
    await run(world, jobOf(cluster, 'watch', named), 5000);
    expect(world.group.live()).toContain('10.0.2.10:5432');
  });

  test('that throws what is no fault of ours is a defect, and no result', async () => {
    const world = group(healthy(a));
    showInstance(world, a);
    const defect = new TypeError('a defect');
    Object.assign(world.ports.targetGroup, { list: () => Promise.reject(defect) });
    await expect(run(world, jobOf(instance, 'check'))).rejects.toBe(defect);
  });
});

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
    expect(endedAt).toBeGreaterThan(pace.settleMs / 2);
    expect(endedAt).toBeLessThanOrEqual(2 * pace.settleMs);
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
    world.group.failNext('list', new ReconcileError('Throttled', 'slow down'), 5);
    const { report } = await run(world, jobOf(instance, 'watch'));
    expect(report.outcome).toBe('changed');
    const reads = world.group.timed.filter(({ call }) => call === 'list').map(({ at }) => at);
    const waits = gaps(reads.slice(0, 6));
    expect(waits).toHaveLength(5);
    for (const [i, wait] of waits.slice(1, 3).entries()) expect(wait).toBeGreaterThan((waits[i] ?? 0) * 1.3);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(pace.recheckMs);
      expect(wait).toBeLessThanOrEqual(pace.settleMs / 3);
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
    expect(endedAt).toBeGreaterThanOrEqual(pace.watchMs);
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
    const world = group(healthy(a));
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
