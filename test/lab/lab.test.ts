import { afterEach, expect, test, vi } from 'vitest';
import { until } from '../../lab/lab.ts';

const signal = AbortSignal.timeout(10_000);

// Time passes where a test says so: a busy machine would miss a deadline before the first question.
afterEach(() => void vi.useRealTimers());

/** Has an answer at this question, and the machine sleeps through the deadline during the first one. */
function answeringAt(asked: number) {
  let questions = 0;
  return () => {
    questions += 1;
    if (questions === 1) vi.setSystemTime(Date.now() + 900_000);
    return questions === asked ? 'there' : undefined;
  };
}

test('a machine that slept through a deadline asks once more, and then gives up', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const lab = { speed: 1_000_000 };
  expect(await until(lab, 'it', answeringAt(2), signal)).toBe('there');
  await expect(until(lab, 'it', answeringAt(3), signal)).rejects.toThrow('it did not happen within 15 minutes');
});
