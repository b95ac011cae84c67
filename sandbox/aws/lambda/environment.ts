import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type VariablesInput, variablesOf } from './configuration.ts';
import { createPhase, type Exit, type Finished, type Phase } from './result.ts';
import { createRuntimeApi, type Invocation } from './runtime-api.ts';

export type EnvironmentOptions = Omit<VariablesInput, 'runtimeDirectory' | 'runtimeApi' | 'logStream'> & {
  /** Wall ms that the initialisation may take. */
  readonly initLimitMs: number;
  readonly guard: Guard | undefined;
  /** Called with the process before each invocation. An initialisation has a whole processor, whatever the function's memory is. */
  readonly limit?: (pid: number) => void;
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

/** The work in progress, shared between the Runtime API, the process and the host. */
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
      if (pid !== undefined) options.limit?.(pid);
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

/** The lines of several streams in the order of their arrival. */
type LogLines = {
  /** Resolves when everything that was written before the call has arrived. */
  settled(): Promise<void>;
  /** Hands the lines over, an unfinished last line included, and starts anew. */
  take(): readonly string[];
};

/** Reads the streams from now on, as UTF-8. */
function createLogLines(streams: readonly Readable[]): LogLines {
  const unfinished = streams.map(() => '');
  let lines: string[] = [];

  streams.forEach((stream, index) => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      const pieces = `${unfinished[index]}${text}`.split('\n');
      unfinished[index] = pieces.pop() ?? '';
      lines.push(...pieces);
    });
  });

  return {
    // What was written before a request reached us or an exit was noticed is readable by then: it arrives within the event
    // loop's present turn.
    settled: () => new Promise((resolve) => void setImmediate(resolve)),
    take() {
      const taken = [...lines, ...unfinished.filter((text) => text !== '')];
      lines = [];
      unfinished.fill('');
      return taken;
    },
  };
}

/** Kills the watched processes as soon as this process ends, also by a crash, in which it could not do so itself. */
export type Guard = {
  watch(pid: number): void;
  release(pid: number): void;
  close(): Promise<void>;
};

// A frozen or endlessly computing process cannot notice by itself that its host died. The shell's standard input ends
// with the host; a Ctrl-C in the terminal reaches the shell too and must not end it before it has done its work.
const script = `
trap '' INT TERM HUP
pids=' '
while read -r change pid; do
  case "$change" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% "$pid" *} \${pids#* "$pid" }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
`;

/** Undefined on Windows, which has neither the shell nor the signals. */
export function createGuard(): Guard | undefined {
  if (process.platform === 'win32') return undefined;
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  const gone = once(shell, 'exit').catch(() => {});
  shell.stdin.on('error', () => {});
  const tell = (change: '+' | '-', pid: number) =>
    void (shell.stdin.writable && shell.stdin.write(`${change} ${pid}\n`));
  return {
    watch: (pid) => tell('+', pid),
    release: (pid) => tell('-', pid),
    async close() {
      shell.stdin.end();
      await gone;
    },
  };
}
