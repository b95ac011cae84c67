import { visible } from './visible.ts';

/** The closed set of faults. docs/runbook.md has a section for each. */
export type ErrorCode =
  | 'InvalidConfiguration'
  | 'InvalidEvent'
  | 'AccessDenied'
  | 'TargetGroupNotFound'
  | 'TargetRejected'
  | 'Throttled'
  | 'TimedOut'
  | 'ServiceUnavailable'
  | 'DeadlineExceeded'
  | 'Unexpected';

const retriableCodes: ReadonlySet<ErrorCode> = new Set(['Throttled', 'TimedOut', 'ServiceUnavailable']);

/** A fault. `retriable`: may pass on its own; otherwise a person is needed. */
export class ReconcileError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;

  /** A message of several lines is given as such: what others said in it cannot begin one. */
  constructor(code: ErrorCode, message: string | readonly string[], options?: ErrorOptions) {
    super([message].flat().map(visible).join('\n'), options);
    this.name = 'ReconcileError';
    this.code = code;
    this.retriable = retriableCodes.has(code);
  }
}

/** What an AWS call can meet. */
type CallCode = Exclude<ErrorCode, 'InvalidConfiguration' | 'InvalidEvent'>;

/** Without `Exception` at its end, which some services and clients add. */
const codesByName: Readonly<Record<string, CallCode>> = {
  AccessDenied: 'AccessDenied',
  NotAuthorized: 'AccessDenied',
  UnauthorizedOperation: 'AccessDenied',
  InvalidClientTokenId: 'AccessDenied',
  UnrecognizedClient: 'AccessDenied',
  ExpiredToken: 'AccessDenied',
  RequestExpired: 'AccessDenied',
  SignatureDoesNotMatch: 'AccessDenied',
  InvalidSignature: 'AccessDenied',
  IncompleteSignature: 'AccessDenied',
  MissingAuthenticationToken: 'AccessDenied',
  CredentialsProviderError: 'AccessDenied',
  TargetGroupNotFound: 'TargetGroupNotFound',
  InvalidTarget: 'TargetRejected',
  TooManyTargets: 'TargetRejected',
  TooManyRegistrationsForTargetId: 'TargetRejected',
  ValidationError: 'TargetRejected',
  // As the SDK lists them (THROTTLING_ERROR_CODES of @smithy/core).
  BandwidthLimitExceeded: 'Throttled',
  EC2Throttled: 'Throttled',
  PriorRequestNotComplete: 'Throttled',
  ProvisionedThroughputExceeded: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  RequestThrottled: 'Throttled',
  SlowDown: 'Throttled',
  Throttled: 'Throttled',
  Throttling: 'Throttled',
  TooManyRequests: 'Throttled',
  TimeoutError: 'TimedOut',
  RequestTimeout: 'TimedOut',
  AbortError: 'DeadlineExceeded',
  OddReply: 'ServiceUnavailable',
};

/**
 * The code for an error that an AWS client threw. AWS SDK clients throw a class per error, but not for every code that a service
 * sends (aws-sdk-js-v3#5140), so the name decides, then the HTTP status.
 */
export function errorCodeOf(error: unknown): CallCode {
  const { name, code, $metadata } = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const known = codesByName[`${name}`.replace(/Exception$/, '')];
  if (known) return known;
  const status = $metadata?.httpStatusCode;
  if (status === 403 || status === 401) return 'AccessDenied';
  if (status === 429) return 'Throttled';
  if (status !== undefined && status >= 500) return 'ServiceUnavailable';
  // The call succeeded, but its reply cannot be read: that counts as no reply.
  if (status !== undefined && status < 300) return 'ServiceUnavailable';
  // Sockets that break, refuse or never open: the service was not reached.
  if (/^E[A-Z]+$/.test(`${code}`)) return 'ServiceUnavailable';
  return 'Unexpected';
}

/** A target is refused where it is registered or deregistered; of a call that reads, the same words refuse something else. */
function codeIn(action: string, error: unknown): CallCode {
  const code = errorCodeOf(error);
  if (code !== 'TargetRejected' || /:(Deregister|Register)Targets$/.test(action)) return code;
  return /target group/i.test(saidBy(error)) ? 'TargetGroupNotFound' : 'Unexpected';
}

/** The code of a fault of this action, whether it is wrapped by now or as an AWS client threw it. */
export const codeOf = (action: string, error: unknown): ErrorCode =>
  error instanceof ReconcileError ? error.code : codeIn(action, error);

/** Whether what an AWS client threw may pass on its own. */
export const isRetriable = (error: unknown): boolean => retriableCodes.has(errorCodeOf(error));

/** What may be over when it is tried again. */
const isPassing = (code: CallCode): boolean => retriableCodes.has(code) || code === 'DeadlineExceeded';

/** What to do, or what to do where it stays. */
const remedies: Readonly<Record<CallCode, string>> = {
  AccessDenied:
    "grant the action to the function's role, and to the endpoint policy where the call goes through a VPC endpoint",
  TargetGroupNotFound: 'check TARGET_GROUP_ARN: the group was deleted, or is in another account or Region',
  TargetRejected:
    "check that the address lies in the VPC of the target group, or in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10 and is reached from there, that the group's type is ip, and its quota",
  Throttled: 'look for other callers of this API in the account',
  TimedOut: 'check that the function can reach the API',
  ServiceUnavailable: 'check that the function can reach the API and the AWS Health Dashboard',
  DeadlineExceeded: "raise the function's time-out",
  Unexpected: 'read the cause; if it is not clear, open an issue with it',
};

const nextOf = (code: CallCode, meanwhile = 'the next run tries again'): string =>
  isPassing(code) ? `${meanwhile}; if it stays, ${remedies[code]}` : remedies[code];

/** The SDK says `Unknown` where a reply has no error code, and advises to inspect a hidden field of one that it cannot read. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (error.name === 'Unknown' && status !== undefined)
    return `status ${status} without an error of AWS's, so perhaps of a proxy on the way`;
  // Where a name has several addresses, Node gives the error of each, and no message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(saidBy).join('; ');
  const [first] = error.message.split(/\s*\n\s*Deserialization error: /);
  return first === error.message ? `${error.name}: ${first}` : `the reply cannot be read (${first})`;
}

/**
 * Wraps what an AWS client threw while `doing` (a gerund phrase: "registering 10.0.2.10:5432 in …"). `meanwhile`: what becomes of it
 * where the fault may pass and no next run tries again.
 */
export function awsFault(doing: string, action: string, error: unknown, meanwhile?: string): ReconcileError {
  if (error instanceof ReconcileError) return error;
  const code = codeIn(action, error);
  const said = saidBy(error);
  return new ReconcileError(code, `${doing}: ${action} failed (${code}): ${said}. Next: ${nextOf(code, meanwhile)}.`, {
    cause: error,
  });
}

/** The configuration says something that the API contradicts. */
export const contradiction = (said: string): ReconcileError => new ReconcileError('InvalidConfiguration', said);

/** For a reply that came with status 200 and is not what the service sends: it counts as no reply. */
export const noAnswer = (said: string): ReconcileError =>
  new ReconcileError('ServiceUnavailable', `${said}. Next: ${nextOf('ServiceUnavailable')}.`);
