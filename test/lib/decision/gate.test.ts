import { describe, expect, test } from 'vitest';
import { gate, removalMs } from '../../../lib/decision/gate.ts';
import { type Desired, type Plan, type RegisteredTarget, type Target, targetKey } from '../../../lib/domain.ts';
import {
  newObservations,
  type Observations,
  rememberDeregistered,
  rememberDesired,
  rememberObserved,
} from '../../../lib/observations/observations.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterHost,
  clusterWorld,
  draining,
  end,
  healthy,
  host,
  initial,
  instance,
  instanceWorld,
  requestOf,
  run,
  showCluster,
  showInstance,
  whenHeld,
} from '../scene.ts';
import { worldWithHealthChecks } from '../world.ts';

type Change = Extract<Plan, { kind: 'change' }>;

const change = (register: readonly Target[], deregister: readonly Target[], stale: readonly Target[] = []): Change => ({
  kind: 'change',
  register,
  deregister,
  stale,
});

const wants = (target: Target, more: object = {}, since = 0) =>
  ({ kind: 'targets', targets: [target], evidence: { complete: true, since, ...more } }) satisfies Desired;

const watching = requestOf(instance, 'watch');

const checking = requestOf(instance, 'check');

/** A run that began at 0 and saw this group then. */
const saw = (...targets: readonly RegisteredTarget[]): Observations => rememberObserved(newObservations(0), targets, 0);

const replace = change([b], [a]);

const decide = (
  observations: Observations,
  wanted: Plan,
  now: number,
  desired: Desired = wants(b),
  request = watching,
) => gate(request, desired, { observations: rememberDesired(observations, desired) }, wanted, now);

const waits = (ms: number) => ({ plan: { kind: 'hold', reason: 'Unconfirmed' }, retryInMs: ms });

describe('a change is free', () => {
  test('where nothing is changed by it, or the group is empty', () => {
    const free = { plan: replace, retryInMs: 0 };
    expect(decide(saw(initial(a)), replace, 0, wants(b), requestOf(instance, 'dry-run'))).toEqual(free);
    const observing = requestOf(instance, 'check', undefined, { observeOnly: true });
    expect(decide(saw(healthy(a)), replace, 0, wants(b), observing)).toEqual(free);
    expect(decide(saw(), replace, 0, wants(b), checking)).toEqual(free);
  });

  test('of any wait when there is none, or nothing is known', () => {
    for (const plan of [
      { kind: 'in-sync', stale: [] },
      { kind: 'waiting', for: 'absence', stale: [a] },
      { kind: 'hold', reason: 'NoWriter', message: '' },
    ] as const)
      expect(decide(saw(healthy(a)), plan, 0, wants(b), checking)).toEqual({ plan, retryInMs: 0 });
    const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
    expect(decide(saw(healthy(a)), replace, 0, hold, checking)).toEqual({ plan: replace, retryInMs: 0 });
  });
});

describe('the first change', () => {
  test('is made at once by a watch, and after a second observation by a check', () => {
    expect(decide(saw(healthy(a)), replace, 0)).toEqual({ plan: replace, retryInMs: 0 });
    expect(decide(saw(healthy(a)), replace, 5000, wants(b), checking)).toMatchObject(waits(1000));
    expect(decide(saw(healthy(a)), replace, 6000, wants(b), checking)).toEqual({ plan: replace, retryInMs: 0 });
  });

  test('has the age of its evidence, whatever the clock says', () => {
    expect(decide(saw(healthy(a)), replace, 105_000, wants(b, {}, 100_000), checking)).toMatchObject(waits(1000));
    expect(decide(saw(healthy(a)), replace, 106_000, wants(b, {}, 100_000), checking).retryInMs).toBe(0);
  });

  test('is made at once although another source contradicts, when the old target has been there for long', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(healthy(a)), replace, 0, contested)).toEqual({ plan: replace, retryInMs: 0 });
  });
});

describe('a reversal', () => {
  test('brings back what has left only after a third of the settle time', () => {
    const observations = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(observations, replace, 4000)).toMatchObject(waits(6000));
    expect(decide(observations, replace, 10_000)).toEqual({ plan: replace, retryInMs: 0 });
  });

  test('of one of two targets makes both wait', () => {
    const observations = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(observations, change([b, c], [a]), 4000)).toMatchObject(waits(6000));
  });

  test('counts from the latest change of the group', () => {
    const observations = rememberObserved(rememberDeregistered(saw(healthy(a)), [b]), [healthy(a), healthy(c)], 7000);
    expect(decide(observations, replace, 16_000)).toMatchObject(waits(1000));
    expect(decide(observations, replace, 17_000).retryInMs).toBe(0);
  });

  test('counts from its evidence where that is younger than the group', () => {
    const observations = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(observations, replace, 25_000, wants(b, {}, 20_000))).toMatchObject(waits(5000));
  });

  test('registers at once and removes later, where the old target is new', () => {
    const later = { plan: change([b], [], [c, a]), retryInMs: 10_000 };
    for (const observations of [
      saw(initial(a)),
      rememberObserved(saw(healthy(c)), [healthy(c), healthy(a)], 0),
      rememberDeregistered(saw(healthy(a)), [a]),
    ])
      expect(decide(observations, change([b], [a], [c]), 0)).toEqual(later);
  });

  test('removes no target that is still initial, and waits after it was', () => {
    const still = rememberObserved(saw(initial(a)), [initial(a), healthy(b)], 20_000);
    const waiting = decide(still, change([], [a]), 20_000, wants(b), checking);
    expect(waiting.retryInMs).toBeGreaterThanOrEqual(10_000);
    const healed = rememberObserved(still, [healthy(a), healthy(b)], 30_000);
    expect(decide(healed, change([], [a]), 20_000 + waiting.retryInMs, wants(b), checking)).toEqual({
      plan: change([], [a]),
      retryInMs: 0,
    });
  });

  test('waits for the target that is new for the shortest time first', () => {
    const observations = rememberObserved(saw(initial(a)), [healthy(a), initial(c)], 6000);
    expect(decide(observations, change([b], [a, c]), 6000)).toEqual({
      plan: change([b], [], [a, c]),
      retryInMs: 10_000,
    });
    const later = rememberObserved(saw(initial(a)), [healthy(a), initial(c)], 0);
    const still = rememberObserved(later, [healthy(a), initial(c)], 6000);
    expect(decide(still, change([b], [a, c]), 6000)).toEqual({ plan: change([b], [], [a, c]), retryInMs: 4000 });
  });

  test('removes beside a registration only after the old target was new for the last time', () => {
    const observations = rememberObserved(saw(initial(a)), [initial(a)], 20_000);
    expect(decide(observations, replace, 20_000)).toEqual({ plan: change([b], [], [a]), retryInMs: 10_000 });
  });

  test('that another source contradicts waits for both where one of several old targets is new', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(healthy(a), initial(c)), change([b], [a, c]), 1000, contested)).toMatchObject(waits(59_000));
  });

  test('that another source contradicts waits for both, and longer than DNS lags', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(initial(a)), replace, 1000, contested)).toMatchObject(waits(59_000));
    expect(decide(saw(initial(a)), replace, 60_000, contested)).toEqual({ plan: replace, retryInMs: 0 });
  });
});

describe('a removal alone', () => {
  const both = saw(healthy(a), healthy(b));
  const stale = change([], [a], [c]);
  const byEvent = (known: Partial<Parameters<typeof gate>[2]>, now = 20_000) =>
    gate(watching, wants(b), { observations: rememberDesired(both, wants(b)), ...known }, stale, now);
  const driftCheck = { plan: { kind: 'waiting', for: 'drift-check', stale: [c, a] }, retryInMs: 0 };

  test('is left to the drift check by a run that an event woke', () => {
    expect(byEvent({})).toEqual(driftCheck);
    const check = { ...checking, trigger: { kind: 'check', at: 0, eventId: 'RDS-EVENT-0088' } } as const;
    expect(decide(both, stale, 20_000, wants(b), check)).toEqual(driftCheck);
  });

  test('is made by a drift check and by a resync, once the evidence is older than what an event may still do', () => {
    const manual = { ...checking, trigger: { kind: 'manual', at: 0, action: 'resync' } } as const;
    for (const request of [checking, manual]) {
      const { plan, retryInMs } = decide(both, stale, 6000, wants(b), request);
      expect(plan).toMatchObject({ kind: 'hold', reason: 'Unconfirmed' });
      expect(retryInMs).toBeGreaterThanOrEqual(4000);
      expect(decide(both, stale, 6000 + retryInMs, wants(b), request)).toEqual({ plan: stale, retryInMs: 0 });
    }
  });

  test('is planned by a check once it may be sent, and until then the check says when', () => {
    const isInSlot = (now: number) =>
      removalMs(checking, { observations: both, observed: { readAt: now, at: now, targets: [] } }, [a], now) > 0;
    for (const since of [0, 2500, 5000, 7500])
      for (let now = since; now < since + 25_000; now += 250) {
        const { plan, retryInMs } = decide(both, stale, now, wants(b, {}, since), checking);
        const maySend = (at: number) => at >= since + 10_000 && isInSlot(at);
        expect({ since, now, isPlanned: plan.kind === 'change' }).toEqual({ since, now, isPlanned: maySend(now) });
        expect(maySend(Math.ceil(now + retryInMs))).toBe(true);
      }
  });

  test('beside a registration of the check itself needs evidence that is as old', () => {
    const ownRegistration = { keys: new Set([targetKey(b)]), readAt: 6000 };
    const known = { observations: rememberDesired(both, wants(b, {}, 5000)), ownRegistration };
    expect(gate(checking, wants(b, {}, 5000), known, stale, 10_999)).toMatchObject(waits(1));
    expect(gate(checking, wants(b, {}, 5000), known, stale, 11_000)).toEqual({ plan: stale, retryInMs: 0 });
  });

  test('is made by an event beside what the run itself registered, while that is new to every other run', () => {
    const ownRegistration = { keys: new Set([targetKey(b)]), readAt: 20_000 };
    expect(byEvent({ ownRegistration }, 27_499)).toEqual({ plan: stale, retryInMs: 0 });
    expect(byEvent({ ownRegistration }, 27_500)).toEqual(driftCheck);
    const young = rememberDesired(saw(healthy(a), initial(b)), wants(b));
    expect(gate(watching, wants(b), { observations: young, ownRegistration }, stale, 40_000)).toEqual({
      plan: stale,
      retryInMs: 0,
    });
  });

  test('is not made beside what leaves with it, or has left', () => {
    const gone = { keys: new Set([targetKey(a), targetKey(c)]), readAt: 20_000 };
    expect(byEvent({ ownRegistration: gone })).toEqual(driftCheck);
  });
});

describe('removals alone', () => {
  const contested = wants(b, { isContested: true });
  const all = rememberObserved(saw(healthy(a), healthy(b)), [healthy(a), healthy(b), initial(c)], 0);

  test('wait each for itself: one that is contested and new does not keep an old one', () => {
    const due = Array.from({ length: 20 }, (_, index) => 12_000 + index * 1000).flatMap((now) => {
      const { plan } = decide(all, change([], [a, c]), now, contested, checking);
      return plan.kind === 'change' ? plan.deregister.map(targetKey) : [];
    });
    expect(new Set(due)).toEqual(new Set([targetKey(a)]));
  });
});

describe('what waits', () => {
  const said = (wanted: Plan, now: number, observations = saw(healthy(a), healthy(b))) => {
    const { plan } = decide(observations, wanted, now, wants(a), checking);
    return plan.kind === 'hold' ? plan.message : plan.kind;
  };

  test('says what it would do, to which targets, and how long the answer has to stay the same', () => {
    expect(said(change([b, c], [a]), 0.5, saw(healthy(a)))).toBe(
      'would register 10.0.2.10:5432, 10.0.3.10:5432 and deregister 10.0.1.10:5432 if the answer stays the same for 6000 ms',
    );
    expect(said(change([c], []), 0)).toBe('would register 10.0.3.10:5432 if the answer stays the same for 6000 ms');
    expect(said(change([], [a, b]), 0, saw(healthy(a), healthy(b), healthy(c)))).toMatch(
      /^would deregister 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 if the answer stays the same for \d+ ms$/,
    );
  });
});

describe('a planned removal may still be sent', () => {
  const both = saw(healthy(a), healthy(b));
  const observed = { readAt: 10_000, at: 10_100, targets: [healthy(a), healthy(b)] };
  const ownRegistration = { keys: new Set([targetKey(b)]), readAt: 10_000 };

  test('by a drift check in a slot of the clock, once the group was read in it: what sorts before what stays, or after it', () => {
    const sent = (stale: Target, now: number, readAt = now) =>
      removalMs(checking, { observations: both, observed: { ...observed, readAt } }, [stale], now) > 0;
    const seconds = Array.from({ length: 40 }, (_, index) => 10_000 + index * 500);
    const first = seconds.filter((now) => sent(a, now));
    const second = seconds.filter((now) => sent(b, now));
    expect(first.filter((now) => second.some((other) => Math.abs(other - now) < 2500))).toEqual([]);
    expect([first.length, second.length]).toEqual([10, 10]);
    expect(first.filter((now) => sent(a, now, now - 2500))).toEqual([]);
  });

  const everySecond = Array.from({ length: 60 }, (_, index) => 10_000 + index * 250);

  test('for at most the seven tenths of its slot that are left', () => {
    const left = everySecond.map((now) =>
      removalMs(checking, { observations: both, observed: { ...observed, readAt: now } }, [a], now),
    );
    expect(Math.max(...left)).toBeLessThanOrEqual(3500);
    expect(Math.max(...left)).toBeGreaterThan(3000);
    expect(Math.min(...left)).toBe(0);
  });

  test('never of two at once between which the one sorts that stays, nor before the group was read', () => {
    const three = saw(healthy(a), healthy(b), healthy(c));
    for (const now of everySecond) {
      const known = { observations: three, observed: { ...observed, readAt: now } };
      expect(removalMs(checking, known, [a, c], now)).toBe(0);
      expect(removalMs(checking, { observations: both }, [a], now)).toBe(0);
    }
  });

  test('by an event for as long as what it registered is new to every other run', () => {
    expect(removalMs(watching, { observations: both, observed, ownRegistration }, [a], 10_000)).toBe(7500);
    for (const now of everySecond)
      expect(removalMs(watching, { observations: both, observed: { ...observed, readAt: now } }, [a], now)).toBe(0);
  });

  test("by any run, while the read is new, where all that leaves is another's", () => {
    const known = { observations: saw(healthy(a), healthy(b), healthy(c)), observed, foreign: new Set([targetKey(a)]) };
    expect(removalMs(watching, known, [a], 10_000)).toBe(7500);
    expect(removalMs(watching, known, [a, c], 10_000)).toBe(0);
  });

  test('not beside what would leave with it', () => {
    expect(removalMs(watching, { observations: both, observed, ownRegistration }, [b], 10_000)).toBe(0);
  });
});

/* ---------- in a run ---------- */

describe('a watch', () => {
  test('follows a flapping name once, and back only after a stable answer', async () => {
    const world = instanceWorld(a, healthy(a));
    for (let i = 0; i < 12; i++) world.clock.at(10_000 + i * 2000, () => showInstance(world, i % 2 === 0 ? b : a));
    world.clock.at(34_000, () => showInstance(world, b));
    await run(world, requestOf(instance, 'watch'));
    expect(world.group.calls.filter((call) => call.startsWith('register'))).toEqual(['register 10.0.2.10:5432']);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('goes back when the failover was undone for good', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => showInstance(world, b));
    world.clock.at(20_000, () => showInstance(world, a));
    const held = whenHeld(world, a);
    await run(world, requestOf(instance, 'watch'));
    expect(world.group.live()).toEqual([targetKey(a)]);
    expect(held()).toBeGreaterThanOrEqual(30_000);
    // What comes back while it drains is not new to every run, so the removal beside it waits for the drift check.
    expect(held()).toBeLessThanOrEqual(32_000 + 7500);
  });

  test('leaves alone what another run has just registered, until its own evidence is stable', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(5000, () => {
      world.group.put(b, 'initial');
      showInstance(world, c);
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'waiting', registered: [targetKey(c)], deregistered: [targetKey(a)] });
    expect(report.detail).toMatch(/^10\.0\.2\.10:5432 left to the next drift check/);
    expect(world.group.live()).toEqual([targetKey(b), targetKey(c)]);
    world.group.put(b, 'healthy');
    await run(world, requestOf(instance, 'check'));
    expect(world.group.live()).toEqual([targetKey(c)]);
  });

  test('registers at once, and removes later, where the old target was registered a moment before', async () => {
    const world = worldWithHealthChecks({ ...a, state: 'initial' });
    showInstance(world, a);
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(8000, () => world.group.put(a, 'healthy'));
    const both = whenHeld(world, a, b);
    const alone = whenHeld(world, b);
    await run(world, requestOf(instance, 'watch'));
    expect(both()).toBeLessThanOrEqual(6000);
    expect(alone()).toBeGreaterThanOrEqual(15_000);
    expect(alone()).toBeLessThanOrEqual(17_000);
  });

  test('fills an empty group at once, whatever the evidence', async () => {
    const world = instanceWorld(a, draining(a));
    const held = whenHeld(world, a);
    await run(world, requestOf(instance, 'watch'));
    expect(held()).toBe(0);
  });
});

describe('a watch that waits before it goes back', () => {
  const start = () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => showInstance(world, b));
    world.clock.at(20_000, () => showInstance(world, a));
    return world;
  };

  const backAt = ({ group: { timed } }: ReturnType<typeof start>) =>
    timed.find(({ call, at }) => at > 10_900 && call === 'register 10.0.1.10:5432')?.at ?? 0;

  test('acts when its wait is over, and not a recheck later', async () => {
    const world = start();
    await run(world, requestOf(instance, 'watch'));
    // The pass that sees it is made at 20.7 s.
    expect(backAt(world)).toBeGreaterThanOrEqual(30_700);
    expect(backAt(world)).toBeLessThan(31_100);
  });

  test('goes on resolving meanwhile, so that an answer that flaps is not taken for a stable one', async () => {
    const world = start();
    world.clock.at(25_000, () => world.dns.set(host, addresses(b.ip)));
    world.clock.at(27_000, () => world.dns.set(host, addresses(a.ip)));
    await run(world, requestOf(instance, 'watch'));
    expect(backAt(world)).toBeGreaterThanOrEqual(37_000);
  });
});

describe('a name that DNS shows late', () => {
  test('is no evidence against what another run has registered since', async () => {
    const world = clusterWorld('orders-2', a, healthy(a));
    world.clock.at(20_000, () => {
      world.group.put(b, 'initial');
      world.group.targets.delete(targetKey(a));
    });
    // 60 s after the first observation, but not yet 60 s after the registration.
    world.clock.at(75_000, () => showCluster(world, 'orders-2', b));
    const { report } = await run(world, requestOf(cluster, 'watch'));
    expect(report).toMatchObject({ outcome: 'in-sync', registered: [], deregistered: [] });
  });

  test('counts its age from the latest change of the group, not from when it was first seen', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(5000, () => showInstance(world, b));
    world.clock.at(20_000, () => {
      world.group.targets.clear();
      world.group.put(a, 'initial');
    });
    world.clock.at(40_000, () => world.group.put(a, 'healthy'));
    await run(world, requestOf(instance, 'watch'));
    const registrations = world.group.timed
      .filter(({ call }) => call === `register ${targetKey(b)}`)
      .map(({ at }) => at);
    expect(registrations).toHaveLength(2);
    // The last read of the watch finds it at 36 s, and only then its ten seconds begin.
    expect(registrations[1]).toBeGreaterThanOrEqual(45_000);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('does not make a check undo a fresh registration that the API confirms', async () => {
    const world = clusterWorld('orders-2', a, { ...b, state: 'initial' });
    const { report } = await run(world, requestOf(cluster, 'check'));
    expect(report.outcome).toBe('held');
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });

  test('does not empty the group between the two steps of another run', async () => {
    const world = instanceWorld(a, healthy(a), { ...b, state: 'initial' });
    world.clock.at(5, () => world.group.targets.delete(targetKey(a)));
    world.clock.at(3000, () => showInstance(world, b));
    const { report } = await run(world, requestOf(instance, 'watch', end));
    expect(report.deregistered).toEqual([]);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('counts as stable only for a run that resolves often: DNS that flaps in step with a check changes nothing', async () => {
    const world = clusterWorld('orders-2', a, healthy(b));
    // The answer is the old one at every sixth second, and the new one between.
    for (let second = 1; second < 60; second++) {
      world.clock.at(second * 1000 - 500, () => world.dns.set(clusterHost, addresses(second % 6 === 0 ? a.ip : b.ip)));
    }
    await run(world, requestOf(cluster, 'check'));
    expect(world.group.calls.every((call) => call === 'list')).toBe(true);
  });
});
