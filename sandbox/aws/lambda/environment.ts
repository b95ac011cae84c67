import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guard } from './guard.ts';
import { createLogLines, type LogLines } from './log-lines.ts';
import { createPhase, type Exit, type Finished, type Phase } from './phase.ts';
import { createRuntimeApi, type Invocation } from './runtime-api.ts';
import { type VariablesInput, variablesOf } from './variables.ts';

export type EnvironmentOptions = Omit<VariablesInput, 'runtimeDirectory' | 'runtimeApi' | 'logStream'> & {
  /** Wall ms that the initialisation may take. */
  readonly initLimitMs: number;
  readonly guard: Guard | undefined;
};

/** One execution environment: a process that runs one invocation at a time and is frozen between them. */
export type Environment = {
  readonly pid: number | undefined;
  readonly initialised: Promise<Finished>;
  /** Only when initialised, and one at a time. `limitMs` is wall time; the process is killed at its end. */
  run(invocation: Omit<Invocation, 'deadlineMs'>, limitMs: number): Promise<Finished>;
  alive(): boolean;
  /** Resolves when the process is gone and everything is released. */
  readonly ended: Promise<Exit>;
  close(): Promise<void>;
};

const runtime = fileURLToPath(new URL('./runtime.mjs', import.meta.url));

// Nine tenths for the old space and a twentieth for the young one: the heap ends before the function's memory would.
const heapFlags = (memoryMb: number) => [
  `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
  `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * 0.05))}`,
];

function launch(options: EnvironmentOptions, runtimeApi: string) {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const logStream = `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  return spawn(process.execPath, [...heapFlags(options.memoryMb), runtime], {
    env: variablesOf({ ...options, runtimeApi, logStream, runtimeDirectory: dirname(runtime) }),
    cwd: dirname(options.bundle),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    // Nothing was started: no exit follows.
    child.once('error', () => child.pid === undefined && resolve({ code: null, signal: null }));
  });
}

/** What the environment is doing, shared between its Runtime API, its process and its host. */
type Work = { phase?: Phase; requestId?: string; hand?: (invocation: Invocation) => void; gone: boolean };

const serveWork = (work: Work) =>
  createRuntimeApi({
    next(give) {
      work.hand = give;
      void work.phase?.finish();
    },
    finish(requestId, outcome, body) {
      if (work.requestId !== requestId) return false;
      work.phase?.conclude({ kind: outcome === 'response' ? 'responded' : 'errored', body });
      return true;
    },
    initError: (body) => work.phase?.conclude({ kind: 'errored', body }),
  });

/** Begins an initialisation or an invocation; `freeze` stops the process at its end. */
const beginner =
  (work: Work, child: ChildProcess, log: LogLines) => (limitMs: number, since: number, freeze: boolean) => {
    const wrapUp = async () => {
      await log.settled();
      if (freeze) child.kill('SIGSTOP');
      return log.take();
    };
    work.phase = createPhase({ limitMs, since, kill: () => void child.kill('SIGKILL'), wrapUp });
    return work.phase.finished;
  };

/** Starts a process. Resolves once it runs; `initialised` says how its start went. */
export async function createEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { guard } = options;
  const work: Work = { gone: false };
  const api = await serveWork(work);
  const since = performance.now();
  const child = launch(options, api.address);
  const { pid } = child;
  if (pid !== undefined) guard?.watch(pid);
  const log = createLogLines([child.stdout, child.stderr]);
  const kill = () => void child.kill('SIGKILL');
  const begin = beginner(work, child, log);

  const ended = exitOf(child).then(async (exit) => {
    work.gone = true;
    if (pid !== undefined) guard?.release(pid);
    work.phase?.conclude({ kind: 'exited', exit });
    await work.phase?.finish();
    child.stdout.destroy();
    child.stderr.destroy();
    await api.close();
    return exit;
  });

  return {
    pid,
    initialised: begin(options.initLimitMs, since, false),
    run(invocation, limitMs) {
      // Without the guard, a frozen process would outlive a crash of this one.
      const finished = begin(limitMs, performance.now(), guard !== undefined);
      work.requestId = invocation.requestId;
      if (guard) child.kill('SIGCONT');
      work.hand?.({ ...invocation, deadlineMs: Date.now() + Math.round(limitMs) });
      return finished;
    },
    alive: () => !work.gone,
    ended,
    async close() {
      kill();
      await ended;
    },
  };
}
