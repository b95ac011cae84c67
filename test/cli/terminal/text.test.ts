import { describe, expect, test } from 'vitest';
import { hung, table, wrap } from '../../../cli/terminal/text.ts';

describe('tables', () => {
  test('wrap the last column under itself', () => {
    expect(table([['a', 'one two three four five']], 22)).toEqual(['a  one two three four', '   five']);
    expect(wrap('a verylongword b', 4)).toEqual(['a', 'very', 'long', 'word', 'b']);
    expect(wrap('a verylongword b', 4, { cuts: false })).toEqual(['a', 'verylongword', 'b']);
  });
});

test('words that are as long as the terminal is wide begin no line at its margin', () => {
  expect(hung('error: 0123456789 orders  in sync', 18)).toEqual(['error: 0123456789', '  orders  in sync']);
});
