import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../lib/decision/plan.ts';
import {
  type Desired,
  isLive,
  type Plan,
  type RegisteredTarget,
  type RemoveStale,
  type Target,
  type TargetState,
  targetKey,
} from '../../../lib/domain.ts';
import { a, b, c, draining, healthy, initial, whenHealthy } from '../scene.ts';

const wants = (targets: readonly Target[], complete = true): Desired => ({
  kind: 'targets',
  targets,
  evidence: { complete, since: 0 },
});

const sampled = (targets: readonly Target[], undecided: readonly Target[], mayHaveMore = false): Desired => ({
  kind: 'targets',
  targets,
  undecided,
  mayHaveMore,
  evidence: { complete: true, since: 0 },
});

const atOnce = { removeStale: 'at-once' } as const;

const unused = (target: Target): RegisteredTarget => ({ ...target, state: 'unused', reason: 'Target.NotInUse' });

const never = { removeStale: 'never' } as const;
const change = (register: readonly Target[], deregister: readonly Target[], stale: readonly Target[] = []): Plan => ({
  kind: 'change',
  register,
  deregister,
  stale,
});
const inSync = (...stale: Target[]): Plan => ({ kind: 'in-sync', stale });
const waiting = (what: Extract<Plan, { kind: 'waiting' }>['for'], stale: readonly Target[]): Plan => ({
  kind: 'waiting',
  for: what,
  stale,
});

test('a group that holds the writer is in sync', () => {
  expect(plan(wants([a]), [healthy(a)], atOnce)).toEqual(inSync());
});

test('an unknown writer changes nothing, whatever the group holds', () => {
  expect(plan({ kind: 'hold', reason: 'NoWriter', message: '' }, [healthy(a)], atOnce)).toEqual({
    kind: 'hold',
    reason: 'NoWriter',
    message: '',
  });
});

test('a target that is tolerated is not registered, though it is wanted, and stays where it is there', () => {
  expect(
    plan(
      { kind: 'targets', targets: [a, b, c], tolerated: [b, c], evidence: { complete: true, since: 0 } },
      [healthy(b)],
      atOnce,
    ),
  ).toEqual(change([a], []));
});

test('the new writer is registered and the old one deregistered', () => {
  expect(plan(wants([b]), [healthy(a)], atOnce)).toEqual(change([b], [a]));
});

test('a writer that is draining counts as absent and is registered again', () => {
  expect(plan(wants([a]), [draining(a), healthy(b)], atOnce)).toEqual(change([a], [b]));
});

test('a draining stranger is not deregistered a second time', () => {
  expect(plan(wants([a]), [healthy(a), draining(b)], atOnce)).toEqual(inSync());
});

test('the same address at another port is another target', () => {
  expect(plan(wants([{ ...a, port: 5433 }]), [healthy(a)], atOnce)).toEqual(change([{ ...a, port: 5433 }], [a]));
});

test('a target that ELBv2 lists as not registered is absent', () => {
  expect(plan(wants([a]), [{ ...a, state: 'unused', reason: 'Target.NotRegistered' }], atOnce)).toEqual(
    change([a], []),
  );
});

test('a target of a group without a load balancer is registered, though unused', () => {
  expect(plan(wants([a]), [{ ...a, state: 'unused', reason: 'Target.NotInUse' }], atOnce)).toEqual(inSync());
});

test('a stale target stays until its replacement is healthy, when asked to', () => {
  expect(plan(wants([b]), [healthy(a)], whenHealthy)).toEqual(change([b], [], [a]));
});

test('a stale target is waited for while the replacement is initial', () => {
  expect(plan(wants([b]), [healthy(a), initial(b)], whenHealthy)).toEqual(waiting('replacement-health', [a]));
});

test('a stale target leaves once the replacement is healthy', () => {
  expect(plan(wants([b]), [healthy(a), healthy(b)], whenHealthy)).toEqual(change([], [a]));
});

test('a stale target stays while any of several replacements is still initial', () => {
  expect(plan(wants([a, b]), [initial(a), healthy(b), healthy(c)], whenHealthy)).toEqual(
    waiting('replacement-health', [c]),
  );
});

test('a stale target is not waited for where no load balancer checks health', () => {
  expect(plan(wants([b]), [unused(a), unused(b)], whenHealthy)).toEqual(change([], [a]));
});

test('a stale target stays where its replacement is in a zone without a load balancer subnet', () => {
  expect(plan(wants([b]), [healthy(a), unused(b)], whenHealthy)).toEqual(waiting('zone', [a]));
});

test('a stale target stays under at-once as well: a reader is better than a writer that no connection reaches', () => {
  expect(plan(wants([b]), [healthy(a), unused(b)], atOnce)).toEqual(waiting('zone', [a]));
});

test('a target that no connection reaches is not in sync, though it is alone', () => {
  expect(plan(wants([b]), [{ ...unused(b), unservedZone: 'z3' }], atOnce)).toEqual(waiting('zone', []));
});

test('a stale target leaves once one of its replacements is served, though no connection reaches the other', () => {
  expect(plan(wants([a, b]), [healthy(a), unused(b), healthy(c)], whenHealthy)).toEqual(change([], [c]));
});

test('a stale target stays beside replacements of which none takes connections', () => {
  const wanted = [{ ...a, state: 'unhealthy' as const }, unused(b)];
  expect(plan(wants([a, b]), [...wanted, healthy(c)], whenHealthy)).toEqual(waiting('zone', [c]));
});

test('a group without stale targets waits for nothing, though its target is new or the list incomplete', () => {
  expect(plan(wants([a]), [initial(a)], whenHealthy)).toEqual(inSync());
  expect(plan(wants([a], false), [healthy(a)], atOnce)).toEqual(inSync());
});

test('a target that no connection reaches is waited for beside one that is served', () => {
  expect(plan(wants([a, b]), [healthy(a), unused(b)], whenHealthy)).toEqual(waiting('zone', []));
});

test('a stale target stays where its replacement gets no new connections: a zonal shift', () => {
  expect(plan(wants([b]), [healthy(a), { ...healthy(b), override: 'zonal_shift_active' }], whenHealthy)).toEqual(
    waiting('replacement-health', [a]),
  );
});

test('a stale target that no connection reaches leaves like any other', () => {
  expect(plan(wants([b]), [unused(a), healthy(b)], whenHealthy)).toEqual(change([], [a]));
});

test('a stale target stays forever under never, and is named', () => {
  expect(plan(wants([b]), [healthy(a), healthy(b)], never)).toEqual(inSync(a));
});

test('nothing is called stale while more targets may belong to the group', () => {
  expect(plan(wants([b], false), [healthy(a), healthy(b)], atOnce)).toEqual(waiting('absence', [a]));
});

test('targets that a name may show yet stay, and more answers are waited for', () => {
  expect(plan(sampled([b], [a, c]), [healthy(a), healthy(b), initial(c)], whenHealthy)).toEqual(
    waiting('answers', [a, c]),
  );
});

test('of two that a name has not shown, the one whose absence is proven leaves', () => {
  expect(plan(sampled([b], [c]), [healthy(a), healthy(b), healthy(c)], whenHealthy)).toEqual(change([], [a], [c]));
});

test('more answers are waited for while a name may have more addresses, though nothing is stale', () => {
  expect(plan(sampled([b], [], true), [healthy(b)], never)).toEqual(waiting('answers', []));
});

test('nothing is waited for where no target may leave', () => {
  expect(plan(sampled([b], [a]), [healthy(a), healthy(b)], never)).toEqual(inSync(a));
});

/* ---------- every small world: two addresses, two ports, each absent or in one of the states ---------- */

const states: (TargetState | undefined)[] = [undefined, 'initial', 'healthy', 'unhealthy', 'draining'];

const corners: Target[] = [a, b, { ...a, port: 5433 }];

const policies: RemoveStale[] = ['at-once', 'when-replacement-healthy', 'never'];

function* worlds() {
  for (const one of states)
    for (const two of states)
      for (const three of states)
        for (const removeStale of policies)
          for (const complete of [true, false]) {
            const observed = [one, two, three].flatMap((state, i) =>
              state ? [{ ...(corners[i] as Target), state }] : [],
            );
            yield { observed, policy: { removeStale }, desired: wants([a], complete) };
          }
}

function applied(observed: readonly RegisteredTarget[], change: Plan): RegisteredTarget[] {
  if (change.kind !== 'change') return [...observed];
  const gone = new Set(change.deregister.map(targetKey));
  const kept = observed.filter((target) => !change.register.some((one) => targetKey(one) === targetKey(target)));
  return [
    ...kept.map((target) => (gone.has(targetKey(target)) ? draining(target) : target)),
    ...change.register.map(initial),
  ];
}

const liveKeys = (targets: readonly RegisteredTarget[]) => targets.filter(isLive).map(targetKey).sort();

describe('in every small world a plan', () => {
  const all = [...worlds()];

  test('covers 750 worlds', () => expect(all).toHaveLength(750));

  test('never empties the group and never removes what is wanted', () => {
    for (const { observed, policy, desired } of all) {
      const after = liveKeys(applied(observed, plan(desired, observed, policy)));
      expect(after, JSON.stringify({ observed, policy })).toContain(targetKey(a));
    }
  });

  test('only deregisters live targets, each at its own port', () => {
    for (const { observed, policy, desired } of all) {
      const made = plan(desired, observed, policy);
      if (made.kind !== 'change') continue;
      for (const target of made.deregister) expect(liveKeys(observed)).toContain(targetKey(target));
    }
  });

  test('leads to exactly what is desired, once everything is healthy, unless stale targets are to stay', () => {
    for (const { observed, policy, desired } of all) {
      let group: RegisteredTarget[] = [...observed];
      for (let i = 0; i < 3; i++) {
        group = applied(group, plan(desired, group, policy)).map((target) =>
          isLive(target) ? healthy(target) : target,
        );
      }
      expect(plan(desired, group, policy).kind).not.toBe('change');
      const mayRemove = policy.removeStale !== 'never' && desired.kind === 'targets' && desired.evidence.complete;
      if (mayRemove) expect(liveKeys(group)).toEqual([targetKey(a)]);
    }
  });

  test('does not depend on the order in which targets are listed', () => {
    const sorted = (made: Plan) =>
      made.kind === 'change'
        ? { ...made, deregister: made.deregister.map(targetKey).sort(), stale: made.stale.map(targetKey).sort() }
        : 'stale' in made
          ? { ...made, stale: made.stale.map(targetKey).sort() }
          : made;
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.infiniteStream(fc.nat()), (world, seeds) => {
        const order = world.observed.map((target) => ({ target, seed: seeds.next().value ?? 0 }));
        const shuffled = order.sort((one, other) => one.seed - other.seed).map(({ target }) => target);
        expect(sorted(plan(world.desired, shuffled, world.policy))).toEqual(
          sorted(plan(world.desired, world.observed, world.policy)),
        );
      }),
    );
  });
});

describe('a stale target whose replacement is', () => {
  test.each<TargetState>(['unhealthy', 'unhealthy.draining', 'initial', 'unavailable', 'unknown'])(
    '%s stays, and is waited for',
    (state) => {
      expect(plan(wants([b]), [healthy(a), { ...b, state }], whenHealthy)).toEqual({
        kind: 'waiting',
        for: 'replacement-health',
        stale: [a],
      });
    },
  );

  test.each<Pick<RegisteredTarget, 'state' | 'reason'>>([
    { state: 'healthy' },
    { state: 'unavailable', reason: 'Target.HealthCheckDisabled' },
  ])('$state leaves', (health) => {
    expect(plan(wants([b]), [healthy(a), { ...b, ...health }], whenHealthy)).toEqual({
      kind: 'change',
      register: [],
      deregister: [a],
      stale: [],
    });
  });

  test('healthy at one of two addresses leaves, though the other one is unhealthy', () => {
    expect(plan(wants([b, c]), [healthy(a), healthy(b), { ...c, state: 'unhealthy' }], whenHealthy)).toMatchObject({
      kind: 'change',
      deregister: [a],
    });
  });
});
