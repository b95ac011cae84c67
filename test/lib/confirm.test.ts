import { describe, expect, test } from 'vitest';
import { confirmed, isTimely } from '../../lib/confirm.ts';
import { type Desired, type Plan, type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import {
  type History,
  newHistory,
  rememberDeregistered,
  rememberDesired,
  rememberObserved,
} from '../../lib/history.ts';
import { withNewcomers } from '../../lib/newcomers.ts';
import { newState } from '../../lib/state.ts';
import { leaving, turnStart } from '../../lib/turns.ts';
import { a, b, begin, c, draining, healthy, instance, jobOf, pace } from './world.ts';

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
const saw = (...targets: readonly RegisteredTarget[]): History => rememberObserved(newHistory(0), targets, 0);
const initial = (target: Target): RegisteredTarget => ({ ...target, state: 'initial' });
const replace = change([b], [a]);

/** When a turn begins in which the lesser of two targets may leave; the greater may a turn later. */
const turnMs = 5000;
const early = turnStart(watching, 100_000);
const begun = leaving(watching, early, ['10.0.1.10:5432'], ['10.0.2.10:5432']).length > 0 ? early : early + turnMs;

const decide = (history: History, wanted: Plan, now: number, desired: Desired = wants(b), job = watching) =>
  confirmed(job, desired, { history: rememberDesired(history, desired), registered: [] }, wanted, now);
const waits = (ms: number) => ({ plan: { kind: 'hold', reason: 'Unconfirmed' }, unconfirmedMs: ms });

describe('a change is free', () => {
  test('where nothing is changed by it, or the group is empty', () => {
    const free = { plan: replace, unconfirmedMs: 0 };
    expect(decide(saw(initial(a)), replace, 0, wants(b), jobOf(instance, 'look'))).toEqual(free);
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
      expect(decide(saw(healthy(a)), plan, 0, wants(b), checking)).toEqual({ plan, unconfirmedMs: 0 });
    const hold = { kind: 'hold', reason: 'NoWriter', message: '' } as const;
    expect(decide(saw(healthy(a)), replace, 0, hold, checking)).toEqual({ plan: replace, unconfirmedMs: 0 });
  });
});

describe('the first change', () => {
  test('is made at once by a watch, and after a second look by a check', () => {
    expect(decide(saw(healthy(a)), replace, 0)).toEqual({ plan: replace, unconfirmedMs: 0 });
    expect(decide(saw(healthy(a)), replace, 5000, wants(b), checking)).toMatchObject(waits(1000));
    expect(decide(saw(healthy(a)), replace, 6000, wants(b), checking)).toEqual({ plan: replace, unconfirmedMs: 0 });
  });

  test('has the age of its evidence, whatever the clock says', () => {
    expect(decide(saw(healthy(a)), replace, 105_000, wants(b, {}, 100_000), checking)).toMatchObject(waits(1000));
    expect(decide(saw(healthy(a)), replace, 106_000, wants(b, {}, 100_000), checking).unconfirmedMs).toBe(0);
  });

  test('waits for as long as its evidence asks, also in a watch, and never less than a check does', () => {
    const old = wants(b, { minAgeMs: 10_000 });
    expect(decide(saw(healthy(a)), replace, 4000, old)).toMatchObject(waits(6000));
    expect(decide(saw(healthy(a)), replace, 10_000, old)).toEqual({ plan: replace, unconfirmedMs: 0 });
    expect(decide(saw(healthy(a)), replace, 4000, wants(b, { minAgeMs: 1000 }), checking)).toMatchObject(waits(2000));
  });

  test('is made at once although another source contradicts, when the old target has been there for long', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(healthy(a)), replace, 0, contested)).toEqual({ plan: replace, unconfirmedMs: 0 });
  });
});

describe('a reversal', () => {
  test('brings back who has left only after a third of the settle time', () => {
    const history = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(history, replace, 4000)).toMatchObject(waits(6000));
    expect(decide(history, replace, 10_000)).toEqual({ plan: replace, unconfirmedMs: 0 });
  });

  test('of one of two targets makes both wait', () => {
    const history = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(history, change([b, c], [a]), 4000)).toMatchObject(waits(6000));
  });

  test('counts from the latest change of the group', () => {
    const history = rememberObserved(rememberDeregistered(saw(healthy(a)), [b]), [healthy(a), healthy(c)], 7000);
    expect(decide(history, replace, 16_000)).toMatchObject(waits(1000));
    expect(decide(history, replace, 17_000).unconfirmedMs).toBe(0);
  });

  test('counts from its evidence where that is younger than the group', () => {
    const history = rememberDeregistered(saw(healthy(a)), [b]);
    expect(decide(history, replace, 25_000, wants(b, {}, 20_000))).toMatchObject(waits(5000));
  });

  test('registers at once and removes later, where the old target is new', () => {
    const later = { plan: change([b], [], [c, a]), unconfirmedMs: 10_000 };
    for (const history of [
      saw(initial(a)),
      rememberObserved(saw(healthy(c)), [healthy(c), healthy(a)], 0),
      rememberDeregistered(saw(healthy(a)), [a]),
    ])
      expect(decide(history, change([b], [a], [c]), 0)).toEqual(later);
  });

  test('of an initial target counts from when the run last lost sight of it', () => {
    const history = rememberObserved(saw(initial(a), healthy(b)), [initial(a), healthy(b)], 20_000, { blind: 6000 });
    expect(decide(history, change([], [a]), 20_000).unconfirmedMs).toBeGreaterThanOrEqual(10_000);
  });

  test('that another source contradicts waits for both, and longer than DNS lags', () => {
    const contested = wants(b, { isContested: true });
    expect(decide(saw(initial(a)), replace, 1000, contested)).toMatchObject(waits(59_000));
    expect(decide(saw(initial(a)), replace, 60_000, contested)).toEqual({ plan: replace, unconfirmedMs: 0 });
  });
});

describe('a removal alone', () => {
  const both = saw(healthy(a), healthy(b));
  const [small, great] = [change([], [a]), change([], [b])];

  test('takes its turn: the lesser target in one, the greater one in the next', () => {
    expect(decide(both, small, begun)).toEqual({ plan: small, unconfirmedMs: 0 });
    expect(decide(both, great, begun, wants(a))).toMatchObject(waits(5000));
    expect(decide(both, great, begun + turnMs, wants(a))).toEqual({ plan: great, unconfirmedMs: 0 });
    expect(decide(both, small, begun + turnMs)).toMatchObject(waits(5000));
  });

  test('comes after its evidence is old enough, and then in its turn', () => {
    expect(decide(both, small, begun + 1000, wants(b, {}, begun), checking)).toMatchObject(waits(9000));
    expect(decide(both, small, begun + 2 * turnMs, wants(b, {}, begun), checking)).toEqual({
      plan: small,
      unconfirmedMs: 0,
    });
  });

  test('of two leaves the one whose turn it is not for later', () => {
    const three = saw(healthy(a), healthy(b), healthy(c));
    expect(decide(three, change([], [b, c]), begun, wants(a))).toMatchObject(waits(turnMs));
    const extreme = decide(three, change([], [a, c], [c]), begun);
    expect(extreme).toEqual({ plan: change([], [a], [c, c]), unconfirmedMs: 0 });
    expect(decide(three, change([], [a, c]), begun + turnMs)).toEqual({ plan: change([], [c], [a]), unconfirmedMs: 0 });
  });
});

describe('a removal alone in a crowd', () => {
  const crowd = { at: begun, until: begun, times: 0 };
  const both = rememberDesired(saw(healthy(a), healthy(b)), wants(b, {}, begun));
  const unconfirmedMs = (registered: readonly Target[], wanted: Plan = change([], [a])) =>
    confirmed(watching, wants(b, {}, begun), { history: both, crowd, registered }, wanted, begun).unconfirmedMs;

  test('is left for two settle times to the run that has registered the new target', () => {
    expect(unconfirmedMs([])).toBe(2 * pace.settleMs);
    expect(unconfirmedMs([b])).toBe(0);
  });

  test('waits for nobody where it comes with a registration', () => {
    expect(unconfirmedMs([], change([c], [a]))).toBe(0);
  });
});

describe('what waits', () => {
  const said = (wanted: Plan, now: number, history = saw(healthy(a), healthy(b))) => {
    const { plan } = decide(history, wanted, now, wants(a), checking);
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
  const seenAt = (readAt: number, ...targets: readonly RegisteredTarget[]) => ({
    ...newState(0),
    history: saw(...targets),
    observed: { readAt, at: readAt, targets },
  });
  const both = (readAt: number) => seenAt(readAt, healthy(a), healthy(b));

  describe('beside what has just been registered', () => {
    const [outOfTurn, stable] = [begun + turnMs, 10_000];
    const replaced = (readAt: number, ...before: readonly RegisteredTarget[]) =>
      withNewcomers(watching, seenAt(readAt, ...before), [b], readAt + 100);

    test('while what was read of the group is young: nobody removes yet what was new then', () => {
      const state = replaced(outOfTurn, healthy(a));
      const at = (ms: number) => isTimely(watching, state, [a], outOfTurn + ms);
      expect([at(0), at((3 * stable) / 4)]).toEqual([true, true]);
      expect(at((3 * stable) / 4 + 1)).toBe(false);
      const fast = { ...watching, pace: { ...pace, settleMs: 30 } };
      const quick = withNewcomers(fast, seenAt(1000, healthy(a)), [b], 1000);
      expect(quick.newcomers?.until).toBe(1500);
    });

    test('not when it is the new one that would leave', () => {
      expect(isTimely(watching, replaced(begun, healthy(a)), [b], begun)).toBe(false);
    });

    test('not when it has been there before: others may have missed that it was away', () => {
      expect(isTimely(watching, replaced(outOfTurn, healthy(a), draining(b)), [a], outOfTurn)).toBe(false);
      const seen = seenAt(outOfTurn, healthy(a));
      const left = rememberObserved(saw(healthy(a), healthy(b)), [healthy(a)], 1);
      const back = withNewcomers(watching, { ...seen, history: left }, [b], outOfTurn);
      expect(isTimely(watching, back, [a], outOfTurn)).toBe(false);
      expect(back.history.live).toEqual(new Set([targetKey(a), targetKey(b)]));
    });

    test('and the registered one is known without another look', () => {
      const { observed, history } = replaced(outOfTurn, healthy(a), draining(b));
      expect(observed?.targets).toEqual([healthy(a), initial(b)]);
      expect(observed).toMatchObject({ readAt: outOfTurn, at: outOfTurn + 100 });
      expect(rememberObserved(history, [healthy(a), initial(b)], outOfTurn + 200)).not.toHaveProperty('groupMovedAt');
    });
  });

  test('alone only in the turn in which the group was read, and in its first half', () => {
    expect(isTimely(watching, both(begun), [a], begun)).toBe(true);
    expect(isTimely(watching, both(begun), [a], begun + 2400)).toBe(true);
    expect(isTimely(watching, both(begun - 1), [a], begun)).toBe(false);
    expect(isTimely(watching, both(begun), [a], begun + 2500)).toBe(false);
    expect(isTimely(watching, both(begun + turnMs), [a], begun + turnMs)).toBe(false);
    expect(isTimely(watching, both(begun + turnMs), [b], begun + turnMs)).toBe(true);
  });

  test('only as a whole', () => {
    const three = seenAt(begun, healthy(a), healthy(b), healthy(c));
    expect(isTimely(watching, three, [a, b], begun)).toBe(true);
    expect(isTimely(watching, three, [a, c], begun)).toBe(false);
  });

  test('never when the group was not read', () => {
    expect(isTimely({ ...watching, trigger: begin }, newState(0), [a], 0)).toBe(false);
    expect(isTimely(watching, { ...newState(0), history: saw(healthy(a), healthy(b)) }, [a], begun)).toBe(false);
  });
});
