import { stackNameOf } from '../../infra/config/databases/names.ts';
import type { Io } from '../terminal/io.ts';
import { withProgress } from '../terminal/progress.ts';
import { type Asked, awsError, type Told } from './aws-errors.ts';
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

export function functionNotFound({ entry, functionName, region }: Selection): Told {
  const problem = `there is no function ${functionName}${region ? ` in ${region}` : ''}`;
  const place = '--region and --profile have to name the Region and account that it is in';
  return entry
    ? {
        problem,
        next: `deploy it (npx --no -- cdk deploy ${stackNameOf(entry)}), or look elsewhere: ${place}; --function NAME takes any other name`,
      }
    : { problem, next: `check the name: the stack's outputs DriftFunction and FailoverFunction have it; ${place}` };
}
