/** Who is at fault: the caller (`Sender`) or the service (`Receiver`). */
export type AwsErrorType = 'Sender' | 'Receiver';

// "Common errors" of the ELBv2 and RDS API references; every other code of the Query protocol is a 400 unless said.
const statusOfCode: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  IncompleteSignature: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  OptInRequired: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
};

/** An answer of the Query protocol other than success. `status` is the HTTP status; without one the code's own is used. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  readonly type: AwsErrorType;

  constructor(code: string, message: string, options: { status?: number; type?: AwsErrorType } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? statusOfCode[code] ?? (options.type === 'Receiver' ? 500 : 400);
    this.type = options.type ?? (this.status >= 500 ? 'Receiver' : 'Sender');
  }
}

/** A request that breaks the model of its operation, as ELBv2 words it. */
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);

/** What AWS answers when an account's token bucket is empty. */
export const throttlingError = (): AwsError => new AwsError('Throttling', 'Rate exceeded');

/** What AWS says of a failure that it does not explain. */
export const internalFailure = (): AwsError =>
  new AwsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
  );
