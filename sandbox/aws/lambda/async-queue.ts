import type { SandboxClock } from '../../world/clock.ts';
import type { InvocationResult } from '../../world/types.ts';

/** Retries of an event whose handling failed: how many, and the AWS ms before each (the last one repeats). */
export type Retry = { readonly attempts: number; readonly delaysAwsMs: readonly number[] };

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
export const awsRetry: Retry = { attempts: 2, delaysAwsMs: [60_000, 120_000] };
const firstThrottleMs = 1_000;
const longestThrottleMs = 300_000;
const maximumAgeMs = 6 * 3_600_000;

export type AsyncEvent = { readonly requestId: string; readonly payload: string };

export type AsyncQueueOptions = {
  readonly clock: SandboxClock;
  readonly retry: Retry;
  /** Undefined when no environment was free: that is no attempt. */
  readonly attempt: (event: AsyncEvent, attempt: number) => Promise<InvocationResult | undefined>;
  readonly report: (what: 'retry-scheduled' | 'event-dropped', detail: Readonly<Record<string, unknown>>) => void;
  /** Called when an event is done with, one way or another. */
  readonly done: () => void;
};

/** The queue between an asynchronous invocation and its attempts. */
export type AsyncQueue = { push(event: AsyncEvent): void; close(): void };

/** Durations and delays are AWS time. */
export function createAsyncQueue({ clock, retry, attempt, report, done }: AsyncQueueOptions): AsyncQueue {
  const waiting = new Map<() => void, () => void>();
  let closed = false;

  const drop = (event: AsyncEvent, reason: string) => {
    report('event-dropped', { requestId: event.requestId, reason });
    done();
  };

  const later = (awsMs: number, task: () => void) => {
    if (closed) return done();
    const cancel = clock.after(awsMs, () => {
      waiting.delete(task);
      task();
    });
    waiting.set(task, cancel);
  };

  async function work(event: AsyncEvent, bornAt: number, attempts: number, throttles: number): Promise<void> {
    const result = await attempt(event, attempts + 1);
    if (!result) {
      if (clock.elapsed() - bornAt > maximumAgeMs) return drop(event, 'EventAgeExceeded');
      const pauseMs = Math.min(firstThrottleMs * 2 ** throttles, longestThrottleMs);
      return later(pauseMs, () => void work(event, bornAt, attempts, throttles + 1));
    }
    if (result.status === 'succeeded') return done();
    if (attempts >= retry.attempts) return drop(event, 'RetriesExhausted');
    const pauseMs = retry.delaysAwsMs[Math.min(attempts, retry.delaysAwsMs.length - 1)] ?? 0;
    report('retry-scheduled', { requestId: event.requestId, attempt: attempts + 2, afterAwsMs: pauseMs });
    later(pauseMs, () => void work(event, bornAt, attempts + 1, 0));
  }

  return {
    push: (event) => void work(event, clock.elapsed(), 0, 0),
    close() {
      closed = true;
      for (const cancel of waiting.values()) {
        cancel();
        done();
      }
      waiting.clear();
    },
  };
}
