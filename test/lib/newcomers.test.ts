import { describe, expect, test } from 'vitest';
import { leftOfShield, shieldedUntil } from '../../lib/newcomers.ts';
import { pace } from './world.ts';

describe('the shield of what a run has just registered', () => {
  test('lasts for three quarters of the time for which nobody removes what is new, from the read on', () => {
    expect(shieldedUntil(pace, 1000)).toBe(1000 + pace.settleMs / 4);
    expect(shieldedUntil({ ...pace, settleMs: 600 }, 1000)).toBe(1500);
  });

  test('leaves a removal that begins at its end two seconds, and any at least one', () => {
    const newcomers = { keys: new Set<string>(), until: 10_000 };
    expect(leftOfShield(pace, newcomers, 9000)).toBe(1000 + pace.settleMs / 15);
    expect(leftOfShield(pace, newcomers, 20_000)).toBe(1000);
  });
});
