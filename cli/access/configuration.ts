import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { pauseAt } from '../../lib/settings/config.ts';
import { CliError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { call, functionNotFound } from './call.ts';
import type { Context } from './functions.ts';

export const pauseVariable = 'PAUSED_UNTIL';

/** How long Lambda may take to apply a change, ours or a deployment's. Ms. */
const updateTimeoutMs = 120_000;
const pollMs = 1000;
/** A deployment may change the function between our read and our write; then we read again. */
const attempts = 5;

/**
 * Sets or removes the pause of one function and waits until it is in effect. All other variables stay as they are, also those that a
 * deployment changes meanwhile: the change names the revision that was read. Returns whether anything had to be changed.
 */
export async function setPause(io: Io, context: Context, name: string, until: string | undefined): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const { variables, revision } = await settled(io, context, name);
    if (variables[pauseVariable] === until) return attempt > 1;
    const { [pauseVariable]: _, ...others } = variables;
    const wanted = until === undefined ? others : { ...others, [pauseVariable]: until };
    try {
      await update(io, context, name, wanted, revision);
    } catch (error) {
      if (!isOvertaken(error) || attempt === attempts) throw error;
      continue;
    }
    await settled(io, context, name);
    return true;
  }
}

const overtaken = new Set(['PreconditionFailedException', 'ResourceConflictException']);
const isOvertaken = (error: unknown): boolean =>
  error instanceof CliError && overtaken.has((error.cause as Error | undefined)?.name ?? '');

async function update(
  io: Io,
  { selection, clients }: Context,
  name: string,
  Variables: Record<string, string>,
  RevisionId: string,
) {
  const asked = {
    action: 'lambda:UpdateFunctionConfiguration',
    notFound: functionNotFound({ ...selection, functionName: name }),
  };
  const command = new UpdateFunctionConfigurationCommand({
    FunctionName: name,
    RevisionId,
    Environment: { Variables },
  });
  await call(io, selection, `changing ${name}`, asked, () => clients.lambda().send(command));
}

/** The configuration of a deployed function, as Lambda has it now. */
export function configurationOf(
  io: Io,
  { selection, clients }: Context,
  name = selection.functionName,
): Promise<FunctionConfiguration> {
  const asked = {
    action: 'lambda:GetFunctionConfiguration',
    notFound: functionNotFound({ ...selection, functionName: name }),
  };
  return call(io, selection, `reading the configuration of ${name}`, asked, () =>
    clients.lambda().send(new GetFunctionConfigurationCommand({ FunctionName: name })),
  );
}

type Settled = { readonly variables: Readonly<Record<string, string>>; readonly revision: string };

/**
 * The variables of one of our functions, once no change is in progress.
 * @throws CliError where they cannot be read in full: an update replaces all of them
 */
export async function settled(io: Io, context: Context, name: string): Promise<Settled> {
  const giveUpAt = Date.now() + updateTimeoutMs;
  for (;;) {
    const configuration = await configurationOf(io, context, name);
    if (configuration.LastUpdateStatus !== 'InProgress') return read(name, configuration);
    if (Date.now() > giveUpAt)
      throw new CliError(
        `a change of ${name} has been in progress for ${updateTimeoutMs / 1000} seconds`,
        `wait for the deployment to finish, then try again`,
      );
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function read(
  name: string,
  { Environment, RevisionId, LastUpdateStatus, LastUpdateStatusReason }: FunctionConfiguration,
): Settled {
  if (LastUpdateStatus === 'Failed')
    throw new CliError(
      `the latest change of ${name} failed: ${LastUpdateStatusReason ?? 'Lambda does not say why'}`,
      `deploy again, then try again`,
    );
  if (Environment?.Error)
    throw new CliError(
      `the variables of ${name} cannot be read (${Environment.Error.ErrorCode}: ${Environment.Error.Message}), and nothing was changed`,
      `grant kms:Decrypt on the function's key to your credentials`,
    );
  const variables = Environment?.Variables ?? {};
  if (!variables.TARGET_GROUP_ARN || !RevisionId)
    throw new CliError(
      `${name} has no TARGET_GROUP_ARN in its environment, and nothing was changed`,
      `check that it is a function of rds-target-reconciler; --function names another`,
    );
  return { variables, revision: RevisionId };
}

/** When the pause of a function ends; undefined when there is none or it cannot be read. */
export async function pauseOf(io: Io, context: Context): Promise<string | undefined> {
  for (const name of context.selection.functions) {
    const found = await settled(io, context, name).catch(() => undefined);
    const until = found?.variables[pauseVariable];
    const lasting = pauseAt(until === undefined ? {} : { pausedUntil: until }, Date.now());
    if (lasting) return lasting;
  }
  return undefined;
}
