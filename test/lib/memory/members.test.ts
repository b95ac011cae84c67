import { describe, expect, test } from 'vitest';
import { type RegisteredTarget, targetKey } from '../../../lib/domain.ts';
import { configOf, environmentOf, instanceEvent } from '../invocations.ts';
import { a, b, clusterHost, clusterWorld, groups, healthy, showCluster, showOwn, throttled } from '../scene.ts';
import { unavailable, type World } from '../world.ts';

/* Events about instances: each instance of the account wakes the function of every cluster. */

const config = configOf({
  DATABASE_KIND: 'cluster',
  DATABASE_ENDPOINT: `${clusterHost}:5432`,
  // Without the API DNS alone changes nothing of a cluster.
  VERIFY_INTERFACES: 'true',
  DATABASE_SECURITY_GROUPS: groups.join(),
});
const restarted = 'RDS-EVENT-0006';
const clusterEvent = {
  ...instanceEvent('RDS-EVENT-0071', 'orders'),
  'detail-type': 'RDS DB Cluster Event',
  resources: ['arn:aws:rds:eu-central-1:123456789012:cluster:orders'],
};
/** Only instances whose identifiers begin so wake the function. */
const withPrefix = configOf({
  ...{ DATABASE_KIND: 'cluster', DATABASE_ENDPOINT: `${clusterHost}:5432`, DATABASE_MEMBER_PREFIX: 'orders-' },
  ...{ VERIFY_INTERFACES: 'true', DATABASE_SECURITY_GROUPS: groups.join() },
});
function clusterOf(target: RegisteredTarget, given = config) {
  const world = clusterWorld('orders-1', a, target);
  showOwn(world, a, b);
  const known = world.topology;
  return {
    world,
    invoke: environmentOf(world, given, 140_000).invoke,
    throttle: () => Object.assign(world, { topology: { kind: 'unavailable', error: throttled } }),
    answer: () => Object.assign(world, { topology: known }),
    later: (ms: number) => world.clock.run(world.clock.sleep(ms)),
  };
}

describe('an event about an instance', () => {
  test('that is a stranger is ignored, with the reason and the time that it took', async () => {
    const { world, invoke, later } = clusterOf(healthy(a));
    await later(7000);
    const describeNow = world.ports.topology?.describe;
    Object.assign(world.ports, { topology: { describe: () => world.clock.sleep(40).then(() => describeNow?.()) } });
    const { report, measurements, fault } = await invoke(instanceEvent('RDS-EVENT-0004', 'stranger'));
    expect(report).toMatchObject({
      outcome: 'ignored',
      detail: 'RDS-EVENT-0004 is about stranger, which is no member of the cluster',
      durationMs: 40,
    });
    expect([measurements, fault]).toEqual([[], undefined]);
    expect(world.group.calls).toEqual([]);
  });

  test('that is a member, in upper or lower case, is checked', async () => {
    const { world, invoke } = clusterOf(healthy(a));
    if (world.topology.kind === 'seen') {
      const instances = world.topology.topology.instances.map((one) => ({ ...one, id: one.id.toUpperCase() }));
      world.topology = { ...world.topology, topology: { ...world.topology.topology, instances } };
    }
    const { report } = await invoke(instanceEvent('RDS-EVENT-0004', 'orders-2'));
    expect(report).toMatchObject({ outcome: 'in-sync', trigger: { kind: 'check', eventId: 'RDS-EVENT-0004' } });
  });

  test('that was deleted is checked, though the topology lists it no more', async () => {
    const { invoke } = clusterOf(healthy(b));
    const { report } = await invoke(instanceEvent('RDS-EVENT-0003', 'orders-9'));
    expect(report).toMatchObject({ outcome: 'changed', trigger: { kind: 'check', eventId: 'RDS-EVENT-0003' } });
    expect([report.registered, report.deregistered]).toEqual([[targetKey(a)], [targetKey(b)]]);
  });

  test('that was deleted and is a stranger costs one pass and no watch', async () => {
    const { world, invoke } = clusterOf(healthy(a));
    const { report } = await invoke(instanceEvent('RDS-EVENT-0003', 'stranger'));
    expect(report).toMatchObject({ outcome: 'in-sync', passes: 1 });
    expect(world.group.calls).toEqual(['list']);
    expect(world.lookups.topology).toBe(1);
  });

  test.each<[string, World['topology'], string, typeof config]>([
    ['is throttled', { kind: 'unavailable', error: throttled }, 'orders-9', withPrefix],
    ['is silent', unavailable, 'stranger', config],
    ['knows no such cluster', { kind: 'not-found', message: 'no such cluster' }, 'stranger', config],
  ])('is one pass and never a watch while the API %s', async (_, topology, id, given) => {
    const { world, invoke } = clusterOf(healthy(a), given);
    world.topology = topology;
    const { report } = await invoke(instanceEvent(restarted, id));
    expect(report).toMatchObject({ trigger: { kind: 'check', eventId: restarted }, passes: 1 });
    expect(world.lookups.topology).toBe(1);
    expect(world.group.calls).toEqual(['list']);
  });

  test('is left to the next check without a prefix of the members while the API is throttled: all clusters ask at once', async () => {
    const { world, invoke, throttle } = clusterOf(healthy(b));
    throttle();
    const { report, fault } = await invoke(instanceEvent(restarted, 'orders-1'));
    expect(report).toMatchObject({
      outcome: 'ignored',
      detail: `${restarted} is about orders-1, and the RDS API is throttled: the next check asks again`,
    });
    expect(fault).toBeUndefined();
    expect([world.lookups.topology, world.group.calls]).toEqual([1, []]);
  });

  test.each([
    ['in one attempt', config, 'once'],
    ['in several, where it begins as the members do', withPrefix, 'several'],
  ])('asks the API %s', async (_, given, way) => {
    const { world, invoke } = clusterOf(healthy(a), given);
    const asked: string[] = [];
    const { topology } = world.ports;
    const by = (name: string) => ({
      describe: () => {
        asked.push(name);
        return topology?.describe();
      },
    });
    Object.assign(world.ports, { topology: by('several'), topologyOnce: by('once') });
    await invoke(instanceEvent(restarted, 'orders-9'));
    expect(asked).toEqual([way]);
  });

  test('still finds a difference while the API is throttled', async () => {
    const { world, invoke, throttle } = clusterOf(healthy(b), withPrefix);
    throttle();
    const { report } = await invoke(instanceEvent(restarted, 'orders-1'));
    expect(report).toMatchObject({ outcome: 'changed', registered: [targetKey(a)] });
    expect(world.clock.now()).toBeLessThanOrEqual(15_000);
  });

  test('makes room, and fails, where the group cannot be read either', async () => {
    const { world, invoke, throttle } = clusterOf(healthy(b), withPrefix);
    throttle();
    world.group.failNext('list', throttled, 1000);
    const { fault } = await invoke(instanceEvent(restarted, 'orders-9'));
    expect(fault).toBe(throttled);
    expect(world.group.calls).toEqual(['list']);
  });
});

describe('an execution environment', () => {
  test.each([
    ['asked for an event', instanceEvent('RDS-EVENT-0004', 'stranger')],
    ['watched', clusterEvent],
  ])('that has %s knows the members, and watches for them though the API is throttled', async (_, first) => {
    const { world, invoke, throttle } = clusterOf(healthy(a));
    await invoke(first);
    throttle();
    const asked = world.lookups.topology;
    const startedAt = world.clock.now();
    const { report } = await invoke(instanceEvent(restarted, 'orders-2'));
    expect(report).toMatchObject({ outcome: 'in-sync', trigger: { kind: 'end' } });
    expect(world.clock.now() - startedAt).toBeGreaterThan(100_000);
    expect(world.lookups.topology).toBeGreaterThan(asked);
  });

  test('asks about strangers once in half a minute, whatever the API says', async () => {
    const { world, invoke, throttle, answer, later } = clusterOf(healthy(a));
    throttle();
    await invoke(instanceEvent(restarted, 'stranger'));
    await later(20_000);
    const { report } = await invoke(instanceEvent(restarted, 'another'));
    expect(report).toMatchObject({
      outcome: 'ignored',
      detail: `${restarted} is about another, of which the RDS API did not say 20 s ago whether it is a member; the next check asks again`,
    });
    expect(world.group.calls).toEqual([]);
    answer();
    await later(10_000);
    await invoke(instanceEvent(restarted, 'stranger'));
    await later(1000);
    expect((await invoke(instanceEvent(restarted, 'another'))).report.detail).toBe(
      `${restarted} is about another, which was no member of the cluster when the RDS API was asked 1 s ago`,
    );
    expect(world.lookups.topology).toBe(2);
  });

  test('checks once in half a minute, however many strangers are deleted', async () => {
    const { world, invoke, later } = clusterOf(healthy(a));
    const deleted = 'RDS-EVENT-0003';
    for (const id of ['stranger', 'another', 'a-third']) {
      await invoke(instanceEvent(deleted, id));
      await later(1000);
    }
    expect([world.lookups.topology, world.group.calls]).toEqual([1, ['list']]);
    expect((await invoke(instanceEvent(deleted, 'orders-2'))).report.outcome).toBe('in-sync');
    await later(30_000);
    expect((await invoke(instanceEvent(deleted, 'stranger'))).report.outcome).toBe('in-sync');
  });

  test('notices a new member and one that has gone', async () => {
    const { world, invoke, later } = clusterOf(healthy(a));
    await invoke(instanceEvent(restarted, 'stranger'));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-3']);
    await later(30_000);
    expect((await invoke(instanceEvent(restarted, 'orders-3'))).report.outcome).toBe('in-sync');
    await later(30_000);
    expect((await invoke(instanceEvent(restarted, 'orders-2'))).report.outcome).toBe('ignored');
  });
});
