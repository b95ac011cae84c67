import type { Clock } from '../../lib/ports.ts';

/** What a task does; one that wakes no run can say so, and time goes on at once. One that cuts a run says so as well. */
type Task = () => unknown;

type Timer = { readonly at: number; readonly order: number; readonly task: Task };

/** Time that moves from one scheduled task to the next. */
export type VirtualClock = Clock & {
  at(ms: number, task: Task): void;
  /** Plays what is scheduled until `endMs`, or until `isDone` says so after a step. */
  run(endMs: number, isDone?: () => boolean): Promise<void>;
};

/**
 * How many microtask turns follow a task before the next one starts. The longest chain between two calls of the core takes at most
 * sixteen: with 16, 32 and 64 turns the same stories have the same traces. Were it longer, its rest would run a moment later in virtual
 * time: still the same in each run.
 */
const usualTurns = 16;
/** A run that was cut waits for nothing any more: all its calls to the end are one chain. */
const turnsToTheEnd = 500;

const turnsAfter = (woken: unknown, turns: number): number => {
  if (woken === 'none woken') return 0;
  return woken === 'a run was cut' ? turnsToTheEnd : turns;
};

const isEarlier = (one: Timer, other: Timer) => one.at < other.at || (one.at === other.at && one.order < other.order);

export function createVirtualClock(random: () => number, turns = usualTurns): VirtualClock {
  let now = 0;
  let order = 0;
  const heap: Timer[] = [];
  const at = (ms: number, task: Task) => push(heap, { at: Math.max(ms, now), order: order++, task });
  return {
    now: () => now,
    random,
    at,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
        at(now + ms, resolve);
      }),
    async run(endMs, isDone = () => false) {
      for (let next = pop(heap, endMs); next; next = pop(heap, endMs)) {
        now = next.at;
        const woken = next.task();
        for (let turn = turnsAfter(woken, turns); turn > 0; turn--) await undefined;
        if (isDone()) return;
      }
    },
  };
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (!above || isEarlier(above, timer)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[], endMs: number): Timer | undefined {
  const [first] = heap;
  if (!first || first.at > endMs) return undefined;
  const last = heap.pop();
  if (last && heap.length > 0) sink(heap, last);
  return first;
}

function sink(heap: Timer[], timer: Timer): void {
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && isEarlier(right, left);
    const child = isRight ? right : left;
    if (!child || isEarlier(timer, child)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = timer;
}
