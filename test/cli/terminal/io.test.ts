import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Io, withProgress } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';

afterEach(() => void vi.useRealTimers());

const io = { colour: coloursOf(false), width: 80, env: {} } as Io;

describe('progress', () => {
  const shown = () => {
    const texts: string[] = [];
    return { texts, io: { ...io, status: (text: string) => void texts.push(text) } };
  };

  test('is silent for what takes less than a second, and counts the seconds of what takes longer', async () => {
    vi.useFakeTimers();
    const { texts, io: terminal } = shown();
    const work = (ms: number) => withProgress(terminal, 'asking', () => new Promise((done) => setTimeout(done, ms)));
    const quick = work(900);
    await vi.advanceTimersByTimeAsync(900);
    await quick;
    expect(texts).toEqual(['']);
    const slow = work(2500);
    await vi.advanceTimersByTimeAsync(2500);
    await slow;
    expect(texts.slice(1)).toEqual(['asking … 1 s', 'asking … 2 s', '']);
  });

  test('is wiped away when the work fails', async () => {
    const { texts, io: terminal } = shown();
    await expect(withProgress(terminal, 'asking', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(texts).toEqual(['']);
  });
});
