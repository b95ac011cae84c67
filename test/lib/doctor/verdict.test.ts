import { describe, expect, test } from 'vitest';
import { andThen, both, known, read } from '../../../lib/doctor/reading.ts';
import { failed, judge, listed, notChecked, ok, unless, worst } from '../../../lib/doctor/verdict.ts';

const action = 'ec2:DescribeSubnets';
const denied = { kind: 'denied', action } as const;
const unreadable = { kind: 'unreadable', action, message: 'broken' } as const;

describe('a reading', () => {
  test('is what was read, a refusal, or why it could not be read', async () => {
    expect(await read(action, async () => 1)).toEqual(known(1));
    const refusal = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    expect(await read(action, () => Promise.reject(refusal))).toEqual(denied);
    expect(await read(action, () => Promise.reject(new TypeError('broken')))).toEqual({
      ...unreadable,
      message: 'TypeError: broken',
    });
    expect(await read(action, () => Promise.reject('words'))).toEqual({ ...unreadable, message: 'words' });
  });

  test('leads to the next one only when there is something to read it for', async () => {
    expect(await andThen(known(1), async (one) => known(one + 1))).toEqual(known(2));
    expect(await andThen(denied, async () => known(2))).toBe(denied);
  });

  test('of two things is known when both are', () => {
    expect(both(known(1), known('a'))).toEqual(known([1, 'a']));
    expect(both(denied, unreadable)).toBe(denied);
    expect(both(known(1), unreadable)).toBe(unreadable);
  });
});

describe('a verdict', () => {
  test('is given of what was read; the rest was not checked', () => {
    expect(judge(known(1), (one) => ok(`${one}`))).toEqual({ result: 'ok', detail: '1' });
    expect(judge(denied, () => ok(''))).toEqual({
      result: 'not-checked',
      detail: 'the role may not read it: grant ec2:DescribeSubnets',
    });
    expect(judge(unreadable, () => ok(''))).toEqual({
      result: 'not-checked',
      detail: 'ec2:DescribeSubnets gave no answer: broken',
    });
  });

  test('names every problem, or says that all is fine', () => {
    expect(unless(['one', false, undefined, 'two'], 'fine')).toEqual({ result: 'failed', detail: 'one; two' });
    expect(unless([false], 'fine')).toEqual({ result: 'ok', detail: 'fine' });
  });

  test('of several is the worst, and tells only of those', () => {
    const all = [ok('a'), notChecked('b'), failed('c'), notChecked('d'), failed('e')];
    expect(worst(all)).toEqual({ result: 'failed', detail: 'c; e' });
    expect(worst(all.filter(({ result }) => result !== 'failed'))).toEqual({ result: 'not-checked', detail: 'b; d' });
    expect(worst([ok('a'), ok('f')])).toEqual({ result: 'ok', detail: 'a; f' });
  });

  test('lists things, or says that there are none', () => {
    expect([listed(['a', 'b']), listed([]), listed([], 'no address')]).toEqual(['a, b', 'none', 'no address']);
  });
});
