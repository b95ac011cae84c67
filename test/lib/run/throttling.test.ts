import { describe, expect, test } from 'vitest';
import type { Trigger } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import {
  type Asked,
  afterChange,
  isStillGood,
  isThrottledLately,
  throttled as rested,
} from '../../../lib/run/throttling.ts';
import { watch } from '../../../lib/run/watch.ts';
import {
  a,
  addresses,
  b,
  begin,
  down,
  end,
  far,
  gaps,
  healthy,
  host,
  hostname,
  instance,
  instanceWorld,
  requestOf,
  run,
  showInstance,
  throttled,
  timings,
  whenHealthy,
} from '../scene.ts';
import { type World, worldWith, worldWithHealthChecks } from '../world.ts';

const callsFrom = ({ group: { timed } }: World, from: number) => timed.filter(({ at }) => at >= from);

function start(mode: 'watch' | 'check') {
  const world = worldWithHealthChecks(healthy(a));
  showInstance(world, a);
  const run = (deadline = far) =>
    world.clock.run(watch(world.ports, requestOf(instance, mode), newState(world.clock.now()), deadline));
  return { world, run };
}

describe('a watch that AWS throttles', () => {
  test("backs off from the group's API for longer each time, and goes on resolving names", async () => {
    const { world, run } = start('watch');
    world.group.failNext('list', throttled, 1000);
    const state = await run();
    expect(world.group.calls.length).toBeLessThan(15);
    expect(world.lookups.dns).toBeGreaterThan(90);
    expect(state.fault).toBe(throttled);
  });

  test('moves the group as soon as a call succeeds', async () => {
    const { world, run } = start('watch');
    world.clock.at(20_000, () => {
      world.group.failNext('list', throttled, 2);
      showInstance(world, b);
    });
    const state = await run();
    expect(state.fault).toBeUndefined();
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(world.group.fewest()).toBe(1);
  });

  test('tries a change again after a short backoff, without the new target ever being removed', async () => {
    const { world, run } = start('watch');
    world.clock.at(20_000, () => {
      world.group.failNext('register', throttled, 2);
      world.group.failNext('deregister', throttled, 2);
      showInstance(world, b);
    });
    await run();
    const registered = world.group.timed.filter(({ call }) => call === 'register 10.0.2.10:5432').map(({ at }) => at);
    expect(registered[0]).toBeLessThan(22_000);
    expect(registered.at(-1)).toBeLessThan(30_000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(world.group.fewest()).toBe(1);
  });
});

describe('a watch that is throttled throughout', () => {
  /** How often it asks for the group; DNS moves at two seconds or not, the group is seen once before or not. */
  const asks = async (trigger: Trigger, moves: boolean, seen: boolean) => {
    const world = instanceWorld(a, healthy(a));
    if (!seen) world.group.failNext('list', throttled, 1000);
    if (moves) world.clock.at(2000, () => showInstance(world, b));
    world.clock.at(1500, () => world.group.failNext('list', throttled, 1000));
    await world.clock.run(watch(world.ports, requestOf(instance, 'watch', trigger), newState(0), far));
    return world.group.calls.length;
  };

  test('reads more often when it has a change to make and an event of a beginning woke it', async () => {
    const patient = [await asks(begin, false, false), await asks(end, false, false), await asks(end, true, false)];
    for (const seen of [false, true]) expect(await asks(begin, true, seen)).toBeGreaterThan(Math.max(...patient) + 1);
    expect(await asks(end, true, true)).toBeLessThan(await asks(begin, true, true));
  });
});

const callsOf = ({ group }: ReturnType<typeof start>['world'], name: string) =>
  group.timed.filter(({ call }) => call.startsWith(name));

describe('a removal that AWS throttles', () => {
  test('follows its registration at once, without another registration or read', async () => {
    const { world, run } = start('watch');
    world.clock.at(20_000, () => {
      world.group.failNext('register', throttled, 1);
      world.group.failNext('deregister', throttled, 5);
      showInstance(world, b);
    });
    await run();
    const [registered] = callsOf(world, 'register').slice(-1);
    const removed = callsOf(world, 'deregister').slice(-1)[0];
    expect(callsOf(world, 'register')).toHaveLength(2);
    expect(callsOf(world, 'deregister')).toHaveLength(6);
    const between = callsOf(world, 'list').filter(({ at }) => at > (registered?.at ?? 0) && at < (removed?.at ?? 0));
    expect(between).toEqual([]);
    // The time in which it needs neither is short: it comes as soon as each backoff is over, not with the next lookup.
    const backoffs = gaps(callsOf(world, 'deregister').map(({ at }) => at));
    expect(Math.max(...backoffs)).toBeLessThanOrEqual(750);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('is verified later, and again when that read is throttled, so that the watch ends without a fault', async () => {
    const { world, run } = start('watch');
    world.clock.at(2000, () => {
      world.group.failNext('register', throttled);
      showInstance(world, b);
    });
    const { deregister } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      deregister: async (...wanted: Parameters<typeof deregister>) => {
        await deregister(...wanted);
        world.group.failNext('list', throttled);
      },
    });
    const state = await run();
    expect(state.fault).toBeUndefined();
    expect(state.observed?.at).toBeGreaterThan(callsOf(world, 'deregister')[0]?.at ?? 0);
  });

  test.each(['watch', 'check'] as const)('is not repeated by a %s that cannot read the group since', async (mode) => {
    const { world, run } = start(mode);
    world.clock.at(2000, () => showInstance(world, b));
    if (mode === 'check') showInstance(world, b);
    world.group.failNext('register', throttled);
    const { deregister } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      deregister: async (...wanted: Parameters<typeof deregister>) => {
        await deregister(...wanted);
        world.group.failNext('list', throttled, 3);
      },
    });
    await run(54_000);
    expect(callsOf(world, 'deregister')).toHaveLength(1);
    expect(world.lookups.dns).toBeLessThan(100);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('is finished by the check that began it, though its time for evidence is over', async () => {
    const { world, run } = start('check');
    showInstance(world, b);
    world.group.failNext('list', throttled, 4);
    world.group.failNext('deregister', throttled, 30);
    await run(54_000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(world.clock.now()).toBeLessThanOrEqual(54_000);
  });
});

describe('a check that AWS throttles', () => {
  test('removes what another run has left behind, though its time for evidence is over', async () => {
    const { world, run } = start('check');
    world.group.put(b, 'healthy');
    const { deregister } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      deregister: (...wanted: Parameters<typeof deregister>) =>
        world.clock.now() < 46_000 ? Promise.reject(throttled) : deregister(...wanted),
    });
    await run(54_000);
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    // Once a second and a little more: while it backoffs it does not go round in a hurry, and does not ask for the
    // group, which others need to read.
    expect(world.lookups.dns).toBeLessThan(100);
    expect(callsOf(world, 'list').length).toBeLessThan(8);
  });

  test('that waits for a name to show fewer addresses reads the group again, rather than resolve without a pause', async () => {
    const world = worldWith(healthy(a), healthy(b));
    world.dns.set(host, addresses(a.ip));
    world.clock.at(1000, () => world.group.failNext('list', throttled, 3));
    const request = requestOf(hostname, 'check', undefined, whenHealthy);
    const state = await world.clock.run(watch(world.ports, request, newState(0), 54_000));
    expect(state.fault).toBeUndefined();
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect(world.lookups.dns).toBeLessThan(100);
  });

  test('tries again within its minute, so that throttling does not starve it', async () => {
    const { world, run } = start('check');
    world.group.failNext('list', throttled, 5);
    const state = await run(54_000);
    expect(state.fault).toBeUndefined();
    expect(state.plan?.kind).toBe('in-sync');
    expect(world.clock.now()).toBeLessThan(45_000);
  });

  test('ends with the fault when it is throttled throughout', async () => {
    const { world, run } = start('check');
    world.group.failNext('list', throttled, 1000);
    const state = await run(54_000);
    expect(state.fault).toBe(throttled);
    expect(world.clock.now()).toBeLessThanOrEqual(54_000);
  });
});

describe('the backoff of a run that was throttled', () => {
  const watch = { mode: 'watch', timings } as const;
  const inRow = (times: number) => ({ at: 0, until: 0, times });

  test('grows with each answer in a row, and is drawn so that runs do not come back together', () => {
    const backoffs = [undefined, inRow(1), inRow(2), inRow(3)].map((throttling) =>
      rested(throttling, watch, 'read', true, 1000, 1),
    );
    expect(backoffs.map(({ until }) => until - 1000)).toEqual([10_000, 20_000, 30_000, 30_000]);
    expect(backoffs.map(({ times }) => times)).toEqual([1, 2, 3, 4]);
    expect(rested(undefined, watch, 'read', true, 1000, 0)).toEqual({ at: 1000, until: 3000, times: 1 });
  });

  test('is long where a watch only wants to know', () => {
    const backoffs = [undefined, inRow(5)].map(
      (throttling) => rested(throttling, watch, 'read', false, 1000, 1).until - 1000,
    );
    expect(backoffs).toEqual([10_000, 240_000]);
  });

  test('is short in a check, shorter before another attempt at a change, and shortest when half of it is done', () => {
    expect(rested(inRow(3), { mode: 'check', timings }, 'read', false, 1000, 1)).toEqual({
      at: 1000,
      until: 7000,
      times: 4,
    });
    const resting = (mode: 'watch' | 'check', asked: Asked) =>
      rested(inRow(3), { mode, timings }, asked, true, 1000, 1);
    for (const mode of ['watch', 'check'] as const) {
      expect(resting(mode, 'change')).toEqual({ at: 1000, until: 7000, times: 0 });
      expect(resting(mode, 'removal')).toEqual({ at: 1000, until: 1750, times: 0 });
    }
  });
});

describe('throttling', () => {
  const throttling = { at: 1000, until: 0, times: 1 };

  test('lasts for the settle time', () => {
    expect([30_999, 31_000].map((now) => isThrottledLately(throttling, timings, now))).toEqual([true, false]);
    expect(isThrottledLately(undefined, timings, 1000)).toBe(false);
  });

  test('leaves out the read right after a change', () => {
    const later = [0, 1].map((random) => afterChange(throttling, timings, 2000, random));
    expect(later).toEqual([
      { ...throttling, until: 17_000 },
      { ...throttling, until: 32_000 },
    ]);
    expect(afterChange(throttling, timings, 31_000, 0)).toBeUndefined();
    expect(afterChange(undefined, timings, 2000, 0)).toBeUndefined();
  });

  test('lets what was read a moment ago serve for another attempt, for a fifth of the settle time', () => {
    expect([5999, 6000].map((ageMs) => isStillGood(throttling, timings, ageMs))).toEqual([true, false]);
    expect(isStillGood(undefined, timings, 0)).toBe(false);
  });
});

describe('a watch that is throttled once', () => {
  const moves = (...failures: Parameters<World['group']['failNext']>[]) => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(20_000, () => {
      for (const failure of failures) world.group.failNext(...failure);
      showInstance(world, b);
    });
    return world;
  };

  test('makes no call at all to the group while it backs off, and then changes what has to be changed', async () => {
    const world = moves(['list', throttled]);
    await run(world, requestOf(instance, 'watch'));
    const [first, second] = callsFrom(world, 20_000);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(5000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('does not read the group right after its change', async () => {
    const world = moves(['list', throttled]);
    await run(world, requestOf(instance, 'watch'));
    const calls = callsFrom(world, 20_000);
    const changed = calls.findIndex(({ call }) => call.startsWith('deregister'));
    expect(changed).toBeGreaterThan(0);
    expect((calls[changed + 1]?.at ?? 0) - (calls[changed]?.at ?? 0)).toBeGreaterThan(15_000);
  });

  test('tries a change again with what it has read', async () => {
    const world = moves(['register', throttled]);
    await run(world, requestOf(instance, 'watch'));
    const registers = callsFrom(world, 20_000).map(({ call }) => call.split(' ')[0]);
    expect(registers.slice(0, 5)).toEqual(['list', 'register', 'register', 'list', 'deregister']);
  });

  test('backs off for long when it only verified a change', async () => {
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
    await run(world, requestOf(instance, 'watch'));
    const calls = callsFrom(world, 20_000);
    const changed = calls.findIndex(({ call }) => call.startsWith('deregister'));
    const [refused, next] = calls.slice(changed + 1);
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(5000);
  });

  test('begins with a short backoff again after an answer', async () => {
    const world = moves(['list', throttled]);
    world.group.failNext('list', throttled);
    await run(world, requestOf(instance, 'watch'));
    const [first, second] = callsFrom(world, 20_000);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(8000);
  });

  test('ends without a fault when DNS moved and came back meanwhile, and the group is right', async () => {
    const world = instanceWorld(a, healthy(a));
    world.clock.at(10_000, () => {
      world.group.failNext('list', throttled);
      showInstance(world, b);
    });
    world.clock.at(12_000, () => showInstance(world, a));
    const { report, state } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.outcome).toBe('in-sync');
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
});

describe('a check that is throttled once', () => {
  test('that was throttled ends with the next fault that is none of that kind', async () => {
    const world = instanceWorld(a, healthy(a));
    world.group.failNext('list', throttled);
    world.group.failNext('list', down);
    const { state } = await run(world, requestOf(instance, 'check'), 54_000);
    expect(state.fault).toBe(down);
    expect(callsOf(world, 'list')).toHaveLength(2);
  });
});
