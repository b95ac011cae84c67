import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { describeRefusals, group, sandbox, toElb } from '../account.ts';

const banana = { Targets: [{ Id: 'banana' }] };

describeRefusals([
  [
    'banana to be registered',
    () => toElb(new elbv2.RegisterTargetsCommand({ ...group(), ...banana })),
    'ValidationError',
  ],
  [
    'banana to be deregistered',
    () => toElb(new elbv2.DeregisterTargetsCommand({ ...group(), ...banana })),
    'ValidationError',
  ],
  [
    'banana to be described',
    () => toElb(new elbv2.DescribeTargetHealthCommand({ ...group(), ...banana })),
    'ValidationError',
  ],
  [
    'an IPv6 address in a group for IPv4',
    () => toElb(new elbv2.DeregisterTargetsCommand({ ...group(), Targets: [{ Id: '2001:db8:0:1::a' }] })),
    'ValidationError',
  ],
  [
    'a page of limits that is too large',
    () => toElb(new elbv2.DescribeAccountLimitsCommand({ PageSize: 401 })),
    'ValidationError',
  ],
  [
    'a marker that ELBv2 never gave',
    () => toElb(new elbv2.DescribeTargetGroupsCommand({ Marker: 'bad' })),
    'ValidationError',
  ],
  [
    'names and ARNs of groups',
    () =>
      toElb(
        new elbv2.DescribeTargetGroupsCommand({
          Names: ['orders'],
          TargetGroupArns: [sandbox().targetGroup.arn],
        }),
      ),
    'ValidationError',
  ],
  [
    'names and ARNs of load balancers',
    () =>
      toElb(
        new elbv2.DescribeLoadBalancersCommand({
          Names: ['orders'],
          LoadBalancerArns: [sandbox().balancer.arn],
        }),
      ),
    'ValidationError',
  ],
  ['tags of nothing', () => toElb(new elbv2.DescribeTagsCommand({ ResourceArns: [] })), 'ValidationError'],
]);

test('a load balancer tells the zone of its name', async () => {
  const answer = (await toElb(new elbv2.DescribeLoadBalancersCommand({}))) as elbv2.DescribeLoadBalancersCommandOutput;
  expect(answer.LoadBalancers?.[0]?.CanonicalHostedZoneId).toBe('Z3F0SRJ5LGBH90');
});

test('the limits of the account come page by page', async () => {
  const first = (await toElb(new elbv2.DescribeAccountLimitsCommand({ PageSize: 4 }))) as {
    readonly Limits: object[];
    readonly NextMarker: string;
  };
  expect(first.Limits).toContainEqual({ Name: 'network-load-balancers', Max: '50' });
  expect(first.Limits).toHaveLength(4);
  const rest = await toElb(new elbv2.DescribeAccountLimitsCommand({ Marker: first.NextMarker }));
  expect(rest).toMatchObject({ Limits: { length: 3 } });
});
