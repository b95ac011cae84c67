import { describe, expect, test } from 'vitest';
import { nearest } from '../../lib/nearest.ts';

describe('a word that was mistyped', () => {
  test.each([
    ['ordres', 'orders'],
    ['Order', 'orders'],
    ['bil-ling', 'billing'],
    ['xyz', undefined],
  ])('%s is near %s', (typed, meant) => {
    expect(nearest(typed, ['orders', 'billing'])).toBe(meant);
  });
});

describe('of words of', () => {
  test.each([
    // typed, known, whether it is near
    ['two letters, one may differ', 'e', 'eu', true],
    ['two letters, one may differ', 'xx', 'eu', false],
    ['five letters, one may differ', 'ordre', 'order', true],
    ['five letters, one may differ', 'oders', 'order', false],
    ['five letters, one may differ', 'oxrer', 'order', false],
    ['six letters, two may differ', 'xxorders', 'orders', true],
    ['six letters, two may differ', 'orde', 'orders', true],
    ['six letters, two may differ', 'xordesr', 'orders', true],
    ['six letters, two may differ', 'rodesr', 'orders', true],
    ['six letters, two may differ', 'xxxorders', 'orders', false],
    ['six letters, two may differ', 'ord', 'orders', false],
    ['six letters, two may differ', 'xxordesr', 'orders', false],
    ['six letters, two may differ', 'orxxxx', 'orders', false],
    ['six letters, two may differ', 'sredro', 'orders', false],
    ['six letters, two may differ', '', 'orders', false],
    ['nine letters, three may differ', 'inventory', 'inv3nt0r1', true],
    ['nine letters, three may differ', 'inventory', '1nv3nt0r1', false],
  ])('%s: %j for %j, %s', (_, typed, known, isNear) => {
    expect(nearest(typed, [known])).toBe(isNear ? known : undefined);
  });
});

test('of two that are near, the nearer one is meant, and of two as near, the first', () => {
  for (const known of [
    ['billing-eu', 'billing-us', 'orders'],
    ['orders', 'billing-us', 'billing-eu'],
  ]) {
    expect(nearest('billing-uss', known)).toBe('billing-us');
    expect(nearest('billing-euu', known)).toBe('billing-eu');
    expect(nearest('billing-xx', known)).toBe(known.find((word) => word !== 'orders'));
  }
});

test('capitals do not count, and nothing is near where nothing is known', () => {
  expect(nearest('ORDERS', ['Orders'])).toBe('Orders');
  expect(nearest('orders', [])).toBeUndefined();
});
