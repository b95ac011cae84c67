import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { Action, Report } from '../../lib/domain.ts';
import { CliError, withNext } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { call, functionNotFound } from './call.ts';
import type { Clients } from './clients.ts';
import type { Selection } from './select.ts';

/** The database or function that a command is about, and the clients to reach it. */
export type Context = { readonly selection: Selection; readonly clients: Clients };

/** The function ran and failed. */
export class FunctionFault extends CliError {}

/** Invokes the deployed function and waits for its report. */
export async function askFunction(
  io: Io,
  { selection, clients }: Context,
  action: Action,
  functionName = selection.functionName,
): Promise<Report> {
  const asked = { action: 'lambda:InvokeFunction', notFound: functionNotFound({ ...selection, functionName }) };
  const reply = await call(io, selection, `${action}: asking ${functionName}`, asked, () =>
    clients.lambda().send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ action }) })),
  );
  const payload = parsed(reply.Payload?.transformToString() ?? '');
  if (reply.FunctionError !== undefined) throw functionFault(functionName, payload);
  const { report, problem } = readReport(payload);
  if (report) return report;
  throw new CliError(
    `${functionName} answered, but not with a report that this command understands (${problem})`,
    `check that it is a function of rds-target-reconciler and as new as this command; --function names another`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Thrown = { readonly errorType?: unknown; readonly errorMessage?: unknown };

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The error that the function threw. Our own faults say what to do next; Lambda's do not. */
function functionFault(functionName: string, payload: unknown): FunctionFault {
  const { errorType = 'Error', errorMessage = JSON.stringify(payload) } = (payload ?? {}) as Thrown;
  // A list of problems has a line for each.
  const [problem = '', next] = withNext(textOf(errorMessage).replaceAll('\n- ', ' - '));
  const remedy = next ?? (errorType === 'ReconcileError' ? undefined : remedyOf(problem));
  return new FunctionFault(`${functionName} failed: ${textOf(errorType)}: ${problem}`, remedy);
}

const remedyOf = (message: string): string =>
  /timed out/i.test(message)
    ? 'try again; if it persists, add --local to see which API or DNS server does not answer'
    : `read the function's log; --local runs the same check here`;

/* What a function returns and logs. Another version, or another function, may have written it: every field that is shown is checked. */

const word = z.string().max(1000);
const sentences = z.string().max(100_000);
const words = z.array(word).max(10_000);

const report = z.looseObject({
  database: word,
  trigger: z.looseObject({ kind: word, eventId: word.optional(), action: word.optional() }),
  outcome: z.enum(['in-sync', 'changed', 'held', 'waiting', 'observed', 'ignored']),
  reason: word.optional(),
  detail: sentences.optional(),
  writer: z.looseObject({ instanceId: word.optional(), address: word, port: z.number() }).optional(),
  standby: z.looseObject({ kind: word, target: word.optional(), why: sentences.optional() }).optional(),
  registered: words,
  deregistered: words,
  stale: words,
  plan: z
    .looseObject({ kind: z.enum(['in-sync', 'hold', 'waiting', 'change']), register: words, deregister: words })
    .optional(),
  // Lambda's own limit.
  durationMs: z.number().min(0).max(900_000),
  pausedUntil: word.optional(),
  targets: z
    .array(z.looseObject({ target: word, state: word, reason: word.optional(), override: word.optional() }))
    .max(10_000)
    .optional(),
  checks: z
    .array(
      z.looseObject({
        check: word,
        result: z.enum(['ok', 'failed', 'not-checked']),
        detail: sentences,
        meaning: sentences.optional(),
        failure: sentences.optional(),
        remedy: sentences.optional(),
      }),
    )
    .max(1000)
    .optional(),
});

/** The report, or why it is none. */
export function readReport(value: unknown): { readonly report?: Report; readonly problem?: string } {
  const { success, data, error } = report.safeParse(value);
  if (success) return { report: data as unknown as Report };
  const [{ path = [], message = '' } = {}] = error.issues;
  return { problem: path.length > 0 ? `${path.join('.')}: ${message}` : message };
}
