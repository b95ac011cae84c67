/** AWS's time on this machine: `speed` times faster than the wall. All durations are AWS milliseconds. */
export type SandboxClock = {
  readonly speed: number;
  /** AWS milliseconds since the sandbox started. */
  elapsed(): number;
  /** Wall-clock time, for events, logs and reports. */
  date(): Date;
  /** Runs `task` after `awsMs`; the returned function cancels it. A task that throws fails the process: it is a defect. */
  after(awsMs: number, task: () => void): () => void;
  /** Runs `task` every `awsMs` until cancelled. */
  every(awsMs: number, task: () => void): () => void;
  sleep(awsMs: number): Promise<void>;
  /** Cancels everything that is scheduled; sleeps end. */
  close(): void;
};

export function createClock(speed: number): SandboxClock {
  const started = performance.now();
  const cancels = new Set<() => void>();

  const after = (awsMs: number, task: () => void) => {
    const cancel = () => {
      clearTimeout(timer);
      cancels.delete(cancel);
    };
    const timer = setTimeout(() => {
      cancels.delete(cancel);
      task();
    }, Math.max(0, awsMs) / speed);
    cancels.add(cancel);
    return cancel;
  };

  const every = (awsMs: number, task: () => void) => {
    let cancel = () => {};
    const again = () => {
      cancel = after(awsMs, () => {
        again();
        task();
      });
    };
    again();
    return () => cancel();
  };

  const wakers = new Set<() => void>();
  const sleep = (awsMs: number) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        wakers.delete(wake);
        cancel();
        resolve();
      };
      const cancel = after(awsMs, wake);
      wakers.add(wake);
    });

  return {
    speed,
    elapsed: () => (performance.now() - started) * speed,
    date: () => new Date(),
    after,
    every,
    sleep,
    close() {
      for (const cancel of [...cancels]) cancel();
      for (const wake of [...wakers]) wake();
    },
  };
}

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
