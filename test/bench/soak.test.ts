import { describe, expect, test } from 'vitest';
import { createEnds } from '../../bench/soak/ends.ts';
import { thirdsOf, warmUpMs } from '../../bench/soak/memory.ts';
import { keep } from '../../sandbox/keep.ts';

const minute = 60_000;
/** One sample each second for 16 minutes. */
const sampled = (kbAt: (ms: number) => number) =>
  Array.from({ length: 961 }, (_, second) => ({ at: second * 1000, residentKb: kbAt(second * 1000) * 1024 }));

describe("the memory of the functions' processes in a soak", () => {
  test('counts as flat when it grew only while they warmed up', () => {
    const { firstMb, lastMb, highestMb } = thirdsOf(sampled((ms) => 70 + 30 * Math.min(1, ms / warmUpMs)));
    expect([firstMb, lastMb, highestMb]).toEqual([100, 100, 100]);
  });

  test('shows a leak of two megabytes a minute, which begins with the first invocation', () => {
    const { firstMb, lastMb } = thirdsOf(sampled((ms) => 80 + (2 * ms) / minute));
    expect(lastMb - firstMb).toBeCloseTo(16, 0);
  });

  test('is compared in a short run too, with less than half of it for the warm-up', () => {
    const { warmUpSeconds, firstMb, lastMb } = thirdsOf(sampled((ms) => ms / minute).slice(0, 61));
    expect(warmUpSeconds).toBe(24);
    expect(lastMb).toBeGreaterThan(firstMb);
  });
});

describe('what a soak has to tidy up', () => {
  test('ends last in first out, each once, and a failure keeps nothing else from its end', async () => {
    const ended: string[] = [];
    const ends = createEnds();
    ends.add(() => void ended.push('directory'));
    ends.add(() => Promise.reject(new Error('broken')));
    ends.add(async () => void ended.push('sandbox'));
    await Promise.all([ends.all(), ends.all()]);
    expect(ended).toEqual(['sandbox', 'directory']);
  });
});

test('what the sandbox keeps of the past is bounded, and its latest is always there', () => {
  const list: number[] = [];
  for (let n = 0; n < 1000; n += 1) keep(list, n, 100);
  expect(list.length).toBeLessThanOrEqual(100);
  expect(list.slice(-50)).toEqual(Array.from({ length: 50 }, (_, index) => 950 + index));
});
