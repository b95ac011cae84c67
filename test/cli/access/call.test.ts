import { describe, expect, test } from 'vitest';
import { awsError } from '../../../cli/access/call.ts';

describe('an error of AWS', () => {
  const asked = { action: 'rds:DescribeEvents', region: 'eu-centrl-1' };
  const text = (error: object) => awsError(Object.assign(new Error(), error), asked).message;

  test.each([
    [
      { code: 'ENOTFOUND', hostname: 'rds.eu-centrl-1.amazonaws.com' },
      /rds\.eu-centrl-1.*does not resolve.*spelling of the Region/s,
    ],
    [{ name: 'TimeoutError', message: 'too slow' }, /rds:DescribeEvents could not reach AWS.*VPN/s],
    [{ code: 'CERT_HAS_EXPIRED', message: 'x' }, /CERT_HAS_EXPIRED/],
    [{ message: 'Region is missing' }, /no Region is set\nNext: pass --region/],
    [
      {
        name: 'OddReply',
        message: "the reply to X is not AWS's: status 200, body <html>",
        $metadata: { httpStatusCode: 200 },
      },
      /something other than AWS answered rds:DescribeEvents \(the reply.*\nNext: check your proxy/,
    ],
    [
      { message: 'XML parse error\n  Deserialization error: inspect', $metadata: { httpStatusCode: 403 } },
      /^something other than AWS answered rds:DescribeEvents \(XML parse error\)\nNext: check your proxy/,
    ],
    [{ name: 'Unknown', message: 'UnknownError', $metadata: { httpStatusCode: 301 } }, /something other than AWS/],
    [{ name: 'KMSAccessDeniedException', message: 'x' }, /Next: let the function's role use its KMS key/],
    [{ name: 'ResourceConflictException', message: 'state: Pending' }, /Next: a deployment is changing the function/],
    [{ name: 'SubnetIPAddressLimitReachedException', message: 'x' }, /cannot start in its VPC: .*free addresses/],
    [{ name: 'ServiceException', message: 'boom' }, /Next: AWS failed: try again in a minute/],
    [{ name: 'UnrecognizedClientException', message: 'x' }, /has enabled the Region eu-centrl-1; or choose/],
    [{ code: 'ERR_INVALID_URL', message: 'Invalid URL' }, /AWS_ENDPOINT_URL is no URL\nNext: unset it/],
    [{ name: 'Odd', message: 'never seen' }, /rds:DescribeEvents failed: Odd: never seen/],
  ])('%j says what is wrong and what to do next', (error, expected) => {
    expect(text(error)).toMatch(expected);
    expect(text(error)).toMatch(/\nNext: /);
  });
});
