import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createElbv2TargetGroup } from '../../../lib/adapters/elbv2-target-group.ts';
import { a, b } from '../scene.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const elbv2 = mockClient(ElasticLoadBalancingV2Client);
let group: ReturnType<typeof createElbv2TargetGroup>;
const listOf = (description: TargetHealthDescription) => {
  elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [description] });
  return group.list();
};

beforeEach(() => {
  elbv2.reset();
  group = createElbv2TargetGroup(new ElasticLoadBalancingV2Client({ region: 'eu-central-1' }), arn);
});
afterAll(() => elbv2.restore());

describe('a target', () => {
  test.each(['initial', 'healthy', 'unhealthy', 'unhealthy.draining', 'unused', 'draining', 'unavailable'] as const)(
    'is %s when ELBv2 says so',
    async (State) => {
      expect(await listOf({ Target: { Id: a.ip, Port: a.port }, TargetHealth: { State } })).toEqual([
        { ...a, state: State },
      ]);
    },
  );

  test.each([undefined, '', 'sleeping'])('in the unknown state %j counts as initial', async (State) => {
    const TargetHealth = { State: State as never, Reason: 'Target.Odd' as never };
    expect(await listOf({ Target: { Id: a.ip, Port: a.port }, TargetHealth })).toEqual([
      { ...a, state: 'initial', reason: 'Target.Odd' },
    ]);
  });

  test('without an address or a port is no answer, and what came is shown', async () => {
    await expect(listOf({ Target: { Id: '', Port: 5432 } })).rejects.toThrow(/gave a target at :5432/);
    await expect(listOf({ Target: { Id: undefined, Port: 5432 } })).rejects.toThrow(/gave a target at undefined:5432/);
    await expect(listOf({ Target: { Id: a.ip, Port: 0 } })).rejects.toThrow(/gave a target at 10\.0\.1\.10:0/);
    await expect(listOf({})).rejects.toMatchObject({ code: 'ServiceUnavailable', retriable: true });
  });
});

test('a reply without a list says which call gave none', async () => {
  elbv2.on(DescribeTargetHealthCommand).resolves({});
  await expect(group.list()).rejects.toThrow(/DescribeTargetHealth gave no list of targets/);
});

test('every call can be cut', async () => {
  elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [] });
  elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [{ TargetType: 'ip', IpAddressType: 'ipv4' }] });
  elbv2.on(RegisterTargetsCommand).resolves({}).on(DeregisterTargetsCommand).resolves({});
  const { signal } = new AbortController();
  await group.list(signal);
  await group.register([a], signal);
  await group.deregister([a], signal);
  await group.addressTypes.ofGroup(signal);
  const options = elbv2.calls().map(({ args }) => (args as unknown[])[1] as { abortSignal?: AbortSignal });
  expect(options).toHaveLength(4);
  for (const { abortSignal } of options) expect(abortSignal).toBe(signal);
});

test('nothing is sent for no targets', async () => {
  await group.register([]);
  await group.deregister([]);
  expect(elbv2.calls()).toHaveLength(0);
});

test('a whole chunk is one call', async () => {
  elbv2.on(DeregisterTargetsCommand).resolves({});
  await group.deregister(Array.from({ length: 200 }, (_, i) => ({ ip: `10.0.0.${i}`, port: 5432 })));
  expect(elbv2.calls()).toHaveLength(1);
});

test('a chunk that fails ends the call, and later chunks are not sent', async () => {
  elbv2.on(RegisterTargetsCommand).rejects(Object.assign(new Error('slow'), { name: 'Throttling' }));
  const many = Array.from({ length: 450 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, port: 5432 }));
  await expect(group.register(many)).rejects.toMatchObject({ code: 'Throttled' });
  expect(elbv2.calls()).toHaveLength(1);
});

test.each([
  ['list', /^reading the targets of arn:aws.*0123456789abcdef: elasticloadbalancing:DescribeTargetHealth failed/],
  [
    'register',
    /^registering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 in arn:aws.*cdef: elasticloadbalancing:RegisterTargets failed/,
  ],
  [
    'deregister',
    /^deregistering 10\.0\.1\.10:5432, 10\.0\.2\.10:5432 in arn:aws.*cdef: elasticloadbalancing:DeregisterTargets failed/,
  ],
] as const)('a fault of %s says what was done, on what, and which permission it takes', async (call, said) => {
  elbv2.rejects(new Error('no'));
  const work = call === 'list' ? group.list() : group[call]([a, b]);
  await expect(work).rejects.toThrow(said);
});
