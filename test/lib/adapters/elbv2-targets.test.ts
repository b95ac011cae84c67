import {
  DeregisterTargetsCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroup as Group,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test } from 'vitest';
import { createElbv2TargetGroup } from '../../../lib/adapters/elbv2-target-group.ts';
import { a, b, c } from '../scene.ts';
import { expectCut, mocked, region, run } from './mocks.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const elbv2 = mocked(ElasticLoadBalancingV2Client);
let group: ReturnType<typeof createElbv2TargetGroup>;
beforeEach(() => {
  group = createElbv2TargetGroup(new ElasticLoadBalancingV2Client(region), arn);
});

const notInUse = { State: 'unused', Reason: 'Target.NotInUse' } as const;
const at = (target: typeof a, TargetHealth: object, AvailabilityZone?: string) => ({
  Target: { Id: target.ip, Port: target.port, ...(AvailabilityZone ? { AvailabilityZone } : {}) },
  TargetHealth,
});
const show = (...TargetHealthDescriptions: object[]) =>
  elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions });
const isA = (...TargetGroups: Group[]) => elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups });
const asks = () => elbv2.commandCalls(DescribeTargetGroupsCommand).length;

describe('a target that is not in use', () => {
  test('beside one that is lies in a zone without a subnet of the load balancer; nothing is asked for that', async () => {
    show(at(a, { State: 'healthy' }, 'z1'), at(b, notInUse, 'z3'));
    expect(await group.list()).toEqual([
      { ...a, state: 'healthy' },
      { ...b, state: 'unused', reason: 'Target.NotInUse', unservedZone: 'z3' },
    ]);
    expect(asks()).toBe(0);
    show(at(a, { State: 'healthy' }, 'z1'), at(b, notInUse));
    expect((await group.list())[1]).toMatchObject({ unservedZone: 'its zone' });
  });

  test.each([
    [['arn:lb'], { unservedZone: 'z3' }],
    [[], {}],
  ])('and is all there is depends on the load balancers of the group: %j', async (LoadBalancerArns, more) => {
    isA({ TargetGroupArn: 'arn:other', LoadBalancerArns: ['arn:x'] }, { TargetGroupArn: arn, LoadBalancerArns });
    show(at(b, notInUse, 'z3'));
    expect(await group.list()).toEqual([{ ...b, state: 'unused', reason: 'Target.NotInUse', ...more }]);
  });

  test('serves as well as any other while its zone is unknown', async () => {
    elbv2.on(DescribeTargetGroupsCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    show(at(b, notInUse, 'z3'));
    expect((await group.list())[0]).not.toHaveProperty('unservedZone');
  });

  test('for a reason of its own is in its zone', async () => {
    const target = { ...b, state: 'unused', reason: 'Target.IpUnusable' };
    show(at(a, { State: 'healthy' }, 'z1'), at(b, { State: target.state, Reason: target.reason }, 'z3'));
    expect((await group.list())[1]).toEqual(target);
  });

  test('beside one that drains is not told by that one: it is asked', async () => {
    isA({ TargetGroupArn: arn, LoadBalancerArns: [] });
    show(at(a, { State: 'draining' }), at(b, notInUse, 'z3'));
    expect((await group.list())[1]).not.toHaveProperty('unservedZone');
  });
});

test.each([
  ['zonal_shift_active', 'zonal_shift_active'],
  ['zonal_shift_delegated_to_dns', 'zonal_shift_delegated_to_dns'],
  ['no_override', undefined],
  ['unknown', undefined],
] as const)('an administrative override %s is read beside the state', async (State, override) => {
  show({ ...at(a, { State: 'healthy' }), AdministrativeOverride: { State } });
  expect(await group.list()).toEqual([{ ...a, state: 'healthy', ...(override ? { override } : {}) }]);
});

describe('a group that holds no addresses', () => {
  test.each([
    ['alb', 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/0123456789abcdef', 5432],
    ['lambda', 'arn:aws:lambda:eu-central-1:123456789012:function:x', undefined],
    ['instance', 'i-0123456789abcdef0', 5432],
  ])('is told by its targets: %s', async (type, Id, Port) => {
    elbv2.on(DescribeTargetHealthCommand).resolves({ TargetHealthDescriptions: [{ Target: { Id, Port } }] });
    await expect(group.list()).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      message: expect.stringMatching(
        new RegExp(`type ${type}: .*make a target group of type ip and protocol TCP.*${Id}`),
      ),
    });
  });

  test('is told by itself where it is empty, before anything is registered; a good one is asked once', async () => {
    isA({ TargetGroupArn: arn, TargetType: 'lambda' });
    show();
    await expect(group.list()).rejects.toMatchObject({ code: 'InvalidConfiguration' });
    group = createElbv2TargetGroup(new ElasticLoadBalancingV2Client(region), arn);
    isA({ TargetGroupArn: arn, TargetType: 'ip' });
    const before = asks();
    expect(await group.list()).toEqual([]);
    expect(await group.list()).toEqual([]);
    expect(asks()).toBe(before + 1);
  });
});

describe('what the group is', () => {
  test('comes with its load balancers and their zones, matched by ARN', async () => {
    isA(
      { TargetGroupArn: 'arn:other', TargetType: 'alb' },
      { TargetGroupArn: arn, TargetType: 'ip', Protocol: 'TCP', VpcId: 'vpc-1', LoadBalancerArns: ['arn:lb'] },
    );
    elbv2.on(DescribeLoadBalancersCommand, { LoadBalancerArns: ['arn:lb'] }).resolves({
      LoadBalancers: [
        { LoadBalancerArn: 'arn:other', LoadBalancerName: 'other' },
        { LoadBalancerArn: 'arn:lb', LoadBalancerName: 'orders', AvailabilityZones: [{ ZoneName: 'z1' }] },
      ],
    });
    expect(await group.nature?.(run)).toEqual({
      targetType: 'ip',
      protocol: 'TCP',
      vpcId: 'vpc-1',
      loadBalancers: [{ name: 'orders', zones: ['z1'] }],
    });
    expectCut(elbv2.calls());
  });

  test('comes with a load balancer without a name', async () => {
    isA({ TargetGroupArn: arn, LoadBalancerArns: ['arn:lb'] });
    const nameless = { LoadBalancerArn: 'arn:lb', AvailabilityZones: [{ ZoneName: 'z1' }] };
    elbv2.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{}, nameless] });
    expect(await group.nature?.()).toEqual({ loadBalancers: [{ name: 'without a name', zones: ['z1'] }] });
  });

  test.each([
    ['AccessDenied', 'grant elasticloadbalancing:DescribeLoadBalancers'],
    ['Throttling', 'elasticloadbalancing:DescribeLoadBalancers failed (Throttled)'],
  ])('comes without them, and says why, when they cannot be read: %s', async (name, unread) => {
    isA({ TargetGroupArn: arn, LoadBalancerArns: ['arn:lb'] });
    elbv2.on(DescribeLoadBalancersCommand).rejects(Object.assign(new Error('x'), { name }));
    expect(await group.nature?.()).toEqual({ unread });
  });

  test('comes without them where the answer does not name their zones: none would mean that no subnet is there', async () => {
    isA({ TargetGroupArn: arn, LoadBalancerArns: ['arn:lb'] });
    elbv2.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb' }] });
    expect(await group.nature?.()).toEqual({
      unread: 'elasticloadbalancing:DescribeLoadBalancers failed (ServiceUnavailable)',
    });
  });

  test('has no load balancer where AWS names none, and asks for none', async () => {
    isA({ TargetGroupArn: arn });
    expect(await group.nature?.()).toEqual({ loadBalancers: [] });
    expect(elbv2.commandCalls(DescribeLoadBalancersCommand)).toEqual([]);
  });

  test('is unknown when it cannot be read, which stops nothing', async () => {
    elbv2.on(DescribeTargetGroupsCommand).rejects(new Error('x'));
    expect(await group.nature?.()).toBeUndefined();
    for (const reply of [{}, { TargetGroups: [] }]) {
      elbv2.on(DescribeTargetGroupsCommand).resolves(reply);
      expect(await group.nature?.()).toBeUndefined();
    }
  });
});

describe('a target outside the VPC', () => {
  const outside = new Set([b.ip, c.ip]);
  const wordings = {
    peering:
      "You must specify a valid Availability Zone or select 'all' for all enabled Availability zones, since the IP address '10.0.2.10' is outside the VPC",
    'no subnet': "The Availability Zone is required for IP address '10.0.2.10' because it is not in the VPC",
    'another load balancer':
      "The Availability Zone for IP address '10.0.2.10' must be 'all' for Application Load Balancer target groups, when not within the VPC",
  };
  /** Takes all targets of a call or none, as ELBv2 does. */
  const refuse = (said: string, name = 'ValidationError') => {
    for (const command of [RegisterTargetsCommand, DeregisterTargetsCommand] as const)
      elbv2.on(command as typeof RegisterTargetsCommand).callsFake(({ Targets = [] }) => {
        for (const { Id = '', AvailabilityZone: zone } of Targets) {
          if (zone && !outside.has(Id))
            throw Object.assign(new Error(`${Id} is within the VPC`), { name: 'ValidationError' });
          if (!zone && outside.has(Id)) throw Object.assign(new Error(said), { name });
        }
        return {};
      });
  };
  const sent = (command: typeof RegisterTargetsCommand | typeof DeregisterTargetsCommand) =>
    elbv2
      .commandCalls(command as typeof RegisterTargetsCommand)
      .map(({ args }) =>
        (args[0].input.Targets ?? []).map(({ Id, AvailabilityZone: zone }) => [Id, zone].join(' ').trim()),
      );

  test.each(Object.entries(wordings))('is registered for all zones, where ELBv2 asks for it (%s)', async (_, said) => {
    refuse(said);
    await group.register([b]);
    expect(sent(RegisterTargetsCommand)).toEqual([[b.ip], [`${b.ip} all`]]);
  });

  test('is registered beside one inside, each as it has to be', async () => {
    refuse(wordings.peering, 'InvalidTargetException');
    await group.register([a, b, c]);
    expect(sent(RegisterTargetsCommand).slice(1)).toEqual([[a.ip], [b.ip], [`${b.ip} all`], [c.ip], [`${c.ip} all`]]);
  });

  test('is deregistered with its zone, as it was listed', async () => {
    refuse(wordings.peering);
    show(at(b, { State: 'healthy' }, 'all'), at(a, { State: 'healthy' }, 'z1'));
    expect((await group.list()).map(({ isOutside }) => isOutside)).toEqual([true, undefined]);
    await group.deregister([b, a]);
    expect(sent(DeregisterTargetsCommand)).toEqual([[`${b.ip} all`, a.ip]]);
  });

  test.each([
    [
      'a range that is never allowed',
      "The IP address '8.8.8.8' is neither within the VPC nor within a private address range",
    ],
    [
      'a zone that is named inside',
      "The IP address is within the VPC, and cannot have its Availability Zone overridden to 'all'",
    ],
    ['a permission', wordings.peering, 'AccessDenied', 'AccessDenied'],
  ])(
    'is not tried again for another refusal: %s',
    async (_, said, name = 'ValidationError', code = 'TargetRejected') => {
      elbv2.on(RegisterTargetsCommand).rejects(Object.assign(new Error(said), { name }));
      await expect(group.register([b])).rejects.toMatchObject({ code });
      expect(sent(RegisterTargetsCommand)).toHaveLength(1);
    },
  );

  test('is found beside one that is known to lie there', async () => {
    refuse(wordings.peering);
    await group.register([b]);
    await group.register([b, c]);
    expect(sent(RegisterTargetsCommand).slice(2)).toEqual([
      [`${b.ip} all`, c.ip],
      [`${b.ip} all`],
      [c.ip],
      [`${c.ip} all`],
    ]);
  });

  test('that is refused with its zone too is a fault, and not tried for ever', async () => {
    elbv2.on(RegisterTargetsCommand).rejects(Object.assign(new Error(wordings.peering), { name: 'ValidationError' }));
    await expect(group.register([b])).rejects.toMatchObject({ code: 'TargetRejected' });
    expect(sent(RegisterTargetsCommand)).toHaveLength(2);
  });
});
