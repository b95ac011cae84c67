import { afterEach, expect, test, vi } from 'vitest';
import { createClock } from '../../../sandbox/world/clock.ts';

afterEach(() => vi.restoreAllMocks());

test('what was due a moment ago happens at once, without a negative time-out that Node would warn of', async () => {
  const timeouts = vi.spyOn(globalThis, 'setTimeout');
  const clock = createClock(10);
  await new Promise<void>((resolve) => void clock.after(-0.02, resolve));
  await clock.sleep(-1);
  clock.close();
  expect(timeouts.mock.calls.map(([, ms]) => ms)).toEqual([0, 0]);
});
