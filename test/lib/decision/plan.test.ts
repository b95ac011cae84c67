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
import { a, b, c, draining, healthy, initial } from '../scene.ts';

const wants = (targets: readonly Target[], complete = true): Desired => ({
  kind: 'targets',
  targets,
  evidence: { complete, since: 0 },
});

const sampled = (targets: readonly Target[], undecided: readonly Target[], isOpen = false): Desired => ({
  kind: 'targets',
  targets,
  undecided,
  isOpen,
  evidence: { complete: true, since: 0 },
});

const atOnce = { removeStale: 'at-once' } as const;

const whenHealthy = { removeStale: 'when-replacement-healthy' } as const;

const unused = (target: Target): RegisteredTarget => ({ ...target, state: 'unused', reason: 'Target.NotInUse' });

const rows: Record<
  string,
  { desired: Desired; observed: RegisteredTarget[]; policy: { removeStale: RemoveStale }; expected: Plan }
> = {
  'a group that holds the writer is in sync': {
    desired: wants([a]),
    observed: [healthy(a)],
    policy: atOnce,
    expected: { kind: 'in-sync', stale: [] },
  },
  'an unknown writer changes nothing, whatever the group holds': {
    desired: { kind: 'hold', reason: 'NoWriter', message: '' },
    observed: [healthy(a)],
    policy: atOnce,
    expected: { kind: 'hold', reason: 'NoWriter', message: '' },
  },
  'a target that is tolerated is not registered, though it is wanted, and stays where it is there': {
    desired: { kind: 'targets', targets: [a, b, c], tolerated: [b, c], evidence: { complete: true, since: 0 } },
    observed: [healthy(b)],
    policy: atOnce,
    expected: { kind: 'change', register: [a], deregister: [], stale: [] },
  },
  'the new writer is registered and the old one deregistered': {
    desired: wants([b]),
    observed: [healthy(a)],
    policy: atOnce,
    expected: { kind: 'change', register: [b], deregister: [a], stale: [] },
  },
  'a writer that is draining counts as absent and is registered again': {
    desired: wants([a]),
    observed: [draining(a), healthy(b)],
    policy: atOnce,
    expected: { kind: 'change', register: [a], deregister: [b], stale: [] },
  },
  'a draining stranger is not deregistered a second time': {
    desired: wants([a]),
    observed: [healthy(a), draining(b)],
    policy: atOnce,
    expected: { kind: 'in-sync', stale: [] },
  },
  'the same address at another port is another target': {
    desired: wants([{ ...a, port: 5433 }]),
    observed: [healthy(a)],
    policy: atOnce,
    expected: { kind: 'change', register: [{ ...a, port: 5433 }], deregister: [a], stale: [] },
  },
  'a target that ELBv2 lists as not registered is absent': {
    desired: wants([a]),
    observed: [{ ...a, state: 'unused', reason: 'Target.NotRegistered' }],
    policy: atOnce,
    expected: { kind: 'change', register: [a], deregister: [], stale: [] },
  },
  'a target of a group without a load balancer is registered, though unused': {
    desired: wants([a]),
    observed: [{ ...a, state: 'unused', reason: 'Target.NotInUse' }],
    policy: atOnce,
    expected: { kind: 'in-sync', stale: [] },
  },
  'a stale target stays until its replacement is healthy, when asked to': {
    desired: wants([b]),
    observed: [healthy(a)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [b], deregister: [], stale: [a] },
  },
  'a stale target is waited for while the replacement is initial': {
    desired: wants([b]),
    observed: [healthy(a), initial(b)],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'replacement-health', stale: [a] },
  },
  'a stale target leaves once the replacement is healthy': {
    desired: wants([b]),
    observed: [healthy(a), healthy(b)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [], deregister: [a], stale: [] },
  },
  'a stale target stays while any of several replacements is still initial': {
    desired: wants([a, b]),
    observed: [initial(a), healthy(b), healthy(c)],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'replacement-health', stale: [c] },
  },
  'a stale target is not waited for where no load balancer checks health': {
    desired: wants([b]),
    observed: [unused(a), unused(b)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [], deregister: [a], stale: [] },
  },
  'a stale target stays where its replacement is in a zone without a load balancer subnet': {
    desired: wants([b]),
    observed: [healthy(a), unused(b)],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'zone', stale: [a] },
  },
  'it stays at once as well: a reader is better than a writer that no connection reaches': {
    desired: wants([b]),
    observed: [healthy(a), unused(b)],
    policy: atOnce,
    expected: { kind: 'waiting', for: 'zone', stale: [a] },
  },
  'a target that no connection reaches is not in sync, though it is alone': {
    desired: wants([b]),
    observed: [{ ...unused(b), unservedZone: 'z3' }],
    policy: atOnce,
    expected: { kind: 'waiting', for: 'zone', stale: [] },
  },
  'nor beside one that is served, which is reason enough for a stale one to leave': {
    desired: wants([a, b]),
    observed: [healthy(a), unused(b), healthy(c)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [], deregister: [c], stale: [] },
  },
  'and then waits': {
    desired: wants([a, b]),
    observed: [healthy(a), unused(b)],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'zone', stale: [] },
  },
  'a stale target stays where its replacement gets no new connections: a zonal shift': {
    desired: wants([b]),
    observed: [healthy(a), { ...healthy(b), override: 'zonal_shift_active' }],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'replacement-health', stale: [a] },
  },
  'a stale target that no connection reaches leaves like any other': {
    desired: wants([b]),
    observed: [unused(a), healthy(b)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [], deregister: [a], stale: [] },
  },
  'a stale target stays forever under never, and is named': {
    desired: wants([b]),
    observed: [healthy(a), healthy(b)],
    policy: { removeStale: 'never' },
    expected: { kind: 'in-sync', stale: [a] },
  },
  'nothing is called stale while more targets may belong to the group': {
    desired: wants([b], false),
    observed: [healthy(a), healthy(b)],
    policy: atOnce,
    expected: { kind: 'waiting', for: 'absence', stale: [a] },
  },
  'targets that a name may show yet stay, and more answers are waited for': {
    desired: sampled([b], [a, c]),
    observed: [healthy(a), healthy(b), initial(c)],
    policy: whenHealthy,
    expected: { kind: 'waiting', for: 'answers', stale: [a, c] },
  },
  'of two that a name has not shown, the one whose absence is proven leaves': {
    desired: sampled([b], [c]),
    observed: [healthy(a), healthy(b), healthy(c)],
    policy: whenHealthy,
    expected: { kind: 'change', register: [], deregister: [a], stale: [c] },
  },
  'more answers are waited for while a name may have more addresses, though nothing is stale': {
    desired: sampled([b], [], true),
    observed: [healthy(b)],
    policy: { removeStale: 'never' },
    expected: { kind: 'waiting', for: 'answers', stale: [] },
  },
  'nothing is waited for where no target may leave': {
    desired: sampled([b], [a]),
    observed: [healthy(a), healthy(b)],
    policy: { removeStale: 'never' },
    expected: { kind: 'in-sync', stale: [a] },
  },
};

describe('plan', () => {
  test.each(Object.entries(rows))('%s', (_, { desired, observed, policy, expected }) => {
    expect(plan(desired, observed, policy)).toEqual(expected);
  });
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
  test.each<TargetState>(['unhealthy', 'unhealthy.draining', 'initial'])('%s stays, and is waited for', (state) => {
    expect(plan(wants([b]), [healthy(a), { ...b, state }], whenHealthy)).toEqual({
      kind: 'waiting',
      for: 'replacement-health',
      stale: [a],
    });
  });

  test.each<TargetState>(['healthy', 'unavailable'])('%s leaves', (state) => {
    expect(plan(wants([b]), [healthy(a), { ...b, state }], whenHealthy)).toEqual({
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
