import { describe, expect, test } from 'vitest';
import { type RegisteredTarget, targetKey } from '../../../lib/domain.ts';
import { afterAnswer, observe, withoutLeavers, withRegistered } from '../../../lib/observations/group.ts';
import { newState, type RunState } from '../../../lib/observations/run-state.ts';
import { a, b, c, down, draining, healthy, initial } from '../scene.ts';

describe('the throttled answers in a row', () => {
  test('end with an answer, which does not end the time of throttling', () => {
    expect(afterAnswer({ at: 1, until: 2, times: 3 })).toEqual({ at: 1, until: 2, times: 0 });
    expect(afterAnswer(undefined)).toBeUndefined();
  });
});

test('a read of the group ends a fault and a row of throttled answers, and says when the group moved', () => {
  const first = observe(newState(0), { readAt: 1000, at: 1200, targets: [healthy(a)] });
  expect(first).not.toHaveProperty('throttling');
  expect(first).not.toHaveProperty('movedAt');
  const met = { ...first, fault: down, throttling: { at: 1, until: 2, times: 3 } };
  const same = observe(met, { readAt: 2000, at: 2200, targets: [healthy(a)] });
  expect([same.fault, same.throttling?.times, same.movedAt]).toEqual([undefined, 0, undefined]);
  expect(observe(same, { readAt: 3000, at: 3200, targets: [healthy(b)] }).movedAt).toBe(3200);
});

test('targets have been healthy beside each other since the first of the reads that show it', () => {
  const read = (at: number, before: RunState, ...targets: RegisteredTarget[]) =>
    observe(before, { readAt: at, at, targets });
  const both = new Map([a, b].map((one) => [targetKey(one), 1000]));
  const first = read(1000, newState(0), healthy(a), healthy(b));
  expect(first.together).toEqual(both);
  expect(read(2000, first, healthy(a), healthy(b)).together).toEqual(both);
  expect(read(2000, first, healthy(a), initial(b)).together).toEqual(new Map());
});

test('a removal that AWS accepted is known without another read, which stays due', () => {
  const read = observe(newState(0), { readAt: 1000, at: 1200, targets: [healthy(a), healthy(b)] });
  const after = withoutLeavers(read, [a]);
  expect(after.observed).toEqual({ readAt: 1000, at: 1000, targets: [draining(a), healthy(b)] });
  expect(after.observations.removedSince).toEqual(new Set([targetKey(a)]));
});

describe('a registration that AWS accepted', () => {
  const before = observe(newState(0), { readAt: 1000, at: 1200, targets: [healthy(a), initial(c)] });

  test('is in the group as new, beside what was read, without another read', () => {
    const after = withRegistered(before, [b], 5000);
    expect(after.observed).toEqual({ readAt: 1000, at: 5000, targets: [healthy(a), initial(c), initial(b)] });
    expect(after.observations).toMatchObject({
      live: new Set([a, c, b].map(targetKey)),
      initial: new Set([c, b].map(targetKey)),
      lastNewAt: new Map([
        [targetKey(c), 1200],
        [targetKey(b), 5000],
      ]),
    });
    expect(after.ownRegistration).toEqual({ keys: new Set([targetKey(b)]), readAt: 1000 });
  });

  test('of a target that was there already makes it new, and no registration of this run', () => {
    const after = withRegistered(before, [a, b], 5000);
    expect(after.observed?.targets).toEqual([initial(c), initial(a), initial(b)]);
    expect(after.ownRegistration?.keys).toEqual(new Set([targetKey(b)]));
  });

  test('of a standby alone is none that anything may leave beside, and ends no earlier one', () => {
    const target = b;
    const desired = {
      kind: 'targets',
      targets: [a, target],
      evidence: { since: 0, complete: true },
      standby: { kind: 'proven', target },
    } as const;
    expect(withRegistered({ ...before, desired }, [b], 5000).ownRegistration).toBeUndefined();
    const earlier = { keys: new Set([targetKey(c)]), readAt: 500 };
    expect(withRegistered({ ...before, desired, ownRegistration: earlier }, [b], 5000).ownRegistration).toBe(earlier);
    expect(withRegistered({ ...before, desired }, [{ ...a, port: 6432 }, b], 5000).ownRegistration?.keys).toEqual(
      new Set([targetKey({ ...a, port: 6432 })]),
    );
  });

  test('counts from a later read only while that shows all of it as initial', () => {
    const two = withRegistered(before, [b, { ...b, port: 6432 }], 5000);
    const reads = (...targets: readonly RegisteredTarget[]) =>
      observe(two, { readAt: 7000, at: 7100, targets }).ownRegistration?.readAt;
    expect(reads(healthy(a), initial(b), initial({ ...b, port: 6432 }))).toBe(7000);
    expect(reads(healthy(a), initial(b), healthy({ ...b, port: 6432 }))).toBe(1000);
  });
});
