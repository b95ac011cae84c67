import { afterAll, beforeAll, beforeEach } from 'vitest';

/**
 * What the tests of a file or a `describe` share: made before the first of them, ended after the last, and made anew before a second
 * attempt at one of them, so that no attempt begins with what a failed one has left behind.
 */
export function shared(make: () => unknown, end: () => unknown, timeoutMs?: number): void {
  beforeAll(async () => {
    await make();
  }, timeoutMs);
  beforeEach(async ({ task }) => {
    if (!task.result?.retryCount) return;
    await end();
    await make();
  }, timeoutMs);
  afterAll(async () => {
    await end();
  });
}
