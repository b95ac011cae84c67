import { expect, test } from 'vitest';
import { systemClock } from '../../../lib/adapters/system-clock.ts';

const week = 7 * 24 * 3600_000;

test('the clock says the time of this machine, in milliseconds since the epoch', () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('a sleep takes its time, by and large', async () => {
  const began = performance.now();
  await systemClock.sleep(30);
  // Node's timers may fire a millisecond early by this other clock.
  expect(performance.now() - began).toBeGreaterThanOrEqual(25);
});

test('a sleep is over, without a fault, as soon as its signal aborts', async () => {
  const signal = AbortSignal.timeout(5);
  await expect(systemClock.sleep(week, signal)).resolves.toBeUndefined();
  await expect(systemClock.sleep(week, AbortSignal.abort())).resolves.toBeUndefined();
});

test('chance lies from 0 to below 1 and differs', () => {
  const drawn = Array.from({ length: 20 }, () => systemClock.random());
  for (const one of drawn) {
    expect(one).toBeGreaterThanOrEqual(0);
    expect(one).toBeLessThan(1);
  }
  expect(new Set(drawn).size).toBeGreaterThan(1);
});
