import { createInterface } from 'node:readline/promises';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Colours, coloursOf, printed } from './styles.ts';

/** One or several. What a line contains of others' words cannot begin a line, move the cursor or style anything. */
type Lines = string | readonly string[];

/** Everything that a command sees of the outside but AWS, so that nothing else reads `process` or writes to a terminal. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes lines of the result to standard output. */
  out(lines: Lines): void;
  /** Writes lines about the work (progress, warnings, errors) to standard error. */
  err(lines: Lines): void;
  /** The same as `out`, in place of everything that a terminal shows. */
  redraw(lines: Lines): void;
  /** Replaces the unfinished line of a terminal's standard error; '' clears it. Writes nothing where that is no terminal. */
  status(text: string): void;
  /** Asks a person for a line; undefined where nobody can answer. Ctrl-C and Ctrl-D at the question reject. */
  ask(question: Lines): Promise<string | undefined>;
  /** Whether standard output is a terminal. */
  readonly isTty: boolean;
  /** Colours for standard output: none when piped, or with NO_COLOR. */
  readonly colour: Colours;
  /** Columns to fit into. */
  readonly width: number;
  setExitCode(code: ExitCode): void;
  /**
   * Calls the listener at Ctrl-C, SIGTERM and when the terminal is gone, instead of ending at once, and when nobody reads standard output
   * any more; the returned function stops that.
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
  bearUnwritable(outside);
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
        // What is said next does not go on with the question's line.
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

/** `| head` stops reading, a terminal goes away, a disk is full: the work goes on to its end, and leaves nothing half-done. */
function bearUnwritable(outside: Outside): void {
  const { stdout, stderr } = outside;
  stderr.on('error', () => {});
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    stderr.write(`error: standard output cannot be written (${message})\n`);
    outside.exitCode = exitCodes.fault;
  });
}

const quietMs = 1000;

/** Does the work; when it takes longer than a second, a terminal shows what is being done and for how long. */
export async function withProgress<T>(io: Io, doing: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const show = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    io.status(`${doing} … ${seconds} s`);
  };
  const timer = setInterval(show, quietMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    io.status('');
  }
}
