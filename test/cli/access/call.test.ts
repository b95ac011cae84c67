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
    [{ name: 'Odd', message: 'never seen' }, /rds:DescribeEvents failed: Odd: never seen/],
  ])('%j says what is wrong and what to do next', (error, expected) => {
    expect(text(error)).toMatch(expected);
    expect(text(error)).toMatch(/\nNext: /);
  });
});
