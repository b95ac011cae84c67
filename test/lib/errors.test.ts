import { connect, type LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { awsFault, type ErrorCode, noAnswer, ReconcileError } from '../../lib/errors.ts';

const thrown = (name: string, more: object = {}) => Object.assign(new Error('said AWS'), { name, ...more });
const registering = 'elasticloadbalancing:RegisterTargets';
const codeOf = (error: unknown) => awsFault('registering', registering, error).code;

describe('what an AWS client throws', () => {
  const names: Partial<Record<ErrorCode, string[]>> = {
    AccessDenied: [
      'AccessDenied',
      'AccessDeniedException',
      'NotAuthorized',
      'UnauthorizedOperation',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'ExpiredToken',
      'ExpiredTokenException',
      'RequestExpired',
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
      'IncompleteSignature',
      'MissingAuthenticationToken',
      'CredentialsProviderError',
    ],
    TargetGroupNotFound: ['TargetGroupNotFound', 'TargetGroupNotFoundException'],
    TargetRejected: [
      'InvalidTarget',
      'InvalidTargetException',
      'TooManyTargets',
      'TooManyTargetsException',
      'TooManyRegistrationsForTargetId',
      'TooManyRegistrationsForTargetIdException',
      'ValidationError',
    ],
    Throttled: [
      'Throttling',
      'ThrottlingException',
      'ThrottledException',
      'RequestLimitExceeded',
      'TooManyRequestsException',
      'RequestThrottled',
      'RequestThrottledException',
      'SlowDown',
      'BandwidthLimitExceeded',
      'EC2ThrottledException',
      'PriorRequestNotComplete',
      'PriorRequestNotCompleteException',
      'ProvisionedThroughputExceededException',
    ],
    TimedOut: ['TimeoutError', 'RequestTimeout', 'RequestTimeoutException'],
    DeadlineExceeded: ['AbortError'],
  };

  test.each(Object.entries(names).flatMap(([code, list]) => list.map((name) => [name, code] as const)))(
    'as %s is %s, whatever the HTTP status',
    (name, code) => {
      expect(codeOf(thrown(name))).toBe(code);
      expect(codeOf(thrown(name, { $metadata: { httpStatusCode: 500 } }))).toBe(code);
    },
  );

  test.each([
    ["ValidationError: 'arn:x' is not a valid target group ARN", 'TargetGroupNotFound'],
    ['ValidationError: 1 validation error detected', 'Unexpected'],
    ['InvalidTarget: x', 'Unexpected'],
  ])('of a call that reads rejects no target: %s is %s', (said, code) => {
    const [name = '', message] = said.split(': ');
    const error = Object.assign(new Error(message), { name });
    expect(awsFault('reading', 'elasticloadbalancing:DescribeTargetHealth', error).code).toBe(code);
    expect(awsFault('deregistering', 'elasticloadbalancing:DeregisterTargets', error).code).toBe('TargetRejected');
  });

  test.each([
    [401, 'AccessDenied'],
    [403, 'AccessDenied'],
    [429, 'Throttled'],
    [500, 'ServiceUnavailable'],
    [503, 'ServiceUnavailable'],
    [499, 'Unexpected'],
    [400, 'Unexpected'],
    [300, 'Unexpected'],
    [299, 'ServiceUnavailable'],
  ])('under an unknown name goes by its status %i: %s', (httpStatusCode, code) => {
    expect(codeOf(thrown('Weird', { $metadata: { httpStatusCode } }))).toBe(code);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])('with the code %s did not reach the service', (code) => {
    expect(codeOf(thrown('Error', { code }))).toBe('ServiceUnavailable');
  });

  test.each<[unknown, string]>([
    ['ERR_INVALID_URL', 'has more than a socket error would say'],
    ['NOPE', 'does not start like a socket error'],
    ['XECONNRESET', 'only holds one'],
    ['E', 'is too short'],
    ['ECONN1', 'has a digit'],
    [42, 'is no text'],
  ])('with the code %j is unexpected: it %s', (code) => {
    expect(codeOf(thrown('Error', { code }))).toBe('Unexpected');
  });

  test('that is no error at all is unexpected, and shown', () => {
    for (const odd of [undefined, null, 'boom', 42]) {
      const fault = awsFault('reading', 'x:Y', odd);
      expect(fault.code).toBe('Unexpected');
      expect(fault.message).toContain(String(odd));
      expect(fault.cause).toBe(odd);
    }
  });

  test('and is a fault of ours already stays the same fault', () => {
    const fault = new ReconcileError('Throttled', 'slow');
    expect(awsFault('reading', 'x:Y', fault)).toBe(fault);
  });
});

describe('a fault', () => {
  test.each<[ErrorCode, boolean]>([
    ['Throttled', true],
    ['TimedOut', true],
    ['ServiceUnavailable', true],
    ['AccessDenied', false],
    ['TargetGroupNotFound', false],
    ['TargetRejected', false],
    ['DeadlineExceeded', false],
    ['InvalidConfiguration', false],
    ['InvalidEvent', false],
    ['Unexpected', false],
  ])('of code %s may pass on its own: %s', (code, retriable) => {
    expect(new ReconcileError(code, 'x')).toMatchObject({ name: 'ReconcileError', code, retriable, message: 'x' });
  });

  test('says what was done, which call failed, how, and what AWS said', () => {
    const { message } = awsFault('reading the topology of instance orders', 'rds:DescribeDBInstances', thrown('Weird'));
    expect(message).toMatch(
      /^reading the topology of instance orders: rds:DescribeDBInstances failed \(Unexpected\): Weird: said AWS\. Next: .+\.$/,
    );
  });

  test.each([
    ['AccessDenied', /grant the action.*role.*endpoint policy/],
    ['TargetGroupNotFound', /TARGET_GROUP_ARN.*another account or Region/],
    ['ValidationError', /lies in the VPC.*type is ip.*quota/],
    ['Throttling', /next run tries again.*other callers/],
    ['TimeoutError', /next run tries again.*can reach the API/],
    ['AbortError', /next run tries again.*time-out/],
    ['Weird', /read the cause.*open an issue/],
  ])('of an AWS client that throws %s says what to do next', (name, next) => {
    expect(awsFault('registering', registering, thrown(name)).message.split('Next: ')[1]).toMatch(next);
  });

  test('of a reply without an error of AWS says so, since the role may be right', () => {
    const page = Object.assign(thrown('Unknown', { $metadata: { httpStatusCode: 403 } }), { message: 'Unknown' });
    expect(awsFault('reading', 'x:Y', page).message).toMatch(
      /^reading: x:Y failed \(AccessDenied\): status 403 without an error of AWS's, so perhaps of a proxy on the way\. /,
    );
  });

  test('without a status is of no proxy, whatever its name', () => {
    expect(awsFault('reading', 'x:Y', thrown('Unknown')).message).toBe(
      'reading: x:Y failed (Unexpected): Unknown: said AWS. Next: read the cause; if it is not clear, open an issue with it.',
    );
  });

  test('of a name with several addresses, none of which was reached, says how each failed', async () => {
    const refused = await new Promise((resolve) => {
      const lookup: LookupFunction = (_, __, done) =>
        done(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '127.0.0.2', family: 4 },
        ]);
      connect({ host: 'rds.example', port: 9, lookup }).on('error', resolve);
    });
    expect(awsFault('reading', 'x:Y', refused).message).toMatch(
      /^reading: x:Y failed \(ServiceUnavailable\): Error: connect ECONNREFUSED 127\.0\.0\.1:9; Error: connect ECONNREFUSED 127\.0\.0\.2:9\. Next: /,
    );
    expect(awsFault('reading', 'x:Y', new AggregateError([refused], 'of its own')).message).toContain(
      ': AggregateError: of its own. Next: ',
    );
  });

  test('of a reply that the SDK cannot read sends no operator to its hidden fields', () => {
    const odd = Object.assign(thrown('Error', { $metadata: { httpStatusCode: 200 } }), {
      message: 'unexpected content.\n  Deserialization error: to see the raw response, inspect the hidden field',
    });
    expect(awsFault('reading', 'x:Y', odd).message).toMatch(
      /^reading: x:Y failed \(ServiceUnavailable\): the reply cannot be read \(unexpected content\.\)\. Next: /,
    );
  });

  test('of a reply without a message may pass, and says where to search', () => {
    expect(noAnswer('DescribeTargetHealth gave no list of targets')).toMatchObject({
      code: 'ServiceUnavailable',
      retriable: true,
      message: expect.stringMatching(
        /^DescribeTargetHealth gave no list of targets\. Next: the next run tries again.*reach the API.*Health Dashboard\.$/,
      ),
    });
  });
});
