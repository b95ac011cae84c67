import { randomBytes, randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import type { SandboxClock } from '../../world/clock.ts';
import { type Journal, keep } from '../../world/journal.ts';
import { home } from '../../world/network.ts';
import type { InvocationResult, LambdaFunction } from '../../world/types.ts';
import { refuseReserved } from './configuration.ts';
import { createPool } from './pool.ts';
import { resultOf, throttledResult } from './result.ts';

export type FunctionOptions = {
  readonly name: string;
  /** Absolute path of an ES module, ending in `.mjs`, that exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** Wall ms. */
  readonly timeoutMs: number;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  /** Reserved concurrency; unlimited when left out. */
  readonly concurrency?: number;
  readonly region?: string;
  readonly account?: string;
  /** Gives a process as much of a processor as an invocation has; all of it when left out. */
  readonly limit?: (pid: number) => void;
  /** For asynchronous invocations; two retries after 1 and 2 AWS minutes when left out. */
  readonly retry?: Retry;
};

const traceId = () => {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const [root, parent] = [randomBytes(12).toString('hex'), randomBytes(8).toString('hex')];
  return `Root=1-${seconds}-${root};Parent=${parent};Sampled=0`;
};

/** Counts the work in progress; `idle` resolves when there is none. */
function createActivity() {
  let active = 0;
  let waiters: (() => void)[] = [];
  return {
    enter() {
      active += 1;
    },
    leave() {
      active -= 1;
      if (active > 0) return;
      for (const wake of waiters) wake();
      waiters = [];
    },
    idle: () => (active === 0 ? Promise.resolve() : new Promise<void>((resolve) => void waiters.push(resolve))),
  };
}

const payloadOf = (event: unknown) => (event === undefined ? '{}' : JSON.stringify(event));

type Kind = { readonly invocationType: 'RequestResponse' | 'Event'; readonly attempt: number };

/** What Lambda's REPORT line says, and how the attempt ended. Durations are wall ms. */
const reportOf = ({ requestId, status, durationMs, initMs, payload }: InvocationResult, kind: Kind) => ({
  requestId,
  ...kind,
  status,
  durationMs,
  billedMs: Math.ceil(durationMs + (initMs ?? 0)),
  ...(initMs === undefined ? {} : { initMs }),
  ...(status === 'succeeded' ? {} : { error: payload }),
});

/** Runs attempts, at most `concurrency` at once, and journals them. */
function createAttempts(options: FunctionOptions) {
  const { name, journal, timeoutMs, concurrency = Number.POSITIVE_INFINITY } = options;
  const { region = home.region, account = home.account } = options;
  const write = (what: string, detail: object) =>
    journal.write('lambda', what, { function: name, memoryMb: options.memoryMb, ...detail });
  const pool = createPool({ ...options, region, report: write });
  const results: InvocationResult[] = [];
  let running = 0;

  /** Undefined when no environment is free. */
  async function attempt({ requestId, payload }: AsyncEvent, kind: Kind): Promise<InvocationResult | undefined> {
    if (running >= concurrency) {
      write('throttled', { requestId, ...kind });
      return undefined;
    }
    running += 1;
    const functionArn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    const run = await pool.run({ requestId, payload, functionArn, traceId: traceId() }).finally(() => {
      running -= 1;
    });
    const result = resultOf({ ...run, requestId, limitMs: timeoutMs });
    keep(results, result);
    write('invocation-finished', reportOf(result, kind));
    return result;
  }

  return { attempt, write, results, reconfigure: pool.reconfigure, close: pool.close };
}

/** A Lambda function on this machine: a bundle run by processes of its own, behind Lambda's Runtime API. */
export function createFunction(options: FunctionOptions): LambdaFunction {
  const { name, bundle, clock, retry = awsRetry } = options;
  if (!isAbsolute(bundle) || !bundle.endsWith('.mjs')) throw new Error(`not the absolute path of an .mjs: ${bundle}`);
  refuseReserved(options.environment);
  const { attempt, write, results, reconfigure, close } = createAttempts(options);
  const activity = createActivity();
  let closed = false;
  const queue = createAsyncQueue({
    clock,
    retry,
    attempt: (event, number) => attempt(event, { invocationType: 'Event', attempt: number }),
    report: write,
    done: activity.leave,
  });

  return {
    name,
    async invoke(event) {
      if (closed) throw new Error(`function ${name} is closed`);
      const request = { requestId: randomUUID(), payload: payloadOf(event) };
      activity.enter();
      const kind = { invocationType: 'RequestResponse', attempt: 1 } as const;
      const result = await attempt(request, kind).finally(activity.leave);
      return result ?? throttledResult(request.requestId);
    },
    invokeAsync(event) {
      if (closed) return;
      activity.enter();
      queue.push({ requestId: randomUUID(), payload: payloadOf(event) });
    },
    reconfigure,
    results: () => results,
    idle: activity.idle,
    async close() {
      closed = true;
      queue.close();
      await close();
    },
  };
}

/** Retries of an event whose handling failed: how many, and the AWS ms before each (the last one repeats). */
type Retry = { readonly attempts: number; readonly delaysAwsMs: readonly number[] };

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const awsRetry: Retry = { attempts: 2, delaysAwsMs: [60_000, 120_000] };
const firstThrottleMs = 1_000;
const longestThrottleMs = 300_000;
const maximumAgeMs = 6 * 3_600_000;

type AsyncEvent = { readonly requestId: string; readonly payload: string };

type AsyncQueueOptions = {
  readonly clock: SandboxClock;
  readonly retry: Retry;
  /** Undefined when no environment was free, which does not count as an attempt. */
  readonly attempt: (event: AsyncEvent, attempt: number) => Promise<InvocationResult | undefined>;
  readonly report: (what: 'retry-scheduled' | 'event-dropped', detail: Readonly<Record<string, unknown>>) => void;
  /** Called when an event has succeeded or was dropped. */
  readonly done: () => void;
};

/** The queue between an asynchronous invocation and its attempts. */
type AsyncQueue = { push(event: AsyncEvent): void; close(): void };

/** Durations and delays are AWS time. */
function createAsyncQueue({ clock, retry, attempt, report, done }: AsyncQueueOptions): AsyncQueue {
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
