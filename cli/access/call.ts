import { stackNameOf } from '../../infra/config/database-entry.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { CliError, withNext } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
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

/** What is wrong, and what to do next. */
type Told = { readonly problem: string; readonly next: string };

/** What was asked of AWS, in words for an error. */
type Asked = {
  /** IAM's name of the action: `lambda:InvokeFunction`. */
  readonly action: string;
  readonly region?: string;
  readonly profile?: string;
  /** What to say when AWS does not know the thing. */
  readonly notFound?: Told;
};

type Thrown = {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly hostname?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);
const notAccepted = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
]);
const throttled = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

/** There are none, or AWS does not take them: no permission would help. */
function isAboutCredentials(error: unknown): boolean {
  const { name = '' } = (error ?? {}) as Thrown;
  return name === 'CredentialsProviderError' || expired.has(name) || notAccepted.has(name);
}

/** What an AWS client threw, as a sentence about what is wrong and one about what to do next. */
export function awsError(error: unknown, asked: Asked): Error {
  if (error instanceof CliError) return error;
  const thrown = (error ?? {}) as Thrown;
  const { problem, next } = explain(thrown, asked);
  return new CliError(problem, next, { cause: error });
}

function explain(thrown: Thrown, asked: Asked): Told {
  const { name = '', message = '' } = thrown;
  if (name === 'CredentialsProviderError') return noCredentials(message, asked);
  if (/region is missing/i.test(message))
    return {
      problem: 'no Region is known',
      next: 'give --region, set AWS_REGION, or write "region" into databases.json',
    };
  if (expired.has(name))
    return {
      problem: `your AWS credentials have expired (${name})`,
      next: 'log in again (aws sso login), or renew what sets AWS_SESSION_TOKEN',
    };
  if (notAccepted.has(name))
    return {
      problem: `AWS does not accept your credentials (${name}: ${message})`,
      next: 'check the access key and its secret, or choose another --profile; check the clock of this machine',
    };
  if (/^AccessDenied|^UnauthorizedOperation/.test(name) || thrown.$metadata?.httpStatusCode === 403)
    return denied(message, asked);
  if (name === 'ResourceNotFoundException' && asked.notFound) return asked.notFound;
  if (throttled.has(name))
    return { problem: `AWS is throttling ${asked.action} (${message || name})`, next: 'wait a minute and try again' };
  return notReached(thrown, asked) ?? { problem: `${asked.action} failed: ${name}: ${message}`, next: otherwise };
}

const otherwise = 'read the cause; if it is not clear, open an issue with it';

const region = (asked: Asked): string => (asked.region ? ` in ${asked.region}` : '');

const noCredentials = (message: string, { profile }: Asked): Told => ({
  problem: profile
    ? `there are no AWS credentials for the profile "${profile}" (${message})`
    : `there are no AWS credentials (${message})`,
  next: profile
    ? 'check the name with `aws configure list-profiles`, and log in (aws sso login)'
    : 'log in (aws sso login, or aws configure), name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
});

function denied(message: string, { action }: Asked): Told {
  const missing = /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? action;
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  const who = /User: (\S+)/.exec(message)?.[1] ?? 'your role or user';
  return {
    problem: `AWS denies ${missing} (${message || 'without a reason'})`,
    next: `grant ${missing}${resource ? ` on ${resource}` : ''} to ${who}, or choose another --profile`,
  };
}

/** DNS, sockets and time-outs: AWS was not reached at all. */
function notReached({ name, message, code = '', hostname }: Thrown, asked: Asked): Told | undefined {
  const where = hostname ?? `AWS${region(asked)}`;
  const custom = 'and AWS_ENDPOINT_URL, if it is set';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      problem: `${where} has no address (${code})`,
      next: `check that the Region is spelled right${asked.region ? ` (${asked.region})` : ''}, your network's DNS, ${custom}`,
    };
  if (/^(E[A-Z]+|CERT_\w+|UND_\w+)$/.test(code) || name === 'TimeoutError')
    return {
      problem: `${where} was not reached for ${asked.action} (${code || name}${message ? `: ${message}` : ''})`,
      next: `check your network, proxy and VPN, ${custom}`,
    };
  return undefined;
}

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
