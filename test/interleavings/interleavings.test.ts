import { describe, expect, test } from 'vitest';
import { targetKey } from '../../lib/domain.ts';
import type { Ports, TargetGroup } from '../../lib/ports.ts';
import { b } from '../lib/scene.ts';
import { believesReplies, removesFirst } from '../simulation/sabotages.ts';
import { tinyCase, usualCases, warmCases } from './cases.ts';
import { explore } from './explore.ts';

describe('every order of the steps of two runs over a failover', () => {
  test.each(usualCases().map(([scenario, atLeast]) => [scenario.name, scenario, atLeast] as const))(
    '%s: breaks no invariant, and ends with the writer alone',
    { timeout: 120_000 },
    async (name, scenario, atLeast) => {
      const { orders, broken, violations, ends } = await explore(scenario);
      console.log(`${name}: ${orders.toLocaleString('en-GB')} orders`);
      expect(violations).toEqual([]);
      expect(broken).toBe(0);
      expect([...ends]).toEqual([targetKey(b)]);
      expect(orders).toBeGreaterThan(atLeast);
    },
  );

  test.each(warmCases().map((scenario) => [scenario.name, scenario] as const))(
    '%s: breaks no invariant, and ends with writer and standby',
    { timeout: 120_000 },
    async (name, scenario) => {
      const { orders, violations, ends } = await explore(scenario);
      console.log(`${name}: ${orders.toLocaleString('en-GB')} orders`);
      expect(violations).toEqual([]);
      expect([...ends]).toEqual([(scenario.end ?? []).map(targetKey).join()]);
      expect(orders).toBeGreaterThan(100_000n);
    },
  );

  test.each<[string, number, (group: TargetGroup) => Partial<TargetGroup>]>([
    ['that removes first', 1, removesFirst],
    ['that takes what was accepted for done', 4, (group) => believesReplies({ ...group, register: async () => {} })],
    [
      'that registers what a payload names',
      6,
      (group) => ({ register: () => group.register([{ ip: '10.0.9.9', port: 1 }]) }),
    ],
    ['that removes nothing', 7, () => ({ deregister: () => Promise.resolve() })],
    ['that breaks', 8, () => ({ register: () => Promise.reject(new TypeError('undefined is not a function')) })],
  ])('show a function %s: invariant %i', async (_, invariant, broken) => {
    const sabotage = (ports: Ports): Ports => ({
      ...ports,
      targetGroup: { ...ports.targetGroup, ...broken(ports.targetGroup) },
    });
    const { violations, broken: steps } = await explore({ ...tinyCase(), sabotage });
    expect(violations.map((one) => one.invariant)).toContain(invariant);
    expect(steps).toBeGreaterThan(0);
  });

  test('are as many, with the same ends, when each is gone through by itself', { timeout: 120_000 }, async () => {
    const merged = await explore(tinyCase());
    const each = await explore(tinyCase(), { isMerging: false });
    const { orders, ends, longest } = each;
    expect({ orders: merged.orders, ends: merged.ends, longest: merged.longest }).toEqual({ orders, ends, longest });
    expect(each.positions).toBeGreaterThan(10 * merged.positions);
  });
});
