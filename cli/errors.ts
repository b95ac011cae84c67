/** The command line or the configuration file is wrong; the message says what is allowed. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something failed; the message says what to do next. Exit code 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What a person needs to know of an error, with what to do next on a line of its own; never a stack trace. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\.? Next: /g, '\nNext: ');
}
