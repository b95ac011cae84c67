import { describe, expect, test } from 'vitest';
import type { Database } from '../../../lib/domain.ts';
import { ReconcileError } from '../../../lib/errors.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import { pass } from '../../../lib/run/reconcile.ts';
import { group, run, timedApi } from '../scene.ts';
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
  seen,
  showCluster,
  showInstance,
  timings,
  unavailable,
  type World,
} from '../world.ts';

/* When a run asks again before it changes something, and when it leaves the group alone. */

const throttled = new ReconcileError('Throttled', 'Rate exceeded');
const down = new ReconcileError('ServiceUnavailable', 'down');
const readers: Database = { ...cluster, role: 'reader' };
const all = ['orders-1', 'orders-2', 'orders-3'];
const callsFrom = ({ group: { timed } }: World, from: number) => timed.filter(({ at }) => at >= from);
const atOnce = { removeStale: 'at-once' } as const;

describe('a reader is removed', () => {
  const request = jobOf(readers, 'check', undefined, atOnce);
  const watching = jobOf(readers, 'watch', begin, atOnce);
  const begun = 1_000_000;
  async function start() {
    const world = group(healthy(b), healthy(c));
    await world.clock.run(world.clock.sleep(begun));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2']);
    const times = timedApi(world);
    return { world, times };
  }

  test('only by a young word of the API: an old one may have been half of the truth', async () => {
    const { world } = await start();
    world.clock.at(begun + 1000, () => showCluster(world, 'orders-1', a, all));
    const { report } = await run(world, request, begun + 30_000);
    expect(report.deregistered).toEqual([]);
    expect(world.group.live()).toEqual(['10.0.2.10:5432', '10.0.3.10:5432']);
  });

  test('without another question where the API has just spoken', async () => {
    const { world, times } = await start();
    await run(world, request, begun + 30_000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(times.filter((at) => at < begun + 10_000)).toEqual([begun]);
  });

  /** Nobody knows where orders-3 is; its name comes back seven seconds after the API has spoken. */
  async function startWithout() {
    const { world, times } = await start();
    showCluster(world, 'orders-1', a, all);
    world.group.targets.delete('10.0.3.10:5432');
    world.dns.set(memberHost('orders-3'), { kind: 'failed', code: 'ETIMEOUT' });
    world.clock.at(begun + 7000, () => world.dns.set(memberHost('orders-3'), addresses(c.ip)));
    return { world, times };
  }

  test('and added by a young one alone: by now its port may be another', async () => {
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

  test('and added only by a word that the API stands by: while it is silent, nobody knows which readers there are', async () => {
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

test('a port is moved by a young word of the API alone', async () => {
  const world = group(healthy({ ...a, port: 6432 }));
  showInstance(world, a);
  const old = { at: -6000, observation: world.topology, pollIntervalMs: 60_000 };
  world.topology = seen([member('orders', 'writer')], { host, port: 6432 });
  const before = { ...newState(0), passes: 5, topology: old };
  const state = await world.clock.run(pass(world.ports, jobOf(instance, 'watch'), before, 'dns'));
  expect(state).toMatchObject({ plan: { kind: 'in-sync' }, registered: [], deregistered: [] });
  expect(world.group.live()).toEqual(['10.0.1.10:6432']);
});

test('a removal alone registers nothing', async () => {
  const world = group(healthy(a), healthy(c));
  showInstance(world, a);
  await run(world, jobOf(instance, 'check'), 30_000);
  expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  expect(world.group.calls.filter((call) => call.startsWith('register'))).toEqual([]);
});

test('a removal of two that takes too long names both', async () => {
  const world = group(healthy(a), healthy(b), healthy(c));
  showInstance(world, c);
  Object.assign(world.ports.targetGroup, { deregister: () => new Promise(() => {}) });
  const { state } = await run(world, jobOf(instance, 'check'));
  expect(state.fault?.message).toMatch(/^deregistering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 took longer/);
});

test('a run that never got there has no moment at which the group was right', async () => {
  const world = group(healthy(a));
  showCluster(world, 'nobody', a);
  expect((await run(world, jobOf(cluster, 'watch'), 10_000)).state.convergedAt).toBeUndefined();
});

test('a group that somebody else has put right is watched for another settle time', async () => {
  const world = createWorld(createFakeGroup([healthy(a)], 'initial'));
  showInstance(world, a);
  world.clock.at(5000, () => showInstance(world, b));
  world.clock.at(60_000, () => {
    world.group.targets.delete('10.0.1.10:5432');
    world.group.put(b, 'healthy');
  });
  const { report, endedAt } = await run(
    world,
    jobOf(instance, 'watch', begin, { removeStale: 'when-replacement-healthy' }),
  );
  expect(report).toMatchObject({ outcome: 'changed', registered: ['10.0.2.10:5432'] });
  expect(endedAt).toBeGreaterThanOrEqual(60_000 + timings.settleMs);
});

test('a fault of the group is gone once the group answers, also when nothing is left to do', async () => {
  const world = group(healthy(a));
  showInstance(world, a);
  world.clock.at(10_000, () => {
    showInstance(world, b);
    world.group.failNext('list', down);
  });
  world.clock.at(11_000, () => showInstance(world, a));
  const { state } = await run(world, jobOf(instance, 'watch'));
  expect(state.fault).toBeUndefined();
  expect(state.plan?.kind).toBe('in-sync');
});

describe('a watch that is throttled', () => {
  const moves = (...failures: Parameters<World['group']['failNext']>[]) => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.clock.at(20_000, () => {
      for (const failure of failures) world.group.failNext(...failure);
      showInstance(world, b);
    });
    return world;
  };

  test('makes no call at all to the group while it backoffs, and then changes what has to be changed', async () => {
    const world = moves(['list', throttled]);
    await run(world, jobOf(instance, 'watch'));
    const [first, second] = callsFrom(world, 20_000);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(5000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('does not look right after its change', async () => {
    const world = moves(['list', throttled]);
    await run(world, jobOf(instance, 'watch'));
    const calls = callsFrom(world, 20_000);
    const changed = calls.findIndex(({ call }) => call.startsWith('deregister'));
    expect(changed).toBeGreaterThan(0);
    expect((calls[changed + 1]?.at ?? 0) - (calls[changed]?.at ?? 0)).toBeGreaterThan(timings.settleMs / 2);
  });

  test('tries a change again with what it has read', async () => {
    const world = moves(['register', throttled]);
    await run(world, jobOf(instance, 'watch'));
    const registers = callsFrom(world, 20_000).map(({ call }) => call.split(' ')[0]);
    expect(registers.slice(0, 5)).toEqual(['list', 'register', 'register', 'list', 'deregister']);
  });

  test('backoffs for long when it was only looking after a change', async () => {
    const world = moves();
    let isChanged = false;
    const { deregister } = world.group;
    Object.assign(world.group, {
      deregister: async (targets: never) => {
        await deregister(targets);
        if (!isChanged) world.group.failNext('list', throttled);
        isChanged = true;
      },
    });
    await run(world, jobOf(instance, 'watch'));
    const calls = callsFrom(world, 20_000);
    const changed = calls.findIndex(({ call }) => call.startsWith('deregister'));
    const [refused, next] = calls.slice(changed + 1);
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(5000);
  });

  test('begins with a short rest again after an answer', async () => {
    const world = moves(['list', throttled]);
    world.group.failNext('list', throttled);
    await run(world, jobOf(instance, 'watch'));
    const [first, second] = callsFrom(world, 20_000);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(8000);
  });
});
