/** The command line or the configuration file is wrong; the message says what is allowed. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something failed; the message says what to do next. Exit code 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What a person needs to know of an error; never a stack trace. */
export function textOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
