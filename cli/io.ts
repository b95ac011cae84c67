import pc from 'picocolors';
import type { ExitCode } from './exit-codes.ts';

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
  /** Calls the listener at Ctrl-C or SIGTERM, instead of ending at once; the returned function stops that. */
  onInterrupt(listener: () => void): () => void;
};

const hasColour = (env: Io['env'], isTty: boolean): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTty && env.TERM !== 'dumb';
};

export function processIo(): Io {
  const { env, stdout, stderr } = process;
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
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}
