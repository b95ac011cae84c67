import { describe, expect, test } from 'vitest';
import { type Database, type Trigger, targetKey } from '../../../lib/domain.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  changed,
  cluster,
  clusterWorld,
  down,
  far,
  healthy,
  host,
  instance,
  instanceWorld,
  member,
  memberHost,
  requestOf,
  run,
  seen,
  showCluster,
  showInstance,
  whenHealthy,
  whenHeld,
} from '../scene.ts';
import { worldWith, worldWithHealthChecks } from '../world.ts';

/* What one pass reads, decides and changes, and what a fault leaves of it. */

const evil = 'evil.example.com';
const told = (name: string, port = 5432) =>
  seen([{ id: 'orders', role: 'writer', status: 'available', endpoint: { host: name, port } }], { host: name, port });

describe('a run', () => {
  test('holds while there is no writer, and says so', async () => {
    const world = clusterWorld('none', a, healthy(a));
    const { report } = await run(world, requestOf(cluster, 'watch'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', registered: [], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });

  test('acts at once when topology and DNS have both moved', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(20_000, () => showCluster(world, 'orders-2', b));
    const held = whenHeld(world, b);
    await run(world, requestOf(cluster, 'watch'));
    expect((held() ?? far) - 20_000).toBeLessThanOrEqual(1000);
  });

  test('follows DNS alone after a third of the settle time, while the topology lags by minutes', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.clock.at(20_000, () => showCluster(world, 'orders-1', b));
    const held = whenHeld(world, b);
    await run(world, requestOf(cluster, 'watch'));
    expect((held() ?? far) - 20_000).toBeGreaterThanOrEqual(10_000 - 1000);
    expect((held() ?? far) - 20_000).toBeLessThanOrEqual(12_000);
  });

  test('survives faults of the group that pass, and reports none', async () => {
    const world = worldWithHealthChecks(healthy(a));
    showInstance(world, b);
    world.group.failNext('list', down, 2);
    world.group.failNext('register', down);
    world.group.failNext('deregister', down);
    const { state, report } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('changed');
    expect(world.group.live()).toEqual([targetKey(b)]);
    expect(world.group.fewest()).toBe(1);
  });

  test('waits through a partial DNS failure without removing a target', async () => {
    const readers: Database = { ...cluster, role: 'reader' };
    const world = worldWith(healthy(b), healthy(c));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
    world.dns.set(memberHost('orders-3'), { kind: 'failed', code: 'ETIMEOUT' });
    const { report } = await run(world, requestOf(readers, 'watch', begin, whenHealthy));
    expect(report.outcome).toBe('waiting');
    expect(world.group.live()).toEqual([targetKey(b), targetKey(c)]);
  });

  test('only observes when told to', async () => {
    const world = instanceWorld(b, healthy(a));
    const { report } = await run(world, requestOf(instance, 'watch', begin, { observeOnly: true }));
    expect(report).toMatchObject({
      outcome: 'observed',
      registered: [],
      plan: { register: [targetKey(b)], deregister: [targetKey(a)] },
    });
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('that only observes reads the group when the writer moves', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => {
      showInstance(world, b);
      world.group.put(b, 'healthy');
    });
    const { report } = await run(world, requestOf(instance, 'watch', begin, { observeOnly: true }), 20_000);
    expect(report).toMatchObject({ outcome: 'observed', plan: { register: [], deregister: [targetKey(a)] } });
    expect(world.group.timed.map(({ at }) => Math.floor(at / 5000))).toContain(2);
  });

  test('has no fault for a change that never showed, once that change is not wanted any more', async () => {
    const world = instanceWorld(b);
    Object.assign(world.ports.targetGroup, { list: async () => [] });
    world.clock.at(10_000, () => world.dns.set(host, { kind: 'not-found' }));
    const { state, report } = await run(world, requestOf(instance, 'watch'), 30_000);
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    expect(state.fault).toBeUndefined();
  });

  test('moves the target when only the port has changed', async () => {
    const world = worldWith(healthy(a));
    world.topology = seen([member('orders', 'writer')], { host, port: 5433 });
    world.dns.set(host, addresses(a.ip));
    await run(world, requestOf(instance, 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5433']);
  });

  test('that changed something reports it, also when a fault follows', async () => {
    const world = instanceWorld(a);
    const { list } = world.ports.targetGroup;
    let reads = 0;
    Object.assign(world.ports.targetGroup, {
      list: async () => {
        reads += 1;
        if (reads > 1) throw down;
        return list();
      },
    });
    const { state } = await run(world, requestOf(instance, 'check'));
    expect(state.registered).toEqual([a]);
    expect(state.fault).toBe(down);
  });

  test('a fault of the group is gone once the group answers, also when nothing is left to do', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => {
      showInstance(world, b);
      world.group.failNext('list', down);
    });
    world.clock.at(11_000, () => showInstance(world, a));
    const { state } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(state.plan?.kind).toBe('in-sync');
  });
});

describe('a dry run', () => {
  test('plans once and changes nothing', async () => {
    const world = instanceWorld(b, healthy(a));
    const trigger: Trigger = { kind: 'manual', at: 0, action: 'plan' };
    const { report } = await run(world, requestOf(instance, 'dry-run', trigger));
    expect(report).toMatchObject({
      outcome: 'observed',
      passes: 1,
      plan: { kind: 'change', register: [targetKey(b)], deregister: [targetKey(a)] },
    });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });
});

describe('the group', () => {
  test('is read again while a stale target waits for its replacement, soon after that is healthy', async () => {
    const world = worldWithHealthChecks(healthy(a));
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(40_000, () => world.group.put(b, 'healthy'));
    await run(world, requestOf(instance, 'watch', begin, whenHealthy));
    const removedAt = world.group.timed.find(({ call }) => call.startsWith('deregister'))?.at ?? 0;
    expect(removedAt).toBeGreaterThanOrEqual(40_000);
    expect(removedAt).toBeLessThanOrEqual(55_000);
    const reads = world.group.timed.filter(({ call, at }) => call === 'list' && at > 6000 && at < 40_000);
    expect(reads.length).toBeLessThanOrEqual(8);
  });

  test('is read right before a change, so that what another run did meanwhile is not done again', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(20_000, () => {
      showInstance(world, b);
      world.group.put(b, 'healthy');
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ registered: [], deregistered: [], stale: ['10.0.1.10:5432'] });
    await run(world, requestOf(instance, 'check'));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('that throws anything but a ReconcileError is a defect, and no result', async () => {
    const world = instanceWorld(a, healthy(a));
    const defect = new TypeError('a defect');
    Object.assign(world.ports.targetGroup, { list: () => Promise.reject(defect) });
    await expect(run(world, requestOf(instance, 'check'))).rejects.toBe(defect);
  });
});

describe("a stranger's target", () => {
  test.each(['instance', 'cluster'] as const)(
    'beside the writer of a(n) %s is removed by the next check',
    async (kind) => {
      const world = worldWith(healthy(a), healthy(c));
      if (kind === 'instance') showInstance(world, a);
      else showCluster(world, 'orders-1', a);
      const { report } = await run(world, requestOf(kind === 'instance' ? instance : cluster, 'check'));
      expect(report).toMatchObject(changed([], [c]));
      expect(world.group.live()).toEqual([targetKey(a)]);
    },
  );

  test('stays, and is told, where nothing is ever removed', async () => {
    const world = instanceWorld(a, healthy(a), healthy(c));
    const { report } = await run(world, requestOf(instance, 'check', undefined, { removeStale: 'never' }));
    expect(report).toMatchObject({ deregistered: [], stale: [targetKey(c)] });
    expect(world.group.live()).toEqual([targetKey(a), targetKey(c)]);
  });
});

describe('a hijacked reply of the RDS API', () => {
  test.each<[string, string | undefined, string]>([
    ['leads nowhere', undefined, 'AddressUnknown'],
    ['leads out of the private ranges', '52.29.1.1', 'AddressNotAllowed'],
    ['leads to the metadata of the machine', '169.254.169.254', 'AddressNotAllowed'],
  ])('that names an endpoint which %s changes nothing', async (_, ip, reason) => {
    const world = instanceWorld(a, healthy(a));
    world.topology = told(evil);
    if (ip) world.dns.set(evil, addresses(ip));
    const { report } = await run(world, requestOf(instance, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason, registered: [], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });

  test('that names another port is overruled by one that was set', async () => {
    const world = instanceWorld(b, healthy(a));
    world.topology = told(host, 6666);
    await run(world, requestOf({ ...instance, port: 5432 }, 'watch', begin));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('that makes a stranger the writer of a cluster is not believed against DNS', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    world.dns.set('orders-9.example.com', addresses('10.66.66.66'));
    const members = [
      { id: 'orders-9', role: 'writer', status: 'available', endpoint: { host: 'orders-9.example.com', port: 5432 } },
    ] as const;
    world.topology = seen([...members], { host: 'orders.cluster-example.eu-central-1.rds.amazonaws.com', port: 5432 });
    const { report } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'SourcesDisagree' });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });
});
