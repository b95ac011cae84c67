import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../lib/errors.ts';
import { allVisible, visible } from '../../lib/visible.ts';

const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));

describe('what is shown', () => {
  test('of any character is neither a control, nor a mark of direction, nor without width, nor a line break', () => {
    const shown = visible(everyCharacter.join(''));
    expect(shown).not.toMatch(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\u00a0]/u,
    );
  });

  test('of letters, digits, signs and spaces of any language is what they are', () => {
    const plain = everyCharacter.filter(
      (one) => /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(one) && !/\p{DI}|\u2800/u.test(one),
    );
    expect(visible(plain.join('a'))).toBe(plain.join('a'));
    expect(plain.length).toBeGreaterThan(100_000);
  });

  test.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[2J\u009b2J\u007f', '\\u001b[2J\\u009b2J\\u007f'],
    ['\u202eevil\u2066\u200b', '\\u202eevil\\u2066\\u200b'],
    ['\u{e0041}\ud800', '\\udb40\\udc41\\ud800'],
    ['a\u2800b', 'a\\u2800b'],
    // No mark covers what stands above or below it.
    ['x\u0301\u0338\u20dd\u0301\u0338\u20dd', 'x\u0301\u0338\u20dd\u0301\\u0338\\u20dd'],
    ['\u1ec7'.normalize('NFD'), 'e\u0323\u0302'],
  ])('of %j is %s', (text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visible(shown)).toBe(shown);
  });

  test('of JSON is the same JSON', () => {
    const text = everyCharacter.slice(0, 0x3000).join('\\');
    expect(JSON.parse(visible(JSON.stringify({ text })))).toEqual({ text });
  });

  test('of a value is the value with its texts made visible, wherever they are', () => {
    expect(allVisible({ a: ['\n', { b: '\u009b' }], c: 1, d: null })).toEqual({
      a: ['\\n', { b: '\\u009b' }],
      c: 1,
      d: null,
    });
  });
});

test('a fault of the core says on one line what others said, wherever it is shown', () => {
  expect(new ReconcileError('Unexpected', 'a\nb\u009b').message).toBe('a\\nb\\u009b');
  expect(new ReconcileError('InvalidConfiguration', ['a:', '- \nb']).message).toBe('a:\n- \\nb');
});
