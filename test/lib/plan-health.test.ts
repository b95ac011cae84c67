import { describe, expect, test } from 'vitest';
import { plan } from '../../lib/decision/plan.ts';
import type { Desired, TargetState } from '../../lib/domain.ts';
import { a, b, c, healthy } from './world.ts';

const policy = { removeStale: 'when-replacement-healthy' } as const;
const wants: Desired = { kind: 'targets', targets: [b], complete: true, since: 0 };

describe('a stale target whose replacement is', () => {
  test.each<TargetState>(['unhealthy', 'unhealthy.draining', 'initial'])('%s stays, and is waited for', (state) => {
    expect(plan(wants, [healthy(a), { ...b, state }], policy)).toEqual({
      kind: 'waiting',
      for: 'replacement-health',
      stale: [a],
    });
  });

  test.each<TargetState>(['healthy', 'unavailable'])('%s leaves', (state) => {
    expect(plan(wants, [healthy(a), { ...b, state }], policy)).toEqual({
      kind: 'change',
      register: [],
      deregister: [a],
      stale: [],
    });
  });

  test('healthy at one of two addresses leaves, though the other one is unhealthy', () => {
    const both: Desired = { ...wants, targets: [b, c] };
    expect(plan(both, [healthy(a), healthy(b), { ...c, state: 'unhealthy' }], policy)).toMatchObject({
      kind: 'change',
      deregister: [a],
    });
  });
});
