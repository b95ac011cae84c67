import {
  createEnvironment,
  createGuard,
  type Environment,
  type EnvironmentOptions,
  type Guard,
} from './environment.ts';
import type { Finished } from './result.ts';
import type { Invocation } from './runtime-api.ts';

/** An attempt in an environment; `initMs` only when the environment was started for it. Times are wall ms. */
type Run = Finished & { readonly initMs?: number };

type PoolEvent = 'environment-started' | 'environment-initialised' | 'init-failed' | 'environment-ended';

type PoolOptions = Omit<EnvironmentOptions, 'initLimitMs' | 'guard'> & {
  readonly timeoutMs: number;
  readonly report: (event: PoolEvent, detail: Readonly<Record<string, unknown>>) => void;
};

/** The execution environments of one function: warm ones are used again, others are started as needed. */
type Pool = {
  run(work: Omit<Invocation, 'deadlineMs'>): Promise<Run>;
  /** For environments that start from now on; warm ones end, busy ones after their run. */
  reconfigure(environment: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
};

// AWS allows a first initialisation ten seconds whatever the function's time-out is. When that fails, it initialises once
// more inside the invocation, and the time counts towards the function's time-out.
const firstInitLimitMs = 10_000;

type Work = Omit<Invocation, 'deadlineMs'>;
type Started = { readonly environment: Environment; readonly init: Finished };

/** Starts environments and keeps track of the live ones. */
function createStarter(options: PoolOptions, settings: () => PoolOptions['environment']) {
  const { report } = options;
  const live = new Set<Environment>();
  let guard: Guard | undefined;
  let closed = false;

  async function start(initLimitMs: number): Promise<Environment> {
    guard ??= createGuard();
    const environment = await createEnvironment({ ...options, environment: settings(), initLimitMs, guard });
    const { pid } = environment;
    live.add(environment);
    report('environment-started', { pid });
    void environment.ended.then((exit) => {
      live.delete(environment);
      report('environment-ended', { pid, ...exit });
    });
    if (closed) void environment.close();
    return environment;
  }

  async function initialise(initLimitMs: number): Promise<Started> {
    const environment = await start(initLimitMs);
    const init = await environment.initialised;
    const { ending, durationMs } = init;
    const { pid } = environment;
    if (ending.kind === 'ready') report('environment-initialised', { pid, initMs: durationMs });
    else report('init-failed', { pid, reason: ending.kind, durationMs });
    return { environment, init };
  }

  const closeLive = () => Promise.all([...live].map((environment) => environment.close()));
  return {
    initialise,
    closed: () => closed,
    /** Ends every environment; one that is still being started ends as soon as it exists, and `pending` with it. */
    async close(pending: Iterable<Promise<unknown>>) {
      closed = true;
      await closeLive();
      await Promise.allSettled(pending);
      await closeLive();
      await guard?.close();
    },
  };
}

/** Environments start with the first invocation; nothing runs before. */
export function createPool(options: PoolOptions): Pool {
  const { timeoutMs } = options;
  let settings = options.environment;
  const { initialise, closed, close } = createStarter(options, () => settings);
  let warm: Environment[] = [];
  const runs = new Set<Promise<Run>>();

  async function runIn(environment: Environment, work: Work, limitMs: number): Promise<Finished> {
    const mine = warm;
    const finished = await environment.run(work, limitMs);
    if (mine !== warm) await environment.close();
    else if (environment.alive()) warm.push(environment);
    return finished;
  }

  async function runCold(work: Work): Promise<Run> {
    const first = await initialise(firstInitLimitMs);
    const retried = first.init.ending.kind !== 'ready' && !closed();
    const { environment, init } = retried ? await initialise(timeoutMs) : first;
    const before = retried ? [...first.init.log, ...init.log] : init.log;
    if (init.ending.kind !== 'ready') return { ...init, log: before };
    const spentMs = retried ? init.durationMs : 0;
    const { ending, durationMs, log } = await runIn(environment, work, timeoutMs - spentMs);
    return { ending, durationMs: durationMs + spentMs, log: [...before, ...log], initMs: init.durationMs };
  }

  function run(work: Work): Promise<Run> {
    // The most recently used one, as AWS does, so that the others can expire.
    let environment = warm.pop();
    while (environment && !environment.alive()) environment = warm.pop();
    return environment ? runIn(environment, work, timeoutMs) : runCold(work);
  }

  return {
    run(work) {
      const running = run(work).finally(() => runs.delete(running));
      runs.add(running);
      return running;
    },
    reconfigure(environment) {
      settings = environment;
      const old = warm;
      // By the new list, a run in progress sees that its settings are outdated.
      warm = [];
      for (const one of old) void one.close();
    },
    close: () => close(runs),
  };
}
