import { describe, expect, test } from 'vitest';
import { within } from '../../lib/within.ts';
import { createWorld } from './world.ts';

const { clock } = createWorld();
const late = () => 'late';

describe('work within a time', () => {
  test('gives what it gives, and its signal is over afterwards', async () => {
    let cut: AbortSignal | undefined;
    const work = async (signal: AbortSignal) => {
      cut = signal;
      await clock.sleep(900);
      return signal.aborted ? 'cut' : 'done';
    };
    expect(await clock.run(within(clock, 1000, work, late))).toBe('done');
    expect(cut?.aborted).toBe(true);
  });

  test('that takes longer is cut, and gives what is given for being late', async () => {
    let cut: AbortSignal | undefined;
    const begun = clock.now();
    const work = (signal: AbortSignal) => {
      cut = signal;
      return new Promise<string>(() => {});
    };
    expect(await clock.run(within(clock, 1000, work, late))).toBe('late');
    expect(clock.now() - begun).toBe(1000);
    expect(cut?.aborted).toBe(true);
  });

  test('rejects as its work does, or as being late does', async () => {
    const no = new Error('no');
    await expect(clock.run(within(clock, 1000, () => Promise.reject(no), late))).rejects.toBe(no);
    const throwing = () => {
      throw no;
    };
    await expect(clock.run(within(clock, 10, () => new Promise(() => {}), throwing))).rejects.toBe(no);
  });

  test('is cut when the run is', async () => {
    const run = new AbortController();
    let cut: AbortSignal | undefined;
    const work = (signal: AbortSignal) =>
      new Promise<string>((resolve) => {
        cut = signal;
        signal.addEventListener('abort', () => resolve('cut by the run'));
      });
    const result = clock.run(within(clock, 1000, work, late, run.signal));
    expect(cut?.aborted).toBe(false);
    run.abort();
    expect(await result).toBe('cut by the run');
  });
});
