import type { Action, Report } from '../lib/domain.ts';
import { CliError } from './errors.ts';
import type { Way } from './invoke.ts';
import type { Io } from './io.ts';

/** Runs the core in this process, with the operator's own credentials. */
export async function askLocally(_io: Io, _way: Way, _action: Action): Promise<Report> {
  throw new CliError('--local is not there yet');
}
