import { expect, test } from 'vitest';
import { shareOf } from '../../bench/cpu-share.ts';

test('a function has one processor at 1,769 MB, and a share in proportion below', () => {
  expect(shareOf(1769)).toBe(1);
  expect(shareOf(256)).toBeCloseTo(1 / 6.91, 3);
});
