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
