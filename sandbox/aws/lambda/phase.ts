/** How a process went. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** How an initialisation (`ready`) or an invocation (`responded`) ended; the others happen to both. Bodies are JSON. */
export type Ending =
  | { readonly kind: 'ready' | 'timed-out' }
  | { readonly kind: 'responded' | 'errored'; readonly body: string }
  | { readonly kind: 'exited'; readonly exit: Exit };

/** `durationMs` is wall time. */
export type Finished = { readonly ending: Ending; readonly durationMs: number; readonly log: readonly string[] };

/** An initialisation or an invocation under way. The first ending counts; it is over when the runtime is idle or gone. */
export type Phase = {
  readonly finished: Promise<Finished>;
  conclude(ending: Ending): void;
  finish(): Promise<void>;
};

export type PhaseOptions = {
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
