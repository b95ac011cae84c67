import { ReconcileError } from '../../lib/errors.ts';
import { CliError, withNext } from '../terminal/errors.ts';
import { awsError, isAboutCredentials } from './aws-errors.ts';
import type { Selection } from './select.ts';

/**
 * The core tells its faults to whoever runs it as a function. With --local and in a drill that is the person at the keyboard: the
 * credentials are theirs, and there is no next run. What the core did not throw stays as it is.
 */
export function operatorFault(error: unknown, when: string, { region, profile }: Selection): unknown {
  if (!(error instanceof ReconcileError)) return error;
  const { cause } = error;
  if (isAboutCredentials(cause)) return awsError(cause, { action: 'the call', region, profile });
  const told = error.message
    .replace(
      /grant the action to the function's role[^.]*/,
      `${when} the credentials are yours: grant the action to them, or choose another --profile`,
    )
    .replace(
      /the next run tries again; if it stays, [^.]*/,
      'try again; if it stays, check your network and the AWS Health Dashboard',
    );
  const [problem = '', next] = withNext(told);
  return new CliError(problem.split('\n'), next, { cause: error });
}
