import { describe, expect, test } from 'vitest';
import { type RegisteredTarget, type Target, targetKey } from '../../../lib/domain.ts';
import {
  claim,
  hasNoEffect,
  leavesSeen,
  nothingUnproven,
  prove,
  type Unproven,
} from '../../../lib/observations/proof.ts';
import type { Mode } from '../../../lib/observations/run-state.ts';
import {
  a,
  b,
  changed,
  draining,
  healthy,
  instance,
  readers,
  requestOf,
  run,
  showCluster,
  showInstance,
  stranger,
} from '../scene.ts';
import { createFakeGroup, createWorld } from '../world.ts';

/* What AWS accepts is not yet done: only a read of the group proves it. */

/** The writer has moved from a to b. `vain`: so many of these calls are accepted without effect. */
function moved(vain: { register?: number; deregister?: number } = {}, ...held: RegisteredTarget[]) {
  const group = createFakeGroup(held.length > 0 ? held : [healthy(a)], 'initial');
  const world = createWorld(group);
  showInstance(world, b);
  for (const call of ['register', 'deregister'] as const) {
    const real = group[call];
    let left = vain[call] ?? 0;
    group[call] = async (targets: readonly Target[]) => {
      left -= 1;
      if (left < 0) return real(targets);
      const before = new Map(group.targets);
      await real(targets);
      group.targets.clear();
      for (const [key, target] of before) group.targets.set(key, target);
    };
  }
  return world;
}
const verbs = (calls: readonly string[]) => calls.map((call) => call.split(' ')[0]);

describe('a registration that AWS accepts', () => {
  test('is seen in the group before the only other target leaves', async () => {
    const world = moved();
    const { report } = await run(world, requestOf(instance, 'watch'));
    const calls = verbs(world.group.calls);
    expect(calls.slice(0, 5)).toEqual(['list', 'register', 'list', 'deregister', 'list']);
    expect(report).toMatchObject(changed([b], [a]));
  });

  test('needs no read of its own where another target stays', async () => {
    const world = moved();
    world.group.put(b, 'healthy');
    await run(world, requestOf(instance, 'check'));
    expect(verbs(world.group.calls)).not.toContain('register');
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test.each<Mode>(['watch', 'check'])('and does not do never costs the group its target: %s', async (mode) => {
    const world = moved({ register: Number.POSITIVE_INFINITY });
    const { state, report } = await run(world, requestOf(instance, mode));
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect(verbs(world.group.calls)).not.toContain('deregister');
    expect(report).toMatchObject({ outcome: 'waiting', registered: [], deregistered: [] });
    expect(state.fault).toMatchObject({
      code: 'ServiceUnavailable',
      message: expect.stringMatching(
        /^ELBv2 accepted the registration of 10\.0\.2\.10:5432, and \d+ reads of the target group since do not show it\. Next: /,
      ),
    });
  });

  test('in vain, beside a deregistration in vain, is told with it, target by target', async () => {
    const always = { register: Number.POSITIVE_INFINITY, deregister: Number.POSITIVE_INFINITY };
    const toldOf = async (...held: RegisteredTarget[]) => {
      const world = moved(always, ...held);
      showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
      return (await run(world, requestOf(readers, 'check'))).state.fault?.message;
    };
    expect(await toldOf(healthy(a))).toContain('the registration of 10.0.2.10:5432, 10.0.3.10:5432, and ');
    expect(await toldOf(healthy(a), healthy(b), healthy(stranger))).toContain(
      'the registration of 10.0.3.10:5432 and the deregistration of 10.0.1.10:5432, 10.0.77.77:5432, and ',
    );
  });

  test('in vain is not asked for once a second', async () => {
    const world = moved({ register: Number.POSITIVE_INFINITY });
    await run(world, requestOf(instance, 'watch'));
    const asked = world.group.timed.filter(({ call }) => call.startsWith('register'));
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.length).toBeLessThan(25);
  });

  test('in vain at first counts once it is there, and is told once', async () => {
    const world = moved({ register: 2 });
    const { state, report } = await run(world, requestOf(instance, 'check'));
    expect(state.fault).toBeUndefined();
    expect(report).toMatchObject(changed([b], [a]));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('and shows late, as DescribeTargetHealth may, is waited for', async () => {
    const world = moved();
    const { list, register } = world.group;
    let hidden = 0;
    world.group.register = async (targets) => {
      if (!world.group.live().includes('10.0.2.10:5432')) hidden = 2;
      await register(targets);
    };
    world.group.list = async () => {
      const targets = await list();
      hidden -= 1;
      return hidden < 0 ? targets : targets.filter(({ ip }) => ip !== b.ip);
    };
    const { state, report } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report).toMatchObject(changed([b], [a]));
    expect(world.group.fewest()).toBe(1);
  });

  test('proves nothing when the group cannot be read: nothing leaves', async () => {
    const world = moved();
    const { list } = world.group;
    world.group.list = async () => {
      if (world.group.calls.some((call) => call.startsWith('register'))) throw new TypeError('a defect');
      return list();
    };
    await expect(run(world, requestOf(instance, 'watch'))).rejects.toThrow('a defect');
    expect(world.group.live()).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });
});

describe('a deregistration that AWS accepts', () => {
  test('and does not do is no change, and a fault in the end', async () => {
    const world = moved({ deregister: Number.POSITIVE_INFINITY });
    const { state, report } = await run(world, requestOf(instance, 'watch'));
    expect(report).toMatchObject({ outcome: 'waiting', registered: ['10.0.2.10:5432'], deregistered: [] });
    expect(state.fault?.message).toMatch(/accepted the deregistration of 10\.0\.1\.10:5432/);
  });

  test('counts though another run registers the same target again', async () => {
    const world = moved();
    const { deregister } = world.group;
    let isBack = false;
    world.group.deregister = async (targets) => {
      await deregister(targets);
      const again: RegisteredTarget = { ...a, state: 'initial' };
      if (!isBack) world.group.put(again, 'initial');
      isBack = true;
    };
    const { state, report } = await run(world, requestOf(instance, 'watch'));
    expect(state.fault).toBeUndefined();
    expect(report.deregistered).toContain('10.0.1.10:5432');
  });
});

describe('what is unproven', () => {
  const keys = (unproven: Unproven) => [[...unproven.registered], [...unproven.deregistered], unproven.misses];

  test('is the latest change of each target', () => {
    const both = claim(claim(nothingUnproven, 'register', [a, b]), 'deregister', [b]);
    expect(keys(both)).toEqual([[targetKey(a)], [targetKey(b)], 0]);
    expect(keys(claim(both, 'register', [b]))).toEqual([[targetKey(a), targetKey(b)], [], 0]);
  });

  test('is missed by each read that shows neither, until the fifth says that AWS did nothing', () => {
    const both = claim(claim(nothingUnproven, 'register', [a]), 'deregister', [b]);
    let seen = both;
    for (let read = 1; read <= 5; read++) {
      expect(hasNoEffect(seen)).toBe(false);
      seen = prove(seen, [healthy(b)]);
      expect(seen.misses).toBe(read);
    }
    expect(hasNoEffect(seen)).toBe(true);
    expect(keys(prove(seen, [healthy(a)]))).toEqual([[], [], 0]);
  });

  test('is no reason to remove another: nor is what drains, or leaves with it', () => {
    const staysWith = (unproven: Unproven, other: RegisteredTarget, ...leaving: readonly Target[]) =>
      leavesSeen(unproven, [healthy(a), other], [a, ...leaving].map(targetKey));
    expect(staysWith(nothingUnproven, healthy(b))).toBe(true);
    expect(staysWith(claim(nothingUnproven, 'register', [b]), healthy(b))).toBe(false);
    expect(staysWith(nothingUnproven, draining(b))).toBe(false);
    expect(staysWith(nothingUnproven, healthy(b), b)).toBe(false);
  });
});
