import type { SandboxClock } from '../../world/clock.ts';

export type Pipeline = { add(afterAwsMs: number, task: () => void): void; close(): void };

/** Tasks that each wait for their own delay, and for those before them: the last word of the API is the last one to be heard. */
export function createPipeline(clock: SandboxClock): Pipeline {
  const waiting: { readonly at: number; readonly task: () => void }[] = [];
  let cancel = () => {};
  const work = () => {
    for (let [next] = waiting; next && next.at <= clock.elapsed(); [next] = waiting) {
      waiting.shift();
      next.task();
    }
    const [next] = waiting;
    if (next) cancel = clock.after(next.at - clock.elapsed(), work);
  };
  return {
    add(afterAwsMs, task) {
      waiting.push({ at: clock.elapsed() + afterAwsMs, task });
      if (waiting.length > 1) return;
      if (afterAwsMs === 0) work();
      else cancel = clock.after(afterAwsMs, work);
    },
    close: () => cancel(),
  };
}
