import type { Timers } from './timers.ts';

/** What someone sees of a value that changes elsewhere: every change, in order, later. */
export type LaggingView<T> = {
  read(): T;
  /** The value before the last change that was seen. */
  previous(): T;
  /** Resolves when the change is due, whether it is seen or held back by `freeze`. A repeated value is no change. */
  publish(value: T): Promise<void>;
  freeze(): void;
  /** Shows at once what was held back. */
  thaw(): void;
};

export function createLaggingView<T>(options: {
  readonly timers: Timers;
  readonly initial: T;
  /** AWS ms for the next change. */
  readonly lag: () => number;
  readonly onChange: (value: T, previous: T) => void;
}): LaggingView<T> {
  const { timers, lag, onChange } = options;
  const waiting: T[] = [];
  const held: T[] = [];
  let current = options.initial;
  let previous = options.initial;
  let frozen = false;
  let last = { text: JSON.stringify(current), due: 0, done: Promise.resolve() };

  const show = (value: T) => {
    previous = current;
    current = value;
    onChange(current, previous);
  };
  // Whichever timer fires, the oldest change is the one that becomes visible: a short lag never overtakes a long one.
  const nextIsDue = () => {
    for (const value of waiting.splice(0, 1)) {
      if (frozen) held.push(value);
      else show(value);
    }
  };

  return {
    read: () => current,
    previous: () => previous,
    publish(value) {
      const text = JSON.stringify(value);
      if (text === last.text) return last.done;
      const due = Math.max(timers.now() + lag(), last.due);
      waiting.push(value);
      const done = timers.sleep(due - timers.now()).then(nextIsDue);
      done.catch(() => {}); // Not everyone waits for it; closing cuts it short.
      last = { text, due, done };
      return done;
    },
    freeze: () => {
      frozen = true;
    },
    thaw() {
      frozen = false;
      for (const value of held.splice(0)) show(value);
    },
  };
}
