import pc from 'picocolors';
import { type ExitCode, exitCodes } from './exit-codes.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** Everything that a command sees of the outside but AWS, so that nothing else reads `process`. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line of the result to standard output. */
  out(text: string): void;
  /** Writes a line about the work (progress, warnings, errors) to standard error. */
  err(text: string): void;
  /** Replaces the unfinished line of a terminal's standard error; '' clears it. Writes nothing where that is no terminal. */
  status(text: string): void;
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

export type Interruption = 'signal' | 'unread';

const hasColour = (env: Io['env'], isTty: boolean): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTty && env.TERM !== 'dumb';
};

export function processIo(): Io {
  const { env, stdout, stderr } = process;
  bearUnwritable(process);
  const isTty = stdout.isTTY === true;
  const width = Number(env.COLUMNS) || stdout.columns || 80;
  return {
    env,
    isTty,
    width: Math.max(40, width),
    colour: pc.createColors(hasColour(env, isTty)),
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    status: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${text.slice(0, width - 1)}`);
    },
    setExitCode: (code) => {
      process.exitCode = code;
    },
    onInterrupt(listener) {
      const atSignal = () => listener('signal');
      const unread = () => listener('unread');
      for (const signal of signals) process.on(signal, atSignal);
      stdout.on('error', unread);
      return () => {
        for (const signal of signals) process.off(signal, atSignal);
        stdout.off('error', unread);
      };
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `| head` stops reading, a terminal goes away, a disk is full: the work goes on to its end, and leaves nothing half-done. */
function bearUnwritable({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): void {
  stderr.on('error', () => {});
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    stderr.write(`error: standard output cannot be written (${message})\n`);
    process.exitCode = exitCodes.fault;
  });
}
