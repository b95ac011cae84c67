import { stackNameOf } from '../../infra/config/database-entry.ts';
import { errorCodeOf, ReconcileError } from '../../lib/errors.ts';
import { CliError, withNext } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import type { Selection } from './select.ts';

/** Calls AWS, shows progress meanwhile, and turns an error into one that says what to do next. */
export async function call<T>(
  io: Io,
  { region, profile = io.env.AWS_PROFILE }: Selection,
  doing: string,
  asked: Omit<AwsRequest, 'region' | 'profile'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await withProgress(io, doing, work);
  } catch (error) {
    throw awsError(error, { ...asked, region, profile });
  }
}

export function functionNotFound({ entry, functionName, region }: Selection): Explanation {
  const problem = `there is no function ${functionName}${region ? ` in ${region}` : ''}`;
  const place = '--region and --profile must name its Region and account';
  return entry
    ? {
        problem,
        next: `deploy it (npx --no -- cdk deploy ${stackNameOf(entry)}), or correct the place: ${place}; --function NAME takes any other name`,
      }
    : { problem, next: `check the name against the stack's outputs DriftFunction and FailoverFunction; ${place}` };
}

/** The problem, and what the operator does next. */
type Explanation = { readonly problem: string; readonly next: string };

/** The request to AWS, in words for an error. */
type AwsRequest = {
  /** IAM's name of the action: `lambda:InvokeFunction`. */
  readonly action: string;
  readonly region?: string;
  readonly profile?: string;
  /** The error for a resource that AWS does not know. */
  readonly notFound?: Explanation;
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
/** No credentials, or AWS rejects them: granting a permission would not help. */
function isAboutCredentials(error: unknown): boolean {
  const { name = '' } = (error ?? {}) as Thrown;
  return name === 'CredentialsProviderError' || expired.has(name) || notAccepted.has(name);
}

/** An error of an AWS client as two sentences: the problem and the next step. */
export function awsError(error: unknown, asked: AwsRequest): Error {
  if (error instanceof CliError) return error;
  const thrown = (error ?? {}) as Thrown;
  const { problem, next } = explain(thrown, asked);
  return new CliError(problem, next, { cause: error });
}

function explain(thrown: Thrown, asked: AwsRequest): Explanation {
  const { name = '', message = '' } = thrown;
  if (name === 'CredentialsProviderError') return noCredentials(message, asked);
  if (/region is missing/i.test(message))
    return {
      problem: 'no Region is set',
      next: 'pass --region, set AWS_REGION, or add "region" to databases.json',
    };
  if (expired.has(name))
    return {
      problem: `your AWS credentials have expired (${name})`,
      next: 'log in again (aws sso login), or refresh the credentials behind AWS_SESSION_TOKEN',
    };
  if (notAccepted.has(name))
    return {
      problem: `AWS rejected your credentials (${name}: ${message})`,
      next: `check the access key and its secret, this machine's clock, and that the account has enabled the Region${asked.region ? ` ${asked.region}` : ''}; or choose another --profile`,
    };
  if (isNoReply(thrown))
    return {
      problem: `something other than AWS answered ${asked.action} (${message.split('\n')[0] || name})`,
      next: 'check your proxy, VPN and network login, and AWS_ENDPOINT_URL if it is set',
    };
  const known = refusals.find(([pattern]) => pattern.test(name));
  if (known) return { problem: `${asked.action} failed: ${name}: ${message}`, next: known[1] };
  if (/^AccessDenied|^UnauthorizedOperation/.test(name) || thrown.$metadata?.httpStatusCode === 403)
    return denied(message, asked);
  if (name === 'ResourceNotFoundException' && asked.notFound) return asked.notFound;
  if (errorCodeOf(thrown) === 'Throttled' || name === 'LimitExceededException')
    return { problem: `AWS is throttling ${asked.action} (${message || name})`, next: 'wait a minute and try again' };
  return notReached(thrown, asked) ?? { problem: `${asked.action} failed: ${name}: ${message}`, next: otherwise };
}

/** A page of a proxy, a redirection: what the SDK could not read, or read as no error of AWS's. */
const isNoReply = ({ name = '', message = '' }: Thrown): boolean =>
  name === 'OddReply' || name === 'Unknown' || /Deserialization error/.test(message);

/** Why Lambda does not run a function ("Invoke", Errors), by the beginning of its name for it. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/^KMS/, "let the function's role use its KMS key (kms:Decrypt), and check that the key is enabled"],
  [
    /^ResourceConflict|^ResourceNotReady/,
    'a deployment is changing the function, or it was idle for long: try again in a minute',
  ],
  [
    /^(EC2|ENI|Subnet|InvalidSubnet|InvalidSecurityGroup)/,
    'the function cannot start in its VPC: check its subnets (free addresses), its security group, and ec2:CreateNetworkInterface of its role',
  ],
  [
    /^(Service|InternalServer|InternalFailure)/,
    'AWS failed: try again in a minute; if it stays, see the AWS Health Dashboard',
  ],
];

const otherwise = 'read the cause above; if it is unclear, open an issue that quotes it';

const region = (asked: AwsRequest): string => (asked.region ? ` in ${asked.region}` : '');

const noCredentials = (message: string, { profile }: AwsRequest): Explanation => ({
  problem: profile
    ? `there are no AWS credentials for the profile "${profile}" (${message})`
    : `there are no AWS credentials (${message})`,
  next: profile
    ? 'check the name with `aws configure list-profiles`, and log in (aws sso login)'
    : 'log in (aws sso login, or aws configure), name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
});

function denied(message: string, { action }: AwsRequest): Explanation {
  const missing = /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? action;
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  const who = /User: (\S+)/.exec(message)?.[1] ?? 'your role or user';
  return {
    problem: `AWS denies ${missing} (${message || 'without a reason'})`,
    next: `grant ${missing}${resource ? ` on ${resource}` : ''} to ${who}, or choose another --profile`,
  };
}

/** DNS, socket and time-out errors: the request never reached AWS. */
function notReached({ name, message, code = '', hostname }: Thrown, asked: AwsRequest): Explanation | undefined {
  const where = hostname ?? `AWS${region(asked)}`;
  const custom = 'and AWS_ENDPOINT_URL if it is set';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      problem: `${where} does not resolve (${code})`,
      next: `check the spelling of the Region${asked.region ? ` (${asked.region})` : ''}, your network's DNS, ${custom}`,
    };
  if (code === 'ERR_INVALID_URL')
    return {
      problem: 'AWS_ENDPOINT_URL is no URL',
      next: 'unset it, or give it a scheme and a host: http://127.0.0.1:4566',
    };
  if (/^(E[A-Z]+|CERT_\w+|UND_\w+)$/.test(code) || name === 'TimeoutError')
    return {
      problem: `${asked.action} could not reach ${where} (${code || name}${message ? `: ${message}` : ''})`,
      next: `check your network, proxy and VPN, ${custom}`,
    };
  return undefined;
}

/**
 * The core words its faults for a function's role. With --local and in a drill the operator's credentials are used, and no next run
 * follows. Errors that the core did not throw stay as they are.
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
