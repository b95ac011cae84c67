import { setTimeout as pause } from 'node:timers/promises';

/** Polls until the condition holds; fails after the twenty seconds that a busy machine may take. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(5);
  }
}
