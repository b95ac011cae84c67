import { basename, dirname } from 'node:path';
import { functionsKey } from '../wire/permissions.ts';

/** What the variables of an execution environment are made of. `bundle` is an absolute path ending in `.mjs`. */
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
export const reservedIn = (environment: Readonly<Record<string, string>>): string[] =>
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
