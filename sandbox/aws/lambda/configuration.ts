import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { variableNames } from '../../../lib/settings/rows.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { LambdaFunction } from '../../world/types.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Json } from '../wire/json.ts';
import { functionsKey } from '../wire/permissions.ts';

/** A function with what GetFunctionConfiguration returns of it. */
export type Deployed = {
  readonly lambda: LambdaFunction;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
};

type Variables = Readonly<Record<string, string>>;
type Revision = { readonly RevisionId: string; readonly LastUpdateStatus: 'Successful' | 'InProgress' };

/** How the functions' configurations change. */
export type Revisions = {
  of(name: string): Revision;
  /** As the API shows it, a change in progress included. */
  environmentOf(deployed: Deployed): Variables;
  /** UpdateFunctionConfiguration, of the environment alone. @throws AwsError */
  update(deployed: Deployed, arn: string, input: Json): void;
};

/** How long a change is in progress. AWS ms. */
const updateMs = 2000;

const badRequest = (message: string) => new AwsError('InvalidParameterValueException', message);

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
export function createRevisions(clock: SandboxClock): Revisions {
  const revisions = new Map<string, Revision>();
  const environments = new Map<string, Variables>();
  const of = (name: string): Revision => {
    const known = revisions.get(name);
    if (known) return known;
    const first = { RevisionId: randomUUID(), LastUpdateStatus: 'Successful' } as const;
    revisions.set(name, first);
    return first;
  };
  return {
    of,
    environmentOf: ({ lambda, environment }) => environments.get(lambda.name) ?? environment,
    update({ lambda, environment }, arn, { RevisionId, ...input }) {
      const variables = variablesFrom(input);
      refuseUnknown(variables, environment);
      const { name } = lambda;
      if (of(name).LastUpdateStatus === 'InProgress')
        throw new AwsError(
          'ResourceConflictException',
          `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
          { status: 409 },
        );
      if (RevisionId !== undefined && RevisionId !== of(name).RevisionId)
        throw new AwsError(
          'PreconditionFailedException',
          'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
          { status: 412 },
        );
      revisions.set(name, { RevisionId: randomUUID(), LastUpdateStatus: 'InProgress' });
      environments.set(name, variables);
      // Until then invocations run with the former configuration.
      clock.after(updateMs, () => {
        revisions.set(name, { RevisionId: randomUUID(), LastUpdateStatus: 'Successful' });
        lambda.reconfigure(variables);
      });
    },
  };
}

/** Every user of the machine reaches this API, and NODE_OPTIONS or LD_PRELOAD would run a program of theirs as the sandbox's owner. */
function refuseUnknown(variables: Variables, deployed: Variables): void {
  const known = new Set<string>([...variableNames, ...Object.keys(deployed)]);
  const unknown = Object.keys(variables).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw badRequest(`the sandbox sets only the variables that its functions read, and not ${unknown.join(', ')}`);
}

/** The variables that replace all others. */
function variablesFrom({ Environment, ...others }: Json): Variables {
  const [other] = Object.keys(others);
  if (other !== undefined) throw badRequest(`the sandbox changes Environment alone, and not ${other}`);
  const { Variables: variables = {} } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
  const bad = Object.entries(variables).find(
    ([name, value]) => typeof value !== 'string' || !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name),
  );
  if (bad)
    throw new AwsError(
      'ValidationException',
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  const texts = variables as Record<string, string>;
  const prefix =
    'Lambda was unable to configure your environment variables because the environment variables you have provided';
  const reserved = reservedIn(texts);
  if (reserved.length > 0)
    throw badRequest(
      `${prefix} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  if (Buffer.byteLength(JSON.stringify(texts)) > 4096) throw badRequest(`${prefix} exceeded the 4KB limit.`);
  return texts;
}

/** The input of an execution environment's variables. `bundle` is an absolute path ending in `.mjs`. */
export type VariablesInput = {
  readonly name: string;
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly region: string;
  readonly runtimeDirectory: string;
  readonly runtimeApi: string;
  readonly logStream: string;
};

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: a function cannot set these.
const reserved = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** Those that a function cannot set, since Lambda keeps them for itself. */
const reservedIn = (environment: Readonly<Record<string, string>>): string[] =>
  Object.keys(environment).filter((name) => reserved.has(name));

/** Throws when a variable is given that Lambda keeps for itself. */
export function refuseReserved(environment: Readonly<Record<string, string>>): void {
  const refused = reservedIn(environment);
  if (refused.length > 0) throw new Error(`Lambda does not let a function set ${refused.join(', ')}`);
}

/** The whole environment of the process: nothing of this process's own variables comes through. */
export function variablesOf(input: VariablesInput): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    // Sockets do not work on Windows without it.
    ...(process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot ?? '' } : {}),
    ...input.environment,
    _HANDLER: `${basename(input.bundle, '.mjs')}.handler`,
    LAMBDA_TASK_ROOT: dirname(input.bundle),
    LAMBDA_RUNTIME_DIR: input.runtimeDirectory,
    AWS_LAMBDA_RUNTIME_API: input.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: input.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(input.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${input.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: input.logStream,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: input.region,
    AWS_DEFAULT_REGION: input.region,
    AWS_ACCESS_KEY_ID: functionsKey,
    AWS_SECRET_ACCESS_KEY: 'sandbox-secret',
    AWS_SESSION_TOKEN: 'sandbox-session',
  };
}
