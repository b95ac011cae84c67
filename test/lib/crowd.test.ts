import { describe, expect, test } from 'vitest';
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
