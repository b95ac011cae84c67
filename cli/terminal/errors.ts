import { ReconcileError } from '../../lib/errors.ts';
import { visible } from '../../lib/visible.ts';
import { hung } from './text.ts';

/** The problem and the next step, each on a line of its own that quoted text cannot break. */
class LinesError extends Error {
  readonly lines: readonly string[];

  constructor(problem: string | readonly string[], next?: string, options?: ErrorOptions) {
    const lines = [problem, next === undefined ? [] : `Next: ${next}`].flat().map(visible);
    super(lines.join('\n'), options);
    this.lines = lines;
  }
}

/** The command line or the configuration file is wrong; the message says what is allowed. Exit code 2. */
export class UsageError extends LinesError {
  override readonly name = 'UsageError';
}

/** Something failed; the message says what to do next. Exit code 1. */
export class CliError extends LinesError {
  override readonly name: string = 'CliError';
}

/** The error as lines for the operator, with the next step on a line of its own; never a stack trace. */
export function linesOf(error: unknown): readonly string[] {
  if (error instanceof LinesError) return error.lines;
  const text = error instanceof Error ? error.message || error.name : String(error);
  if (!(error instanceof ReconcileError)) return [text];
  const [problem = '', next] = withNext(text);
  return [...problem.split('\n'), ...(next === undefined ? [] : [`Next: ${next}`])];
}

/** The same, as the command prints it. */
export function errorLines(error: unknown, width: number): string[] {
  const [problem, ...next] = linesOf(error);
  return [`error: ${problem}`, ...next].flatMap((line) => hung(line, width));
}

/** Splits a message of the core into the problem and, where there is one, the advice at its end. */
export function withNext(text: string): readonly string[] {
  const at = text.lastIndexOf('. Next: ');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + '. Next: '.length)];
}
