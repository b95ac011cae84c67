import type { InvocationResult } from '../../world/types.ts';

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** How an initialisation (`ready`) or an invocation (`responded`) ended; the others happen to both. Bodies are JSON. */
type Ending =
  | { readonly kind: 'ready' | 'timed-out' }
  | { readonly kind: 'responded' | 'errored'; readonly body: string }
  | { readonly kind: 'exited'; readonly exit: Exit };

/** `durationMs` is wall time. */
export type Finished = { readonly ending: Ending; readonly durationMs: number; readonly log: readonly string[] };

/** An initialisation or an invocation in progress. The first ending counts; it is over when the runtime is idle or gone. */
export type Phase = {
  readonly finished: Promise<Finished>;
  conclude(ending: Ending): void;
  finish(): Promise<void>;
};

type PhaseOptions = {
  readonly limitMs: number;
  /** `performance.now()` at the start. */
  readonly since: number;
  /** Ends the process at the limit. */
  readonly kill: () => void;
  /** Gives the lines that were written. */
  readonly wrapUp: () => Promise<readonly string[]>;
};

/** The limit counts from now. */
export function createPhase({ limitMs, since, kill, wrapUp }: PhaseOptions): Phase {
  const { promise, resolve } = Promise.withResolvers<Finished>();
  let first: Omit<Finished, 'log'> | undefined;

  const conclude = (ending: Ending) => {
    first ??= { ending, durationMs: performance.now() - since };
  };
  const limit = setTimeout(() => {
    conclude({ kind: 'timed-out' });
    kill();
  }, limitMs);

  return {
    finished: promise,
    conclude,
    async finish() {
      clearTimeout(limit);
      conclude({ kind: 'ready' });
      const log = await wrapUp();
      if (first) resolve({ ...first, log });
    },
  };
}

/** One attempt. Times are wall ms. */
type Attempt = {
  readonly requestId: string;
  readonly ending: Ending;
  readonly durationMs: number;
  readonly initMs?: number;
  readonly log: readonly string[];
  readonly limitMs: number;
};

type Verdict = Pick<InvocationResult, 'status' | 'payload'> & { readonly lines: readonly string[] };

const signalNames: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGTRAP: 'trace/breakpoint trap',
};

/** In the words of Lambda, which reports an exit with status 0 as one without a reason. */
function exitReason({ code, signal }: Exit): string {
  if (signal) return `Runtime exited with error: signal: ${signalNames[signal] ?? signal}`;
  return code ? `Runtime exited with error: exit status ${code}` : 'Runtime exited without providing a reason';
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};

/** A runtime reports `stackTrace` when its start fails and `trace` when a handler does; callers see one form. */
function reportedError(body: string): unknown {
  const error = parsed(body);
  if (typeof error !== 'object' || error === null || !('stackTrace' in error)) return error;
  const { stackTrace, ...rest } = error;
  return { ...rest, trace: stackTrace };
}

function crashed(requestId: string, exit: Exit): Verdict {
  const errorMessage = `RequestId: ${requestId} Error: ${exitReason(exit)}`;
  const lines = [errorMessage, 'Runtime.ExitError'];
  return { status: 'crashed', payload: { errorType: 'Runtime.ExitError', errorMessage }, lines };
}

function timedOut(requestId: string, limitMs: number): Verdict {
  const what = `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
  const payload = { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${what}` };
  return { status: 'timed-out', payload, lines: [`${new Date().toISOString()} ${requestId} ${what}`] };
}

function verdictOf({ requestId, ending, limitMs }: Attempt): Verdict {
  switch (ending.kind) {
    case 'responded':
      return { status: 'succeeded', payload: parsed(ending.body), lines: [] };
    case 'errored':
      return { status: 'failed', payload: reportedError(ending.body), lines: [] };
    case 'timed-out':
      return timedOut(requestId, limitMs);
    case 'exited':
      return crashed(requestId, ending.exit);
    case 'ready':
      // Asked for more work without having answered.
      return crashed(requestId, { code: 0, signal: null });
  }
}

/** An attempt as its caller sees it. */
export function resultOf(attempt: Attempt): InvocationResult {
  const { status, payload, lines } = verdictOf(attempt);
  const { requestId, durationMs, initMs } = attempt;
  const log = [...attempt.log, ...lines];
  return { requestId, status, payload, durationMs, ...(initMs === undefined ? {} : { initMs }), log };
}

/** What a caller gets instead of an attempt when every permitted environment is busy. */
export function throttledResult(requestId: string): InvocationResult {
  const payload = {
    errorType: 'TooManyRequestsException',
    errorMessage: 'Rate Exceeded.',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  };
  return { requestId, status: 'failed', payload, durationMs: 0, log: [] };
}
