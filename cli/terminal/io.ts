import { createInterface } from 'node:readline/promises';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Colours, coloursOf, printed } from './styles.ts';

/** One line or several. Quoted text in a line cannot begin another line, move the cursor or style anything. */
type Lines = string | readonly string[];

/** All that a command sees of the outside except AWS: nothing else reads `process` or writes to a terminal. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes lines of the result to standard output. */
  out(lines: Lines): void;
  /** Writes lines about the work (progress, warnings, errors) to standard error. */
  err(lines: Lines): void;
  /** Like `out`, but clears a terminal first. */
  redraw(lines: Lines): void;
  /** Replaces the status line on standard error; '' clears it. Writes nothing where that is no terminal. */
  status(text: string): void;
  /** Asks the operator for a line; undefined where standard input is no terminal. Ctrl-C and Ctrl-D at the question reject. */
  ask(question: Lines): Promise<string | undefined>;
  /** Whether standard output is a terminal. */
  readonly isTty: boolean;
  /** Colours for standard output: none when piped, or with NO_COLOR. */
  readonly colour: Colours;
  /** Width in columns. */
  readonly width: number;
  setExitCode(code: ExitCode): void;
  /**
   * Calls the listener instead of exiting: at SIGINT, SIGTERM and SIGHUP, and when standard output is closed. The returned function stops
   * that.
   */
  onInterrupt(listener: (why: Interruption) => void): () => void;
};

type Interruption = 'signal' | 'unread';

export type Outside = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr' | 'on' | 'off' | 'exitCode'>;

const hasColour = (env: Io['env'], isTty: boolean): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTty && env.TERM !== 'dumb';
};

const textOf = (lines: Lines): string => [lines].flat().map(printed).join('\n');

export function ioOf(outside: Outside): Io {
  const { env, stdin, stdout, stderr } = outside;
  handleUnwritable(outside);
  const isTty = stdout.isTTY === true;
  const width = Number(env.COLUMNS) || stdout.columns || 80;
  return {
    env,
    isTty,
    width: Math.max(40, width),
    colour: coloursOf(hasColour(env, isTty)),
    out: (lines) => void stdout.write(`${textOf(lines)}\n`),
    err: (lines) => void stderr.write(`${textOf(lines)}\n`),
    redraw: (lines) => void stdout.write(`${isTty ? '\u001b[H\u001b[2J' : ''}${textOf(lines)}\n`),
    status: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${printed(text).slice(0, width - 1)}`);
    },
    async ask(question) {
      if (!stdin.isTTY) return undefined;
      const terminal = createInterface({ input: stdin, output: stderr });
      try {
        return await terminal.question(textOf(question));
      } catch (error) {
        // The next output begins a new line after the question.
        stderr.write('\n');
        throw error;
      } finally {
        terminal.close();
      }
    },
    setExitCode: (code) => {
      outside.exitCode = code;
    },
    onInterrupt(listener) {
      const atSignal = () => listener('signal');
      const unread = () => listener('unread');
      for (const signal of signals) outside.on(signal, atSignal);
      stdout.on('error', unread);
      return () => {
        for (const signal of signals) outside.off(signal, atSignal);
        stdout.off('error', unread);
      };
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Handles EPIPE, a lost terminal and a full disk: the command finishes its work and leaves nothing half-done. */
function handleUnwritable(outside: Outside): void {
  const { stdout, stderr } = outside;
  stderr.on('error', () => {});
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    stderr.write(`error: standard output cannot be written (${message})\n`);
    outside.exitCode = exitCodes.fault;
  });
}

const quietMs = 1000;

/** Does the work; when it takes longer than a second, a terminal shows what runs and for how long. */
export async function withProgress<T>(io: Io, doing: string | (() => string), work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const show = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    io.status(`${typeof doing === 'string' ? doing : doing()} … ${seconds} s`);
  };
  const timer = setInterval(show, quietMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    io.status('');
  }
}
