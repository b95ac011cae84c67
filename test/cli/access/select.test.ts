import { describe, expect, test } from 'vitest';
import { select } from '../../../cli/access/select.ts';

describe('the Region', () => {
  const options = { function: 'f-drift' };
  const regionOf = (env: Record<string, string>, more = {}) =>
    select({ env }, undefined, { ...options, ...more }).region;

  test('comes from the option, the ARN, then the environment as in the AWS CLI', () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:f-drift';
    expect(regionOf(env, { function: arn, region: 'eu-west-3' })).toBe('eu-west-3');
    expect(regionOf(env, { function: arn })).toBe('us-east-1');
    expect(regionOf(env)).toBe('eu-west-1');
    expect(regionOf({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
    expect(regionOf({})).toBeUndefined();
  });
});

test('a function that ends in -failover or -drift names both functions; any other stands alone', () => {
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:team-orders-failover:live';
  expect(select({ env: {} }, undefined, { function: arn }).functionNames).toEqual([
    'team-orders-failover',
    'team-orders-drift',
  ]);
  expect(select({ env: {} }, undefined, { function: 'mine' }).functionNames).toEqual(['mine']);
});
