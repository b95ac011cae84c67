import { afterEach, describe, expect, test } from 'vitest';
import { createBuckets } from '../../../../sandbox/aws/wire/dispatch.ts';
import { createManualClock } from '../elbv2/rig.ts';
import { closeServers, serve } from './rig.ts';

afterEach(closeServers);

describe('token buckets', () => {
  const drain = (take: () => boolean) => {
    let taken = 0;
    while (taken < 1000 && take()) taken += 1;
    return taken;
  };

  test.each([
    ['changes of targets', 'elasticloadbalancing', 'RegisterTargets', 20, 4],
    ['describes of ELBv2', 'elasticloadbalancing', 'DescribeTargetHealth', 40, 10],
    ['describes of RDS', 'rds', 'DescribeDBInstances', 40, 10],
  ] as const)('give %s their burst and their rate, in AWS time', (_, service, action, burst, rate) => {
    const clock = createManualClock();
    const buckets = createBuckets(clock);
    const take = () => buckets.take(service, action);
    expect(drain(take)).toBe(burst);
    clock.advance(1000);
    expect(drain(take)).toBe(rate);
    clock.advance(3_600_000);
    expect(drain(take)).toBe(burst);
  });

  test('are shared by registering and deregistering, and by nothing else', () => {
    const buckets = createBuckets(createManualClock());
    drain(() => buckets.take('elasticloadbalancing', 'RegisterTargets'));
    expect(buckets.take('elasticloadbalancing', 'DeregisterTargets')).toBe(false);
    expect(buckets.take('elasticloadbalancing', 'DescribeTargetHealth')).toBe(true);
    drain(() => buckets.take('elasticloadbalancing', 'DescribeTargetHealth'));
    expect(buckets.take('rds', 'DescribeDBInstances')).toBe(true);
  });

  test.each([
    [true, 400],
    [false, 200],
  ])('answer Throttling when empty if throttling is %s', async (throttling, expected) => {
    const { call } = await serve({ RegisterTargets: () => undefined }, { throttling });
    const statuses: number[] = [];
    for (let count = 0; count < 21; count += 1) statuses.push((await call({ Action: 'RegisterTargets' })).status);
    expect(statuses.slice(0, 20).every((status) => status === 200)).toBe(true);
    expect(statuses[20]).toBe(expected);
  });
});
