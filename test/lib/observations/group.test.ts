import { describe, expect, test } from 'vitest';
import { afterAnswer } from '../../../lib/observations/group.ts';

describe('the throttled answers in a row', () => {
  test('end with an answer, which does not end the time of throttling', () => {
    expect(afterAnswer({ at: 1, until: 2, times: 3 })).toEqual({ at: 1, until: 2, times: 0 });
    expect(afterAnswer(undefined)).toBeUndefined();
  });
});
