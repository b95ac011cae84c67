import type { SandboxClock } from '../clock.ts';

/** Timers of one owner: they end together, and a sleep that is cut short rejects, so that nothing goes on after `close`. */
export type Timers = {
  after(awsMs: number, task: () => void): () => void;
  sleep(awsMs: number): Promise<void>;
  now(): number;
  close(): void;
};

/** The rejection of a sleep whose owner closed. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
}

export function createTimers(clock: SandboxClock): Timers {
  const cancels = new Set<() => void>();
  let closed = false;

  const after = (awsMs: number, task: () => void, whenClosed = () => {}) => {
    if (closed) {
      whenClosed();
      return () => {};
    }
    const stop = clock.after(awsMs, () => {
      cancels.delete(cancel);
      task();
    });
    const cancel = () => {
      stop();
      cancels.delete(cancel);
      whenClosed();
    };
    cancels.add(cancel);
    return () => {
      stop();
      cancels.delete(cancel);
    };
  };

  return {
    after: (awsMs, task) => after(awsMs, task),
    sleep: (awsMs) =>
      new Promise(
        (resolve, reject) => void after(awsMs, resolve, () => reject(new ClosedError('the database closed'))),
      ),
    now: () => clock.elapsed(),
    close() {
      closed = true;
      for (const cancel of [...cancels]) cancel();
    },
  };
}

/** Lets one piece of work run at a time, in the order of the calls. */
export function createTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
