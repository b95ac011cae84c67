import { describe, expect, onTestFinished, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer, ProbeAnswer, TopologyObservation } from '../../../lib/ports.ts';
import { listen } from '../../../lib/run/listen.ts';
import { type FakeProber, reader, refused, silent, withProber, writer } from '../prober.ts';
import {
  a,
  addresses,
  b,
  changed,
  cluster,
  clusterHost,
  clusterWorld,
  down,
  gaps,
  healthy,
  host,
  hostname,
  instance,
  instanceAt,
  instanceWorld,
  member,
  memberHost,
  port,
  requestOf,
  run,
  seen,
  showCluster,
  showInstance,
  timedNames,
  whenHeld,
} from '../scene.ts';
import { keeping, warmWorld } from '../warm-rig.ts';
import { unavailable, type World, worldWith, worldWithHealthChecks } from '../world.ts';

const promotedAt = 40_100;

/** A watch over a failover of which DNS and the API tell half a minute late; `former`: what the old writer says from its end on. */
function failover(former: ProbeAnswer | 'hangs'): { world: World; prober: FakeProber } {
  const world = clusterWorld('orders-1', a, healthy(a));
  const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader });
  world.clock.at(20_000, () => prober.says.set(a.ip, former));
  world.clock.at(promotedAt, () => prober.says.set(b.ip, writer));
  world.clock.at(promotedAt + 30_000, () => showCluster(world, 'orders-2', b));
  return { world, prober };
}

const timesOf = ({ asked }: FakeProber, { ip }: typeof a, from = 0, to = Number.POSITIVE_INFINITY) =>
  asked.filter(({ member, at }) => member.ip === ip && at >= from && at < to).map(({ at }) => at);

describe('a watch that asks the members', () => {
  test.each<[string, ProbeAnswer | 'hangs']>([
    ['is a reader', reader],
    ['refuses connections', refused],
  ])('moves the group within a second of the promotion when the former writer %s', async (_, former) => {
    const { world } = failover(former);
    const held = whenHeld(world, b);
    const { report } = await run(world, requestOf(cluster, 'watch'));
    expect(report).toMatchObject(changed([b], [a]));
    expect((held() ?? 0) - promotedAt).toBeLessThanOrEqual(1000);
    expect(world.group.fewest()).toBe(1);
  });

  test.each<[string, ProbeAnswer | 'hangs']>([
    ['gives no answer', silent],
    ['hangs', 'hangs'],
  ])(
    'is delayed by no member that %s: the new writer enters as soon, the former leaves 2 s later',
    async (_, former) => {
      const { world } = failover(former);
      const [both, one] = [whenHeld(world, a, b), whenHeld(world, b)];
      await run(world, requestOf(cluster, 'watch'));
      expect((both() ?? 0) - promotedAt).toBeLessThanOrEqual(1000);
      expect((one() ?? 0) - (both() ?? 0)).toBeGreaterThanOrEqual(1700);
      expect((one() ?? 0) - (both() ?? 0)).toBeLessThanOrEqual(2500);
    },
  );

  test('ends in time, though a member hangs', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    withProber(world, { [a.ip]: writer, [b.ip]: 'hangs' });
    expect((await run(world, requestOf(cluster, 'watch'), 10_000)).endedAt).toBeLessThanOrEqual(10_000);
  });

  test('asks DNS as often as before once a member was heard, and the group could be read for that', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const prober = withProber(world);
    world.group.failNext('list', down, 5);
    world.clock.at(10_000, () => prober.says.set(a.ip, writer));
    const names = timedNames(world);
    await run(world, requestOf(cluster, 'watch'), 30_000);
    expect(new Set(names.filter((at) => at > 10_000 && at < 14_000)).size).toBeGreaterThanOrEqual(3);
  });

  test('does not act on a confirmation that has grown old while EC2 was asked whose the address is', async () => {
    const { world, prober } = failover(reader);
    world.clock.at(promotedAt + 700, () => prober.says.set(b.ip, 'hangs'));
    Object.assign(world.ports, { interfaces: { find: () => new Promise(() => undefined) } });
    const held = whenHeld(world, b);
    await run(world, requestOf(cluster, 'watch', undefined, { verifyInterfaces: true }));
    expect(held()).toBeGreaterThan(promotedAt + 30_000);
  });

  test('asks four times a second until a writer is confirmed, then each second; each member for itself', async () => {
    const { world, prober } = failover('hangs');
    await run(world, requestOf(cluster, 'watch'));
    expect(timesOf(prober, b, 0, 1000)).toEqual([0, 250]);
    expect(new Set(gaps(timesOf(prober, b, 1000, 20_000)))).toEqual(new Set([1000]));
    expect(new Set(gaps(timesOf(prober, b, 23_000, promotedAt)))).toEqual(new Set([250]));
    expect(new Set(gaps(timesOf(prober, b, promotedAt + 1000)))).toEqual(new Set([1000]));
    // It has not answered yet.
    expect(timesOf(prober, a, 20_000)).toHaveLength(1);
    expect(prober.isClosed).toBe(true);
  });

  test('resolves the names, and asks the RDS API, no more often than without a probe', async () => {
    const { world } = failover(reader);
    await run(world, requestOf(cluster, 'watch'));
    const without = failover(reader).world;
    Object.assign(without.ports, { prober: undefined });
    await run(without, requestOf(cluster, 'watch'));
    const seconds = ({ clock }: World) => clock.now() / 1000;
    // Three names instead of two.
    expect(world.lookups.dns / 3 / seconds(world)).toBeLessThanOrEqual(
      1.05 * (without.lookups.dns / 2 / seconds(without)),
    );
    expect(world.lookups.topology).toBeLessThanOrEqual(without.lookups.topology + 1);
  });

  test('does not go back to the old writer when it begins after the move, though DNS and the API still name that', async () => {
    for (const group of [worldWith(healthy(b)), worldWithHealthChecks(healthy(b))]) {
      showCluster(group, 'orders-1', a);
      withProber(group, { [a.ip]: silent, [b.ip]: writer });
      group.clock.at(25_000, () => showCluster(group, 'orders-2', b));
      const { report } = await run(group, requestOf(cluster, 'watch'));
      expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [] });
    }
  });

  test('does not follow DNS that flaps while the writer is confirmed', async () => {
    const world = instanceWorld(a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: silent });
    world.clock.at(20_000, () => {
      showInstance(world, b);
      prober.says.set(a.ip, refused).set(b.ip, writer);
    });
    for (const [at, target] of [
      [30_000, a],
      [45_000, b],
    ] as const)
      world.clock.at(at, () => showInstance(world, target));
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject(changed([b], [a]));
    expect(world.group.calls.filter((call) => /register/.test(call))).toHaveLength(2);
  });

  test('goes on as without a probe once the confirmed writer is silent', async () => {
    const world = instanceWorld(a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer });
    world.clock.at(20_000, () => {
      showInstance(world, b);
      prober.says.set(a.ip, silent);
    });
    const held = whenHeld(world, b);
    await run(world, requestOf(instance, 'watch'));
    expect((held() ?? 0) - 20_000).toBeGreaterThan(900);
    expect((held() ?? 0) - 20_000).toBeLessThan(4000);
  });

  test('goes on asking a member whose name does not resolve for a moment: it may contradict another', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader });
    world.clock.at(20_000, () => {
      world.dns.delete(memberHost('orders-1'));
      prober.says.set(b.ip, writer);
    });
    world.clock.at(29_000, () => prober.says.set(b.ip, reader));
    const { report } = await run(world, requestOf(cluster, 'watch'), 40_000);
    expect(report).toMatchObject({ registered: [], deregistered: [] });
    expect(timesOf(prober, a, 21_000, 29_000).length).toBeGreaterThan(20);
  });

  test('confirms no writer while the address of a member is not known: it may contradict', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    withProber(world, { [a.ip]: writer, [b.ip]: writer });
    world.dns.delete(memberHost('orders-1'));
    const { report } = await run(world, requestOf(cluster, 'watch'), 30_000);
    expect(report).toMatchObject({ registered: [], deregistered: [] });
    expect(report.detail).toContain('the probe confirmed no writer');
  });

  test('asks a member no more that the API lists no more', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader });
    world.clock.at(20_000, () => showCluster(world, 'orders-1', a, ['orders-1']));
    await run(world, requestOf(cluster, 'watch'), 60_000);
    expect(timesOf(prober, b, 50_000)).toEqual([]);
  });

  test('asks no member of a host name', async () => {
    const world = worldWith(healthy(a));
    world.dns.set(host, addresses(a.ip));
    const prober = withProber(world);
    await run(world, requestOf(hostname, 'watch'), 10_000);
    expect(prober.asked).toEqual([]);
  });

  test('stops asking when its run is cut', async () => {
    const { world, prober } = failover(reader);
    await run(world, requestOf(cluster, 'watch'), 10_000);
    const asked = prober.asked.length;
    await world.clock.run(world.clock.sleep(60_000));
    expect(prober.asked).toHaveLength(asked);
  });
});

test('a promoted standby is the writer before DNS shows it, and the group stays as it is', async () => {
  const world = warmWorld(a, healthy(a), { ...b, state: 'unhealthy' });
  const prober = withProber(world, { [a.ip]: writer, [b.ip]: refused });
  world.clock.at(20_000, () => prober.says.set(a.ip, silent));
  world.clock.at(promotedAt, () => prober.says.set(b.ip, writer));
  const { state, report } = await run(world, keeping('watch'), 50_000);
  expect(state.desired).toMatchObject({ writer: { address: b.ip }, targets: [b, a] });
  expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [] });
});

test('words that change all the time make passes of their own, and lookups neither rarer nor more frequent', async () => {
  const world = clusterWorld('orders-1', a, healthy(a));
  // No writer is confirmed, so each is asked four times a second.
  const prober = withProber(world, { [a.ip]: reader, [b.ip]: reader });
  for (let at = 1000; at < 20_000; at += 500)
    world.clock.at(at, () => prober.says.set(b.ip, at % 1000 === 0 ? refused : reader));
  const { report } = await run(world, requestOf(cluster, 'watch'), 20_000);
  const lookups = world.lookups.dns / 3;
  expect(lookups).toBeGreaterThan(18);
  expect(lookups).toBeLessThan(27);
  expect(report.passes).toBeGreaterThan(lookups + 10);
});

describe('a listener', () => {
  const topology = seen([member('orders-1', 'writer'), member('orders-2', 'reader')], { host: clusterHost, port });
  const both = { 'orders-1': addresses(a.ip), 'orders-2': addresses(b.ip) };

  function listening(signal?: AbortSignal, database = cluster) {
    const world = worldWith();
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader });
    const listener = listen(world.ports, requestOf(database, 'watch'), signal);
    if (!listener) throw new Error('it asks no member');
    onTestFinished(() => listener.close());
    const follow = (said: TopologyObservation, dns: Readonly<Record<string, DnsAnswer>> = both) => {
      const answers = new Map(
        Object.entries(dns).map(([id, answer]) => [id === 'orders' ? host : memberHost(id), answer]),
      );
      listener.follow({ ...newState(0), lookups: { at: world.clock.now(), answers, topology: said } });
    };
    const later = (ms: number) => world.clock.run(world.clock.sleep(ms));
    const heard = () => listener.withHeard(newState(0)).observations.heard;
    return { world, prober, listener, follow, later, heard };
  }

  test('asks no more once its run is cut', async () => {
    const cut = new AbortController();
    const { prober, follow, later } = listening(cut.signal);
    follow(topology);
    await later(1000);
    cut.abort();
    const asked = prober.asked.length;
    await later(5000);
    expect(asked).toBeGreaterThan(2);
    expect(prober.asked).toHaveLength(asked);
  });

  test('of a run that was cut before asks no member', () => {
    const { prober, follow } = listening(AbortSignal.abort());
    follow(topology);
    expect(prober.asked).toEqual([]);
  });

  test('goes on asking while the RDS API does not answer', async () => {
    const { prober, follow, later } = listening();
    follow(topology);
    await later(1000);
    follow(unavailable, {});
    const asked = prober.asked.length;
    await later(5000);
    expect(new Set(prober.asked.slice(asked).map(({ member: { ip } }) => ip))).toEqual(new Set([a.ip, b.ip]));
  });

  test('asks the others beside an instance that has no endpoint yet', async () => {
    const { prober, follow, later } = listening();
    const bare = { id: 'orders-3', role: 'reader', status: 'creating' } as const;
    follow(seen([member('orders-1', 'writer'), bare], { host: clusterHost, port }));
    await later(1000);
    expect(prober.asked.length).toBeGreaterThan(1);
  });

  test('does not count what a member says that has left meanwhile', async () => {
    const { prober, follow, later, heard } = listening();
    prober.latencyMs = 1000;
    follow(topology);
    await later(500);
    follow(seen([member('orders-1', 'writer')], { host: clusterHost, port }));
    await later(700);
    expect([...(heard()?.words.keys() ?? [])]).toEqual([targetKey(a)]);
  });

  test('confirms an instance, which has no other member, though its name does not resolve when it is first asked', async () => {
    const { follow, later, heard } = listening(undefined, instance);
    follow(instanceAt(), { orders: { kind: 'not-found' } });
    await later(100);
    follow(instanceAt(), { orders: addresses(a.ip) });
    follow(instanceAt(), { orders: { kind: 'not-found' } });
    await later(600);
    expect(heard()).toMatchObject({ isPartial: false, sole: { confirmedAt: expect.any(Number) } });
    expect(heard()).not.toHaveProperty('completeAt');
  });

  test('wakes a run when a member says another word, whichever it is', async () => {
    const { world, prober, listener, follow, later, heard } = listening();
    follow(topology);
    await later(2000);
    heard();
    const startedAt = world.clock.now();
    prober.says.set(b.ip, refused);
    expect(await world.clock.run(listener.pause(10_000))).toBe(true);
    expect(world.clock.now() - startedAt).toBeLessThan(1500);
  });

  test('counts the two questions of a confirmation from when no member is missing', async () => {
    const { prober, follow, later, heard } = listening();
    prober.latencyMs = 200;
    prober.says.set(a.ip, reader).set(b.ip, writer);
    follow(topology, { ...both, 'orders-1': { kind: 'not-found' } });
    await later(100);
    follow(topology);
    await later(360);
    expect(heard()).toMatchObject({ isPartial: false, completeAt: 100, sole: { since: 100, at: 250 } });
    expect(heard()?.sole).not.toHaveProperty('confirmedAt');
    await later(250);
    expect(heard()?.sole).toMatchObject({ since: 100, confirmedAt: 500 });
  });
});

describe('a check', () => {
  const check = requestOf(cluster, 'check');

  test('of an instance asks no member while the group is right', async () => {
    const world = instanceWorld(a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer });
    expect((await run(world, requestOf(instance, 'check'))).report.outcome).toBe('in-sync');
    expect(prober.asked).toEqual([]);
  });

  test('asks no member, and resolves no other name, while the group is right', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: reader });
    expect((await run(world, check)).report.outcome).toBe('in-sync');
    expect(prober.asked).toEqual([]);
    expect(world.lookups).toMatchObject({ topology: 1, dns: 2 });
  });

  test('asks the members where the sources disagree, and acts by them', async () => {
    const world = clusterWorld('orders-1', b, healthy(a));
    withProber(world, { [a.ip]: reader, [b.ip]: writer });
    const { report, endedAt } = await run(world, check);
    expect(report).toMatchObject(changed([b], [a]));
    expect(endedAt).toBeLessThan(2500);
  });

  test('asks them where the group differs, and keeps what they confirm against DNS and the API', async () => {
    const world = clusterWorld('orders-1', a, healthy(b));
    withProber(world, { [a.ip]: reader, [b.ip]: writer });
    const { report } = await run(world, check);
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('waits while two members say that they are the writer, and goes on as without a probe', async () => {
    const world = clusterWorld('orders-2', b, healthy(a));
    const prober = withProber(world, { [a.ip]: writer, [b.ip]: writer });
    world.clock.at(5000, () => prober.says.set(a.ip, reader));
    const held = whenHeld(world, b);
    expect((await run(world, check)).report).toMatchObject(changed([b], [a]));
    expect(held() ?? 0).toBeGreaterThanOrEqual(5000);
    expect(held() ?? 0).toBeLessThan(7000);
  });

  test('of two writers that stay ends with what DNS and the API say', async () => {
    const world = clusterWorld('orders-2', b, healthy(a));
    withProber(world, { [a.ip]: writer, [b.ip]: writer });
    expect((await run(world, check)).report).toMatchObject(changed([b], [a]));
  });

  test('asks them while the group does not show what was registered', async () => {
    const world = clusterWorld('orders-1', a);
    const prober = withProber(world);
    Object.assign(world.ports.targetGroup, { list: async () => [] });
    await run(world, check);
    expect(prober.asked).not.toEqual([]);
  });

  test('that no member answers is as without a probe', async () => {
    const [world, without] = [clusterWorld('orders-2', b, healthy(a)), clusterWorld('orders-2', b, healthy(a))];
    withProber(world);
    const [one, other] = [await run(world, check), await run(without, check)];
    expect(one.report).toMatchObject(changed([b], [a]));
    expect(world.group.timed.map(({ call }) => call)).toEqual(without.group.timed.map(({ call }) => call));
    expect(Math.abs(one.endedAt - other.endedAt)).toBeLessThan(1500);
  });
});

describe('a person', () => {
  const manual = (action: 'doctor' | 'resync' | 'plan') =>
    requestOf(cluster, action === 'resync' ? 'check' : 'dry-run', { kind: 'manual', at: 0, action });

  test.each(['doctor', 'resync'] as const)(
    'hears from %s what each member says, though the group is right',
    async (action) => {
      const world = clusterWorld('orders-1', a, healthy(a));
      const prober = withProber(world, { [a.ip]: writer, [b.ip]: silent });
      const { state, endedAt } = await run(world, manual(action));
      expect([...(state.observations.heard?.words ?? [])].map(([key, { said }]) => [key, said])).toEqual([
        [targetKey(a), 'writer'],
        [targetKey(b), 'unknown'],
      ]);
      expect(endedAt).toBeLessThan(1000);
      expect(prober.isClosed).toBe(true);
    },
  );

  test('waits for a member that hangs for two seconds at most', async () => {
    const world = clusterWorld('orders-1', a, healthy(a));
    withProber(world, { [a.ip]: writer, [b.ip]: 'hangs' });
    expect((await run(world, manual('doctor'))).endedAt).toBe(2000);
  });

  test.each([
    [manual('plan'), clusterWorld('orders-1', a, healthy(a))],
    [{ ...manual('plan'), database: instance }, instanceWorld(b, healthy(a))],
  ])('asks no member by a plan, whatever the group holds', async (request, world) => {
    const prober = withProber(world);
    await run(world, request);
    expect(prober.asked).toEqual([]);
  });
});
