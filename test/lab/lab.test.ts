import { expect, test } from 'vitest';
import { until } from '../../lab/lab.ts';

const signal = AbortSignal.timeout(10_000);

/** Has an answer at this question, and the first one takes until after the deadline. */
function answeringAt(asked: number) {
  let questions = 0;
  return () => {
    questions += 1;
    for (const from = Date.now(); questions === 1 && Date.now() < from + 5; );
    return questions === asked ? 'there' : undefined;
  };
}

test('a machine that slept through a deadline asks once more, and then gives up', async () => {
  const lab = { speed: 1_000_000 };
  expect(await until(lab, 'it', answeringAt(2), signal)).toBe('there');
  await expect(until(lab, 'it', answeringAt(3), signal)).rejects.toThrow('it did not happen within 15 minutes');
});
