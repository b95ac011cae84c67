import { describe, expect, test } from 'vitest';
import { isMissed } from '../../bench/figures.ts';
import { createEnds } from '../../bench/soak/ends.ts';
import { thirdsOf, warmUpMs } from '../../bench/soak/memory.ts';
import { untilWritten } from '../../bench/soak/rounds.ts';
import { figuresOf, memoryFigures, type Watched } from '../../bench/soak/verdict.ts';
import type { Writer } from '../../sandbox/data-plane/client/client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { keep } from '../../sandbox/world/journal.ts';

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

describe('the verdict of a soak', () => {
  const round = { failovers: 1, troubles: [], rightAfter: 3, isWritten: true };
  const good: Watched = {
    rounds: [round, { ...round, failovers: 2 }],
    writes: { acknowledged: 9, found: 9, lost: [] },
    empty: [],
  };
  const missed = (over: Partial<Watched>) =>
    figuresOf({ ...good, ...over })
      .filter(isMissed)
      .map(({ name }) => name);

  test('is good when all was as it should be', () => {
    expect(missed({})).toEqual([]);
    expect(figuresOf(good)[0]).toMatchObject({ name: 'failovers', value: 3 });
  });

  test.each<[string, Partial<Watched>]>([
    ['acknowledged writes lost', { writes: { acknowledged: 9, found: 8, lost: [4] } }],
    [
      'groups wrong when a schedule period was over',
      { rounds: [round, { ...round, wrong: 'the group holds nothing' }] },
    ],
    ['failovers after which no client could write', { rounds: [{ ...round, isWritten: false }] }],
    ['times without any target', { empty: ['10.0.1.10:5432 went from healthy to draining'] }],
  ])('is bad by: %s', (name, over) => {
    expect(missed(over)).toEqual([name]);
  });

  test('is bad when the memory of the functions grew, or was not measured', () => {
    const thirds = { warmUpSeconds: 240, firstMb: 90, lastMb: 95, highestMb: 120 };
    const names = (over: Partial<typeof thirds>) => memoryFigures({ ...thirds, ...over }).filter(isMissed).length;
    expect([{}, { lastMb: 102 }, { highestMb: 257 }, { lastMb: Number.NaN }].map(names)).toEqual([0, 1, 1, 1]);
  });

  test('has waited for a write that comes through, but not for ever', async () => {
    let elapsed = 0;
    const sleep = async (ms: number) => {
      elapsed += ms;
    };
    const clock = { speed: 20, elapsed: () => elapsed, sleep } as unknown as Sandbox['clock'];
    expect(await untilWritten({ clock }, { lastWrite: () => ({ at: 1 }) as ReturnType<Writer['lastWrite']> })).toBe(
      false,
    );
    expect(elapsed).toBeGreaterThan(120_000);
    const late = () => (elapsed > 600_000 ? ({ at: Date.now() } as ReturnType<Writer['lastWrite']>) : undefined);
    expect(await untilWritten({ clock }, { lastWrite: late })).toBe(true);
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
