import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Action, Report } from '../lib/domain.ts';
import type { Clients } from './clients.ts';
import { CliError } from './errors.ts';
import type { Io } from './io.ts';
import { withProgress } from './progress.ts';
import type { Selection } from './select.ts';

/** Where a question goes. */
export type Way = { readonly selection: Selection; readonly clients: Clients };

/** Invokes the deployed function and waits for its report. */
export async function askFunction(io: Io, { selection, clients }: Way, action: Action): Promise<Report> {
  const { functionName } = selection;
  const reply = await withProgress(io, `asking ${functionName}`, () =>
    clients.lambda().send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ action }) })),
  );
  const payload: unknown = JSON.parse(reply.Payload?.transformToString() || 'null');
  if (reply.FunctionError !== undefined) throw functionFault(functionName, payload);
  if (!isReport(payload))
    throw new CliError(
      `${functionName} answered, but not with a report. Next: check that it is a function of rds-target-reconciler.`,
    );
  return payload;
}

const isReport = (payload: unknown): payload is Report =>
  typeof payload === 'object' && payload !== null && 'outcome' in payload && 'trigger' in payload;

type FunctionFault = { readonly errorType?: string; readonly errorMessage?: string };

/** What the function threw; our own faults say what to do next. */
function functionFault(functionName: string, payload: unknown): CliError {
  const { errorType = 'Error', errorMessage = JSON.stringify(payload) } = (payload ?? {}) as FunctionFault;
  return new CliError(`${functionName} failed: ${errorType}: ${errorMessage}`);
}
