import { describe, expect, test } from 'vitest';
import { type Database, targetKey } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import { pass } from '../../../lib/run/reconcile.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  clusterHost,
  clusterWorld,
  down,
  far,
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
  timedApi,
  timings,
  whenHeld,
} from '../scene.ts';
import { keeping, warmWorld } from '../warm-rig.ts';
import { unavailable, worldWith } from '../world.ts';

/* When a run asks the RDS API and DNS, and for how long it waits for them. Bounds, not exact times: the timings may be tuned. */

const all = ['orders-1', 'orders-2', 'orders-3'];
const atOnce = { removeStale: 'at-once' } as const;

describe('the RDS API', () => {
  test('asks the API again as soon as DNS moves', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(3000, () => showCluster(world, 'orders-2', b));
    const held = whenHeld(world, b);
    await run(world, requestOf(cluster, 'watch'));
    expect(held()).toBeLessThanOrEqual(4000);
  });

  test('goes on with the known endpoint while the RDS API is down', async () => {
    const world = instanceWorld(a, healthy(a));
    world.topology = unavailable;
    world.clock.at(10_000, () => world.dns.set(host, addresses(b.ip)));
    const { report } = await run(world, requestOf({ ...instance, endpoint: { host, port } }, 'watch'));
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('goes on with what the RDS API said before it went away', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(5000, () => {
      showCluster(world, 'orders-1', b);
      world.topology = unavailable;
    });
    await run(world, requestOf(cluster, 'watch'));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('is not held up by an RDS API that hangs', async () => {
    const world = instanceWorld(a, healthy(a));
    Object.assign(world.ports, { topology: { describe: () => new Promise(() => {}) } });
    world.clock.at(10_000, () => world.dns.set(host, addresses(b.ip)));
    const held = whenHeld(world, b);
    await run(world, requestOf({ ...instance, endpoint: { host, port } }, 'watch'));
    expect((held() ?? far) - 10_000).toBeLessThanOrEqual(4000);
  });

  test('is asked at most every third of the settle time, and more and more rarely while all is well', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const times = timedApi(world);
    await run(world, requestOf(cluster, 'watch'));
    expect(times[0]).toBe(0);
    const between = gaps(times);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(10_000);
    // The last lookup is of everything, whenever it comes.
    const quiet = between.slice(0, -1);
    expect(quiet.length).toBeGreaterThanOrEqual(2);
    for (const [i, gap] of quiet.slice(1).entries()) expect(gap).toBeGreaterThan(1.4 * (quiet[i] ?? 0));
  });

  test('is asked steadily while something is wrong', async () => {
    const world = clusterWorld('none', a, healthy(a));
    const times = timedApi(world);
    await run(world, requestOf(cluster, 'watch'));
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...gaps(times))).toBeLessThanOrEqual(12_000);
  });

  test('is not asked for a second opinion on the name of an instance', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(3000, () => showInstance(world, b));
    const times = timedApi(world);
    await run(world, requestOf(instance, 'watch'));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(times.filter((at) => at > 0 && at < 10_000)).toEqual([]);
  });

  test('that hangs is given up, and its call cut, where the endpoint is known', async () => {
    const world = worldWith(healthy(a));
    world.dns.set(host, addresses(a.ip));
    const signals: AbortSignal[] = [];
    timedApi(world, (signal) => {
      if (signal) signals.push(signal);
      return new Promise(() => {});
    });
    const readers: Database = { ...cluster, role: 'reader', endpoint: { host, port } };
    const { report, state } = await run(world, requestOf(readers, 'watch'), 10_000);
    expect(state.topology?.observation).toMatchObject({ kind: 'unavailable', error: { code: 'TimedOut' } });
    expect(report).toMatchObject({
      reason: 'TopologyUnavailable',
      detail: expect.stringMatching(/the RDS API did not answer within \d+ ms/),
    });
    expect(signals.length).toBeGreaterThan(0);
    for (const { aborted } of signals) expect(aborted).toBe(true);
  });

  test('is believed when it said that there is no writer, though the group could not be read then', async () => {
    const world = worldWith(healthy(a));
    world.dns.set(host, addresses(b.ip));
    world.topology = { kind: 'seen', topology: { endpoint: { host, port }, instances: [] } };
    world.group.failNext('list', new ReconcileError('ServiceUnavailable', 'ELBv2 is down.'));
    world.clock.at(1000, () => {
      world.topology = unavailable;
    });
    const { report } = await run(world, requestOf({ ...instance, endpoint: { host, port } }, 'watch'), 15_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('is believed when it said that there is no database, while it does not answer any more', async () => {
    const world = worldWith(healthy(a));
    world.dns.set(host, addresses(b.ip));
    world.topology = { kind: 'not-found', message: 'no such database' };
    world.clock.at(1000, () => {
      world.topology = unavailable;
    });
    const { report } = await run(world, requestOf({ ...instance, endpoint: { host, port } }, 'watch'), 15_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: 'no such database' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('that stays down tells why it is down now', async () => {
    const world = worldWith(healthy(a));
    const errors = [new ReconcileError('TimedOut', 'at first'), new ReconcileError('ServiceUnavailable', 'now')];
    timedApi(world, async () => ({ kind: 'unavailable', error: errors[world.clock.now() > 5000 ? 1 : 0] ?? down }));
    const { report } = await run(world, requestOf(instance, 'watch'), 30_000);
    expect(report).toMatchObject({ reason: 'TopologyUnavailable', detail: expect.stringMatching(/^now/) });
  });

  test('that hangs after it has said which instance is the writer delays no registration', async () => {
    const world = instanceWorld(a, healthy(a));
    const times = timedApi(world, () => (times.length > 1 ? new Promise(() => {}) : Promise.resolve(world.topology)));
    world.clock.at(15_000, () => world.dns.set(host, addresses(b.ip)));
    await run(world, requestOf(instance, 'watch'), 20_000);
    expect(times.length).toBeGreaterThan(1);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('that throttles is asked more and more rarely; one that is down, steadily', async () => {
    const gapsWith = async (code: 'Throttled' | 'ServiceUnavailable') => {
      const world = worldWith(healthy(a));
      const error = new ReconcileError(code, 'no');
      const times = timedApi(world, async () => ({ kind: 'unavailable', error }));
      await run(world, requestOf(instance, 'watch'));
      return gaps(times).slice(0, -1);
    };
    const quiet = await gapsWith('Throttled');
    for (const [i, gap] of quiet.slice(1).entries()) expect(gap).toBeGreaterThan(1.4 * (quiet[i] ?? 0));
    expect(quiet.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...(await gapsWith('ServiceUnavailable')))).toBeLessThanOrEqual(12_000);
  });

  test('is given a fifteenth of the settle time, and never less than a second', async () => {
    for (const [settleMs, answerMs] of [
      [30_000, 1900],
      [600, 900],
    ] as const) {
      const world = instanceWorld(a, healthy(a));
      timedApi(world, () => world.clock.sleep(answerMs).then(() => world.topology));
      const request = requestOf({ ...instance, endpoint: { host, port } }, 'watch');
      const { report } = await run(world, { ...request, timings: { ...timings, settleMs } }, 3000);
      expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    }
  });

  test('that is only slow is waited for where nothing else says who the writer is, and in a check', async () => {
    for (const [database, mode] of [
      [instance, 'watch'],
      [{ ...instance, endpoint: { host, port } }, 'check'],
    ] as const) {
      const world = instanceWorld(a, healthy(a));
      timedApi(world, () => world.clock.sleep(8000).then(() => world.topology));
      const { report } = await run(world, requestOf(database, mode), 10_000);
      expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    }
  });

  test('that answers in time is not cut, and then its call is over', async () => {
    const world = instanceWorld(a, healthy(a));
    const states: (boolean | undefined)[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    timedApi(world, async (signal) => {
      await world.clock.sleep(500);
      signals.push(signal);
      states.push(signal?.aborted);
      return world.topology;
    });
    const known = { ...instance, endpoint: { host: 'other.example.com', port } };
    const { report } = await run(world, requestOf(known, 'watch'), 5000);
    expect(report).toMatchObject({ outcome: 'in-sync', writer: { instanceId: 'orders' } });
    expect(states[0]).toBe(false);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('that says that the database is gone is believed, whatever it said before', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(15_000, () => {
      world.topology = { kind: 'not-found', message: 'deleted' };
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: 'deleted' });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});

describe('DNS', () => {
  test('is asked for the members in the same pass in which the sources differ', async () => {
    const world = clusterWorld('orders-1', b, healthy(a));
    const { report } = await run(world, requestOf(cluster, 'watch'), 500);
    expect(report).toMatchObject({ reason: 'SourcesDisagree', detail: expect.stringContaining('(orders-2)') });
  });

  test('that answers again after a failure has not moved if it says the same', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(3000, () => world.dns.set(clusterHost, { kind: 'failed', code: 'ETIMEOUT' }));
    world.clock.at(6000, () => showCluster(world, 'orders-1', a));
    const times = timedApi(world);
    const { state } = await run(world, requestOf(cluster, 'watch'));
    expect(times.filter((at) => at > 0 && at < 10_000)).toEqual([]);
    expect(state.movedAt).toBeUndefined();
  });

  test('without the RDS API names a hostname alone', async () => {
    const world = worldWith();
    Object.assign(world.ports, { topology: undefined });
    world.dns.set(host, addresses(a.ip, b.ip));
    const { report } = await run(world, requestOf(hostname, 'check'));
    expect(report.registered).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});

describe('a reader is removed', () => {
  const request = requestOf(readers, 'check', undefined, atOnce);

  const watching = requestOf(readers, 'watch', begin, atOnce);

  const begun = 1_000_000;

  async function start() {
    const world = worldWith(healthy(b), healthy(c));
    await world.clock.run(world.clock.sleep(begun));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2']);
    const times = timedApi(world);
    return { world, times };
  }

  test('only by a fresh topology: a stale one may have shown a part of the readers', async () => {
    const { world } = await start();
    world.clock.at(begun + 1000, () => showCluster(world, 'orders-1', a, all));
    const { report } = await run(world, request, begun + 30_000);
    expect(report.deregistered).toEqual([]);
    expect(world.group.live()).toEqual(['10.0.2.10:5432', '10.0.3.10:5432']);
  });

  test('without another call where the API has just answered', async () => {
    const { world, times } = await start();
    await run(world, request, begun + 30_000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(times.filter((at) => at < begun + 10_000)).toEqual([begun]);
  });

  test('or added without a second call in the pass that has asked the API', async () => {
    const world = worldWith(healthy(b));
    showCluster(world, 'orders-1', a, all);
    const times = timedApi(world);
    expect((await run(world, request)).report.registered).toEqual([targetKey(c)]);
    expect(times).toEqual([...new Set(times)]);
  });

  /** The address of orders-3 is unknown; its name comes back seven seconds after the API has answered. */
  async function startWithout() {
    const { world, times } = await start();
    showCluster(world, 'orders-1', a, all);
    world.group.targets.delete('10.0.3.10:5432');
    world.dns.set(memberHost('orders-3'), { kind: 'failed', code: 'ETIMEOUT' });
    world.clock.at(begun + 7000, () => world.dns.set(memberHost('orders-3'), addresses(c.ip)));
    return { world, times };
  }

  test('and added only by a fresh topology: by now its port may be another', async () => {
    const { world, times } = await startWithout();
    const moved = all.map((id) => ({
      ...member(id, id === 'orders-1' ? 'writer' : 'reader'),
      endpoint: { host: memberHost(id), port: 6432 },
    }));
    world.clock.at(begun + 6000, () => {
      world.topology = seen(moved, { host: clusterHost, port: 6432 });
    });
    const { report } = await run(world, watching, begun + 9500);
    expect(report.registered).toContain('10.0.3.10:6432');
    expect(report.registered).not.toContain('10.0.3.10:5432');
    expect(times.filter((at) => at > begun && at < begun + 9000)).toHaveLength(1);
  });

  test('and added only while the API answers: without it, the readers are unknown', async () => {
    const { world } = await startWithout();
    world.clock.at(begun + 6000, () => {
      world.topology = unavailable;
    });
    const { report } = await run(world, watching, begun + 9500);
    expect(report).toMatchObject({
      outcome: 'held',
      reason: expect.stringContaining('TopologyUnavailable'),
      registered: [],
      deregistered: [],
    });
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });
});

describe('the interfaces with the marker security group', () => {
  test('are not asked for again in the pass that has asked for them', async () => {
    const world = warmWorld(a);
    await world.clock.run(world.clock.sleep(1_000_000));
    const { report } = await run(world, keeping());
    expect([report.registered, world.lookups.marked]).toEqual([[targetKey(a), targetKey(b)], 1]);
  });

  test.each([
    [30_000, 2000],
    [7500, 1000],
  ])('are waited for by a run whose settle time is %i ms for %i ms', async (settleMs, ms) => {
    const world = warmWorld(a, healthy(a), healthy(b));
    Object.assign(world.ports, { interfaces: { findByGroup: () => new Promise(() => undefined) } });
    const { state, endedAt } = await run(world, { ...keeping(), timings: { ...timings, settleMs } });
    const message = `EC2 did not answer within ${ms} ms`;
    expect(state.marked?.seen).toEqual({ kind: 'unavailable', message });
    expect(endedAt).toBe(ms);
  });
});

test('a port of a name is moved without any topology', async () => {
  const world = worldWith(healthy({ ...a, port: 6432 }));
  Object.assign(world.ports, { topology: undefined });
  world.dns.set(host, addresses(a.ip));
  const { report } = await run(world, requestOf(hostname, 'watch'), 20_000);
  expect(report.registered).toEqual([targetKey(a)]);
});

test('a port is moved only by a fresh topology', async () => {
  const world = instanceWorld(a, healthy({ ...a, port: 6432 }));
  const old = { at: -6000, observation: world.topology, pollIntervalMs: 60_000 };
  world.topology = seen([member('orders', 'writer')], { host, port: 6432 });
  const before = { ...newState(0), passes: 5, topology: old };
  const state = await world.clock.run(pass(world.ports, requestOf(instance, 'watch'), before, 'dns'));
  expect(state).toMatchObject({ plan: { kind: 'in-sync' }, registered: [], deregistered: [] });
  expect(world.group.live()).toEqual(['10.0.1.10:6432']);
});
