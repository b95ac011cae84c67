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
import { a, b, c, healthy, instance, jobOf } from '../world.ts';

type Change = Extract<Plan, { kind: 'change' }>;
const change = (register: readonly Target[], deregister: readonly Target[], stale: readonly Target[] = []): Change => ({
  kind: 'change',
  register,
  deregister,
  stale,
});
const wants = (target: Target, more: object = {}, since = 0) =>
  ({ kind: 'targets', targets: [target], complete: true, since, ...more }) satisfies Desired;
const watching = jobOf(instance, 'watch');
const checking = jobOf(instance, 'check');
/** A run that began at 0 and saw this group then. */
const saw = (...targets: readonly RegisteredTarget[]): Observations => rememberObserved(newObservations(0), targets, 0);
const initial = (target: Target): RegisteredTarget => ({ ...target, state: 'initial' });
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
    expect(decide(saw(initial(a)), replace, 0, wants(b), jobOf(instance, 'dry-run'))).toEqual(free);
    const observing = jobOf(instance, 'check', undefined, { observeOnly: true });
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
  test('is made at once by a watch, and after a second look by a check', () => {
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
  test('brings back who has left only after a third of the settle time', () => {
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

  test('that another source contradicts waits for both, and longer than DNS lags', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(initial(a)), replace, 1000, contested)).toMatchObject(waits(59_000));
    expect(decide(saw(initial(a)), replace, 60_000, contested)).toEqual({ plan: replace, retryInMs: 0 });
  });
});

describe('a removal alone', () => {
  const both = saw(healthy(a), healthy(b));
  const stale = change([], [a], [c]);
  const byEvent = (own: Partial<Parameters<typeof gate>[2]>, now = 20_000) =>
    gate(watching, wants(b), { observations: rememberDesired(both, wants(b)), ...own }, stale, now);
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

  test('is made by an event beside what the run itself brought, while that is new to every other run', () => {
    const own = { keys: new Set([targetKey(b)]), readAt: 20_000 };
    expect(byEvent({ own }, 27_499)).toEqual({ plan: stale, retryInMs: 0 });
    expect(byEvent({ own }, 27_500)).toEqual(driftCheck);
    const young = rememberDesired(saw(healthy(a), initial(b)), wants(b));
    expect(gate(watching, wants(b), { observations: young, own }, stale, 40_000)).toEqual({
      plan: stale,
      retryInMs: 0,
    });
  });

  test('is not made beside what leaves with it, or has left', () => {
    const gone = { keys: new Set([targetKey(a), targetKey(c)]), readAt: 20_000 };
    expect(byEvent({ own: gone })).toEqual(driftCheck);
  });
});

describe('what waits', () => {
  const said = (wanted: Plan, now: number, observations = saw(healthy(a), healthy(b))) => {
    const { plan } = decide(observations, wanted, now, wants(a), checking);
    return plan.kind === 'hold' ? plan.message : plan.kind;
  };

  test('says what it would do, to whom, and how long the answer has to stay the same', () => {
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
  const own = { keys: new Set([targetKey(b)]), readAt: 10_000 };

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

  test('by an event for as long as what it brought is new to every other run', () => {
    expect(removalMs(watching, { observations: both, observed, own }, [a], 10_000)).toBe(7500);
    expect(removalMs(watching, { observations: both, observed }, [a], 10_000)).toBe(0);
  });

  test('not beside what would leave with it', () => {
    expect(removalMs(watching, { observations: both, observed, own }, [b], 10_000)).toBe(0);
  });
});
