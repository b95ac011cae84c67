import { describe, expect, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import { a, b, c, down, draining, end, healthy, instance, instanceWorld, requestOf, run } from '../scene.ts';

describe('a change', () => {
  test('registers again what is still draining, when a failback comes inside the drain window', async () => {
    const world = instanceWorld(a, draining(a), healthy(b));
    const { report } = await run(world, requestOf(instance, 'watch', end));
    expect(report).toMatchObject({ registered: ['10.0.1.10:5432'], deregistered: ['10.0.2.10:5432'] });
    expect(world.group.fewest()).toBe(1);
  });

  test('lets a watch end a settle time later, also where it only registers', async () => {
    const world = instanceWorld(b, healthy(a));
    const { endedAt } = await run(world, requestOf(instance, 'watch', undefined, { removeStale: 'never' }));
    expect(world.group.live()).toEqual([targetKey(a), targetKey(b)]);
    expect(endedAt).toBeLessThan(40_000);
  });

  test('deregisters nothing when the registration failed', async () => {
    const world = instanceWorld(b, healthy(a));
    world.group.failNext('register', down, 1000);
    const { state } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault?.code).toBe('ServiceUnavailable');
    expect(world.group.live()).toEqual([targetKey(a)]);
    expect(world.group.calls.some((call) => call.startsWith('deregister'))).toBe(false);
  });
});

describe('a removal', () => {
  test('is cut before it could meet that of another run, and the run says so', async () => {
    const world = instanceWorld(b, healthy(a), healthy(b));
    const signals: (AbortSignal | undefined)[] = [];
    Object.assign(world.ports.targetGroup, {
      deregister: (_: unknown, signal?: AbortSignal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const { state } = await run(world, requestOf(instance, 'check'));
    expect(state.fault).toMatchObject({
      code: 'TimedOut',
      retriable: true,
      message: expect.stringMatching(
        /^deregistering 10\.0\.1\.10:5432 took longer than \d+ ms, and timed out; the drift check will deregister what is left\.$/,
      ),
    });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    expect(state.deregistered).toEqual([]);
  });

  test('beside a registration is not cut: only the run ends it', async () => {
    const world = instanceWorld(b, healthy(a));
    const { deregister } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      deregister: (targets: never) => world.clock.sleep(8000).then(() => deregister(targets)),
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'changed', deregistered: ['10.0.1.10:5432'] });
  });

  test('beside a registration that took too long is left to the drift check', async () => {
    const world = instanceWorld(b, healthy(a));
    const { register } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      register: (targets: never) => world.clock.sleep(8000).then(() => register(targets)),
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'waiting', registered: [targetKey(b)], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(a), targetKey(b)]);
  });

  test('is not made where the read before it shows that the replacement is gone again', async () => {
    const world = instanceWorld(b, healthy(a));
    const { register } = world.ports.targetGroup;
    let times = 0;
    Object.assign(world.ports.targetGroup, {
      // AWS accepts the first one, and does nothing.
      register: (targets: never) => (times++ === 0 ? Promise.resolve() : register(targets)),
    });
    await run(world, requestOf(instance, 'watch'));
    expect(world.group.fewest()).toBe(1);
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('is not made where that read shows that another run has made it', async () => {
    const world = instanceWorld(b, healthy(a));
    const { register } = world.ports.targetGroup;
    Object.assign(world.ports.targetGroup, {
      register: async (targets: never) => {
        await register(targets);
        world.group.targets.delete(targetKey(a));
      },
    });
    const { report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'changed', registered: [targetKey(b)], deregistered: [] });
    expect(world.group.calls.filter((call) => call.startsWith('deregister'))).toEqual([]);
  });

  test('that takes too long is cut a second after its slot, as the run says', async () => {
    const world = instanceWorld(b, healthy(a), healthy(b));
    Object.assign(world.ports.targetGroup, { deregister: () => new Promise(() => {}) });
    const { state } = await run(world, requestOf(instance, 'check'));
    const ms = Number(/longer than (\d+) ms/.exec(state.fault?.message ?? '')?.[1]);
    expect(ms).toBeGreaterThan(1000);
    expect(ms).toBeLessThanOrEqual(4500);
  });

  test('alone registers nothing', async () => {
    const world = instanceWorld(a, healthy(a), healthy(c));
    await run(world, requestOf(instance, 'check'), 30_000);
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect(world.group.calls.filter((call) => call.startsWith('register'))).toEqual([]);
  });

  test('of two that takes too long names both', async () => {
    const world = instanceWorld(c, healthy(a), healthy(b), healthy(c));
    Object.assign(world.ports.targetGroup, { deregister: () => new Promise(() => {}) });
    const { state } = await run(world, requestOf(instance, 'check'));
    expect(state.fault?.message).toMatch(/^deregistering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 took longer/);
  });
});
