import { describe, expect, test } from 'vitest';
import { isLive, isPort, targetKey } from '../../lib/domain.ts';

describe('a target', () => {
  test('is known by address and port; an IPv6 address stands in brackets, so that the port can be told', () => {
    expect(targetKey({ ip: '10.0.1.10', port: 5432 })).toBe('10.0.1.10:5432');
    expect(targetKey({ ip: 'fd00::1', port: 5432 })).toBe('[fd00::1]:5432');
  });

  test('counts as there unless it is draining or not registered', () => {
    const target = { ip: '10.0.1.10', port: 5432 };
    for (const state of ['initial', 'healthy', 'unhealthy', 'unhealthy.draining', 'unused', 'unavailable'] as const)
      expect(isLive({ ...target, state }), state).toBe(true);
    expect(isLive({ ...target, state: 'draining' })).toBe(false);
    expect(isLive({ ...target, state: 'unused', reason: 'Target.NotInUse' })).toBe(true);
    expect(isLive({ ...target, state: 'unused', reason: 'Target.NotRegistered' })).toBe(false);
  });
});

test('a port is a whole number from 1 to 65535', () => {
  expect([1, 5432, 65_535].map(isPort)).toEqual([true, true, true]);
  expect([undefined, 0, -1, 65_536, 1.5, Number.NaN].filter(isPort)).toEqual([]);
});
