import { describe, expect, test } from 'vitest';
import { type Asked, throttled as rested } from '../../lib/crowd.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { newState } from '../../lib/state.ts';
import { watch } from '../../lib/watch.ts';
import { a, b, createFakeGroup, createWorld, healthy, instance, jobOf, showInstance } from './world.ts';

const throttled = new ReconcileError('Throttled', 'Rate exceeded');
const far = 1_000_000_000;

function start(mode: 'watch' | 'check') {
  const world = createWorld(createFakeGroup([healthy(a)]));
  showInstance(world, a);
  const run = (deadline = far) =>
    world.clock.run(watch(world.ports, jobOf(instance, mode), newState(world.clock.now()), deadline));
  return { world, run };
}

describe('a watch that AWS throttles', () => {
  test('leaves the group alone for longer each time, and goes on looking at DNS', async () => {
    const { world, run } = start('watch');
    world.group.failNext('list', throttled, 1000);
    const state = await run();
    expect(world.group.calls.length).toBeLessThan(15);
    expect(world.looks.dns).toBeGreaterThan(90);
    expect(state.fault).toBe(throttled);
  });

  test('moves the group as soon as it is let in', async () => {
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

  test('tries a change again after a short rest, without the new target ever being removed', async () => {
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

const callsOf = ({ group }: ReturnType<typeof start>['world'], name: string) =>
  group.timed.filter(({ call }) => call.startsWith(name));

describe('a removal that AWS throttles', () => {
  test('follows its registration at once, without another registration, look or turn', async () => {
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
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('is finished by the check that began it, though its time for evidence is over', async () => {
    const { world, run } = start('check');
    showInstance(world, b);
    world.group.failNext('list', throttled, 4);
    world.group.failNext('deregister', throttled, 40);
    await run(54_000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(world.clock.now()).toBeLessThanOrEqual(54_000);
  });
});

describe('how long a throttled run rests', () => {
  const job = jobOf(instance, 'watch');
  const restMs = (...[mode, asked, isUrgent, times]: ['watch' | 'check', Asked, boolean, number]) =>
    rested({ at: 0, until: 0, times }, { ...job, mode }, asked, isUrgent, 0, 1).until;

  test('depends on what is at stake', () => {
    expect([0, 1, 2, 3].map((times) => restMs('watch', 'read', true, times))).toEqual([10_000, 30_000, 60_000, 60_000]);
    expect([0, 5].map((times) => restMs('watch', 'read', false, times))).toEqual([120_000, 120_000]);
    expect(restMs('check', 'read', false, 3)).toBe(6000);
    expect(restMs('watch', 'change', true, 2)).toBe(3000);
    expect(restMs('watch', 'removal', true, 2)).toBe(200);
  });
});

describe('a check that AWS throttles', () => {
  test('tries again within its minute, so that a crowd does not starve it', async () => {
    const { world, run } = start('check');
    world.group.failNext('list', throttled, 5);
    const state = await run(54_000);
    expect(state.fault).toBeUndefined();
    expect(state.plan?.kind).toBe('in-sync');
    expect(world.clock.now()).toBeLessThan(45_000);
  });

  test('ends with the fault when it is never let in', async () => {
    const { world, run } = start('check');
    world.group.failNext('list', throttled, 1000);
    const state = await run(54_000);
    expect(state.fault).toBe(throttled);
    expect(world.clock.now()).toBeLessThanOrEqual(54_000);
  });
});
