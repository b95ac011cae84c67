import { type Asked, awsError } from './aws-errors.ts';
import type { Io } from './io.ts';
import { withProgress } from './progress.ts';
import type { Selection } from './select.ts';

/** One call of AWS: with progress while it lasts, and an error that says what to do next. */
export async function call<T>(
  io: Io,
  { region, profile }: Selection,
  doing: string,
  asked: Omit<Asked, 'region' | 'profile'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await withProgress(io, doing, work);
  } catch (error) {
    throw awsError(error, { ...asked, region, profile });
  }
}

/** What to do when there is no such function. */
export const functionNotFound = ({ entry, functionName }: Selection): string =>
  entry
    ? `check that the stack is deployed (npx cdk deploy ${entry.name}), and that --region and --profile name the account and Region that it is in; a function with another name: --function NAME`
    : `check the name (the stack's outputs DriftFunction and FailoverFunction have it: not "${functionName}"?), --region and --profile`;
