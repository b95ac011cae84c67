import { describe, expect, test } from 'vitest';
import { evicting } from '../../../lib/decision/standby.ts';
import { type Target, targetKey } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import { reportOf } from '../../../lib/report.ts';
import { watch } from '../../../lib/run/watch.ts';
import {
  a,
  addresses,
  b,
  c,
  changed,
  down,
  far,
  healthy,
  host,
  initial,
  port,
  run,
  stranger,
  whenHealthy,
} from '../scene.ts';
import { hostOf, keeping, marked, ofStranger, showZones, silent, warmWorld, zones } from '../warm-rig.ts';
import { unavailable, type World } from '../world.ts';

const unhealthy = (target: Target) => ({ ...target, state: 'unhealthy' as const });
const keys = (...targets: readonly Target[]) => targets.map(targetKey).sort();

/** The API shows the writer in its new zone, or late. */
const failOver = (world: World) => world.dns.set(host, addresses(b.ip));

describe('a warm standby', () => {
  test('is registered beside the writer once it is proven', async () => {
    const world = warmWorld(a, healthy(a));
    const { report } = await run(world, keeping());
    expect(report).toMatchObject({ ...changed([b], []), standby: { kind: 'proven', target: targetKey(b) } });
    expect(report.writer).toMatchObject({ address: a.ip });
    expect(world.group.live()).toEqual(keys(a, b));
  });

  test('is unhealthy as a rule, and the group is right with it', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    for (const request of [keeping(), keeping('check', whenHealthy), keeping('watch')]) {
      const { report } = await run(world, request);
      expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [], stale: [] });
      expect(report.detail).toBeUndefined();
    }
  });

  test('costs one call to EC2 in a check that has nothing to do', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    await run(world, keeping());
    expect(world.lookups).toEqual({ topology: 1, dns: 1, interfaces: [], marked: 1 });
  });

  test('makes a failover one without a call that changes the group', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    world.clock.at(20_000, () => failOver(world));
    const { report } = await run(world, keeping('watch'));
    expect(report).toMatchObject({ outcome: 'in-sync', writer: { address: b.ip } });
    expect(report.standby).toEqual({ kind: 'proven', target: targetKey(a) });
    expect(world.group.calls.filter((call) => call !== 'list')).toEqual([]);
    // At its beginning and at its end.
    expect(world.lookups.marked).toBe(2);
  });

  test('changes place with one whose interface RDS replaced', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    const replaced: Target = { ip: '10.0.2.77', port };
    world.marked = marked(hostOf(a), hostOf(replaced));
    const { report } = await run(world, keeping());
    expect(report.registered).toEqual(keys(replaced));
    expect(report.deregistered).toEqual(keys(b));
    expect(report.detail).toContain('10.0.2.10:5432 left at once: EC2 shows no interface of the database there');
  });

  test('outside the allowed ranges is no standby, and the writer stays', async () => {
    const world = warmWorld(a, healthy(a));
    const { report } = await run(world, keeping('check', { allowedCidrs: ['10.0.1.0/24', '10.0.3.0/24'] }));
    expect(report).toMatchObject({ outcome: 'in-sync', standby: { kind: 'unproven' } });
    expect(report.detail).toBe('no warm standby is registered: 10.0.2.10 is outside 10.0.1.0/24, 10.0.3.0/24');
  });

  test('that is not proven leaves like any stale target, by the drift check, and the report says why', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    showZones(world, { primary: zones.primary });
    const { report: watched } = await run(world, keeping('watch'));
    expect(watched).toMatchObject({ outcome: 'waiting', stale: keys(b), standby: { kind: 'unproven' } });
    expect(watched.detail).toContain('no warm standby is registered: the RDS API names no secondary Availability Zone');
    const { report } = await run(world, keeping());
    expect(report).toMatchObject(changed([], [b]));
  });

  test.each<[string, (world: World) => void]>([
    [
      'EC2',
      (world) => {
        world.marked = silent;
      },
    ],
    [
      'the RDS API',
      (world) => {
        world.topology = unavailable;
      },
    ],
  ])('that %s does not vouch for stays, and none is brought in', async (_, spoil) => {
    const request = keeping();
    const known = { ...request, database: { ...request.database, endpoint: { host, port } } };
    const world = warmWorld(a, healthy(a), unhealthy(b));
    spoil(world);
    const { report, state } = await run(world, known);
    expect(report).toMatchObject({ outcome: 'in-sync', stale: [], standby: { kind: 'unread' } });
    expect(state.desired).toMatchObject({ targets: [a], tolerated: [b] });
    expect(report.detail).toContain('whether the standby is still the same is not known: ');
    const alone = warmWorld(a, healthy(a));
    spoil(alone);
    await run(alone, known);
    expect([world.group.live(), alone.group.live()]).toEqual([keys(a, b), keys(a)]);
  });

  test("and its writer stay while the endpoint leads to an address that EC2 shows to be another's, which another run may evict", async () => {
    for (const mode of ['check', 'watch'] as const) {
      const world = warmWorld(c, healthy(c), healthy(a), unhealthy(b));
      const { report } = await run(world, keeping(mode));
      expect(report).toMatchObject({ outcome: 'in-sync', deregistered: [], stale: [] });
      expect(world.group.live()).toEqual(keys(a, b, c));
      // Once EC2 shows it, the rest leaves like any stale target: these are not in the two zones of the instance.
      world.marked = marked(hostOf(a), hostOf(c));
      await run(world, keeping());
      expect(world.group.live()).toEqual(keys(c));
    }
  });

  test("keeps nothing in the group that is not the database's, where EC2 does not show the endpoint to be its own", async () => {
    const world = warmWorld(c, healthy(c), healthy(stranger));
    const { report } = await run(world, keeping());
    expect(report).toMatchObject({ outcome: 'changed', deregistered: keys(stranger) });
    expect(world.group.live()).toEqual(keys(c));
  });

  test('waits two seconds for an EC2 that is silent, while the writer is registered', async () => {
    const world = warmWorld(c, healthy(a));
    const never = () => new Promise<never>(() => undefined);
    const ports = { ...world.ports, interfaces: { find: never, findByGroup: never } };
    await run({ ...world, ports }, keeping('watch'));
    const [register] = world.group.timed.filter(({ call }) => call.startsWith('register'));
    expect(register).toEqual({ call: 'register 10.0.3.10:5432', at: 2000 });
  });

  test('is no reason to wait, and none to remove: the writer alone counts as a replacement', async () => {
    const world = warmWorld(a, initial(a), healthy(b), healthy(c));
    world.marked = marked(hostOf(a), hostOf(b), hostOf(c));
    showZones(world);
    // Three interfaces carry the marker: no proof. Two of them make one.
    const without = await run(world, keeping('check', whenHealthy));
    expect(without.report).toMatchObject({ outcome: 'waiting', deregistered: [] });
    const stale: Target = { ip: a.ip, port: 5433 };
    const cut = warmWorld(a, initial(a), unhealthy(b), healthy(stale));
    const { report } = await run(cut, keeping('check', whenHealthy));
    expect(report).toMatchObject({ outcome: 'waiting', stale: keys(stale) });
    const served = warmWorld(a, healthy(a), initial(b), healthy(stale));
    expect((await run(served, keeping('check', whenHealthy))).report).toMatchObject(changed([], [stale]));
  });

  test('in a zone that the load balancer does not serve keeps no stale target in the group', async () => {
    const stale: Target = { ip: a.ip, port: 5433 };
    const world = warmWorld(a, healthy(a), { ...b, state: 'unused', unservedZone: zones.secondary }, healthy(stale));
    const { report } = await run(world, keeping());
    expect(report.deregistered).toEqual(keys(stale));
    expect(report.outcome).toBe('changed');
  });

  test('gives a run that an event woke no right to remove', async () => {
    const stale: Target = { ip: a.ip, port: 5433 };
    const world = warmWorld(a, healthy(a), healthy(stale));
    const { report } = await run(world, keeping('watch'));
    expect(report).toMatchObject({ registered: keys(b), deregistered: [], stale: keys(stale) });
  });

  test('is not what a writer leaves for: a read has to show the new one', async () => {
    const former: Target = { ip: a.ip, port: 5433 };
    const world = warmWorld(a, healthy(former), unhealthy(b));
    const { register } = world.group;
    // Accepted, and not done.
    Object.assign(world.group, { register: async () => undefined });
    world.clock.at(3000, () => Object.assign(world.group, { register }));
    world.clock.at(2999, () => expect(world.group.live()).toEqual(keys(former, b)));
    await run(world, keeping('watch'));
    expect(world.group.live()).toEqual(keys(a, b));
  });

  test('does not count among what stays when drift checks take turns in removing', async () => {
    // It sorts between the writer and the standby, so with both it might leave in any slot.
    const stale: Target = { ip: a.ip, port: 5433 };
    const removedAt = async (begun: number) => {
      const world = warmWorld(a, healthy(a), unhealthy(b), healthy(stale));
      await world.clock.run(world.clock.sleep(begun));
      await run(world, keeping());
      return world.group.timed.find(({ call }) => call.startsWith('deregister'))?.at ?? Number.NaN;
    };
    const [first, later] = [await removedAt(0), await removedAt(5000)];
    expect(Math.abs(later - first) % 10_000).toBeLessThan(2500);
  });

  test('that is not read keeps no target at another port', async () => {
    const stale: Target = { ip: b.ip, port: 5433 };
    const world = warmWorld(a, healthy(a), unhealthy(b), healthy(stale));
    world.marked = silent;
    const { report } = await run(world, keeping());
    expect(report).toMatchObject(changed([], [stale]));
    expect(report.detail).not.toContain('left at once');
  });
});

describe("a target that EC2 proves to be another's", () => {
  const gone = marked(hostOf(a), ofStranger(b));

  test.each<[string, Parameters<typeof keeping>]>([
    ['a run that an event woke', ['watch']],
    ['a drift check', ['check']],
    ['a policy that waits for health', ['check', whenHealthy]],
  ])('leaves at once in %s', async (_, [mode, over]) => {
    const world = warmWorld(a, initial(a), healthy(b));
    world.marked = gone;
    await run(world, keeping(mode, over));
    const [removal] = world.group.timed.filter(({ call }) => call.startsWith('deregister'));
    expect(removal).toEqual({ call: 'deregister 10.0.2.10:5432', at: 0 });
    expect(world.group.live()).toEqual(keys(a));
  });

  test('leaves alone, and what else would leave stays stale', () => {
    const plan = { kind: 'change', register: [c], deregister: [a, stranger], stale: [b] } as const;
    expect(evicting(plan, [stranger])).toEqual({
      kind: 'change',
      register: [],
      deregister: [stranger],
      stale: [a, b],
    });
  });

  test('leaves even where nothing is known of the endpoint, while both hosts of the database are', async () => {
    const world = warmWorld(a, healthy(a), healthy(stranger));
    world.dns.set(host, { kind: 'failed', code: 'ESERVFAIL' });
    const { report } = await run(world, keeping());
    expect(report).toMatchObject({ outcome: 'held', reason: 'AddressUnknown', deregistered: keys(stranger) });
  });

  test('leaves without waiting for a registration that fails', async () => {
    const world = warmWorld(c, healthy(b), healthy(a));
    world.marked = marked(hostOf(c, { zone: zones.primary }), hostOf(b));
    world.group.failNext('register', down, 999);
    await run(world, keeping('watch'));
    expect(world.group.live()).toEqual(keys(b));
  });

  test('stays where it is the last, and leaves when the writer is there', async () => {
    const world = warmWorld(a, healthy(stranger));
    const held = warmWorld(a, healthy(stranger));
    held.dns.set(host, { kind: 'failed', code: 'ESERVFAIL' });
    await run(held, keeping());
    await run(world, keeping('watch'));
    expect([held.group.live(), world.group.live()]).toEqual([keys(stranger), keys(a, b)]);
    expect(world.group.fewest()).toBe(1);
  });

  test('is not what has just come: its interface may be shown later than its address', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b), initial(c));
    await run(world, keeping('watch'));
    expect(world.group.live()).toEqual(keys(a, b, c));
  });

  test('stays where the function only observes', async () => {
    const world = warmWorld(a, healthy(a), healthy(b));
    world.marked = gone;
    const { report } = await run(world, keeping('dry-run'));
    expect(report.plan).toEqual({ kind: 'change', register: [], deregister: keys(b) });
    expect(report.stale).toEqual(keys(b));
    expect(world.group.live()).toEqual(keys(a, b));
  });

  test('is not what an answer of EC2 that is older than 5 s has not shown', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b));
    const replaced: Target = { ip: '10.0.2.77', port };
    // Another run has brought in the new standby; DNS flaps.
    world.clock.at(20_000, () => {
      world.marked = marked(hostOf(a), hostOf(replaced));
      world.group.put(replaced, 'unhealthy');
      world.dns.set(host, addresses(replaced.ip));
    });
    world.clock.at(22_000, () => world.dns.set(host, addresses(a.ip)));
    await run(world, keeping('watch'));
    expect(world.group.calls.filter((call) => call !== 'list')).toEqual(['deregister 10.0.2.10:5432']);
  });
});

describe('two healthy targets', () => {
  const both = () => warmWorld(a, healthy(a), healthy(b));
  type Pair = Parameters<typeof newState>[3];
  const since = (at: number, ...targets: readonly Target[]): Pair => ({
    together: new Map(targets.map((target) => [targetKey(target), at])),
    out: new Set(),
  });

  async function checkAt(at: number, world: World, pair: Pair, request = keeping()) {
    await world.clock.run(world.clock.sleep(at));
    const state = await world.clock.run(watch(world.ports, request, newState(at, undefined, new Set(), pair), far));
    return { state, report: reportOf(request, state, world.clock.now()) };
  }

  test('are a failover, or two, for two minutes', async () => {
    const { report, state } = await checkAt(114_999, both(), since(0, a, b));
    expect(report).toMatchObject({ outcome: 'in-sync', standby: { kind: 'proven' } });
    expect([...state.together]).toEqual([
      [targetKey(a), 0],
      [targetKey(b), 0],
    ]);
  });

  test('for longer are one too many: the address of the endpoint stays, and the report says so', async () => {
    const world = both();
    const { report, state } = await checkAt(115_000, world, since(0, a, b));
    expect(state.out).toEqual(new Set([targetKey(b)]));
    expect(report).toMatchObject({ ...changed([], [b]), standby: { kind: 'answers' } });
    expect(report.detail).toBe(
      'no warm standby is registered: 10.0.2.10:5432 and the writer have both been healthy for longer than a failover explains, and a standby accepts no connections: only the address of the endpoint stays',
    );
    expect(world.group.live()).toEqual(keys(a));
  });

  test('of which one has joined later are as old as the later', async () => {
    const { report } = await checkAt(120_000, both(), since(0, a));
    expect(report.outcome).toBe('in-sync');
  });

  test('that are the writer and a stranger leave the standby where it is', async () => {
    const world = warmWorld(a, healthy(a), unhealthy(b), healthy(stranger));
    const { report } = await checkAt(120_000, world, since(0, a, stranger));
    expect(report.deregistered).toEqual(keys(stranger));
    expect(world.group.live()).toEqual(keys(a, b));
  });

  test('of which neither is the writer say nothing about the standby', async () => {
    const world = warmWorld(a, initial(a), healthy(b), healthy(stranger));
    world.marked = marked(hostOf(a), hostOf(b));
    const { report } = await checkAt(120_000, world, since(0, b, stranger));
    expect(report.standby?.kind).toBe('proven');
  });

  test('are one too many also where EC2 does not answer', async () => {
    const world = both();
    world.marked = silent;
    await checkAt(115_000, world, since(0, a, b));
    expect(world.group.live()).toEqual(keys(a));
  });

  test('that become one begin anew', async () => {
    const { report, state } = await checkAt(120_000, warmWorld(a, healthy(a), unhealthy(b)), since(0, a, b));
    expect(report.outcome).toBe('in-sync');
    expect(state.together.size).toBe(0);
  });

  test('of a group without a warm standby mean nothing', async () => {
    const world = both();
    const { warmStandby, ...policy } = keeping().policy;
    const { report, state } = await checkAt(120_000, world, since(0, a, b), { ...keeping(), policy });
    expect(report.standby).toBeUndefined();
    expect(state.out.size).toBe(0);
    expect(world.lookups.marked).toBe(0);
  });
});
