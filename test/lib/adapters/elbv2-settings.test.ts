import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test } from 'vitest';
import { createElbv2Settings } from '../../../lib/adapters/elbv2-settings.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { mocked, refusal, run, unreadable } from './mocks.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const elbv2 = mocked(ElasticLoadBalancingV2Client);
let settings: ReturnType<typeof createElbv2Settings>;
const denied = (action: string) => ({ kind: 'denied', action: `elasticloadbalancing:${action}` });

beforeEach(() => {
  elbv2.reset();
  settings = createElbv2Settings(new ElasticLoadBalancingV2Client({ region: 'eu-central-1' }), arn, run);
});

/** A call that is not as expected finds no answer. */
function answer(listeners: readonly Listener[] = []): void {
  elbv2
    .on(DescribeTargetGroupsCommand, { TargetGroupArns: [arn] })
    .resolves({
      TargetGroups: [
        {
          TargetType: 'ip',
          Protocol: 'TCP',
          Port: 5432,
          VpcId: 'vpc-1',
          LoadBalancerArns: ['lb'],
          HealthCheckIntervalSeconds: 5,
          HealthyThresholdCount: 2,
          UnhealthyThresholdCount: 3,
        },
      ],
    })
    .on(DescribeTargetGroupAttributesCommand, { TargetGroupArn: arn })
    .resolves({ Attributes: [{ Key: 'a', Value: '1' }, { Key: 'b' }, { Value: 'c' }] })
    .on(DescribeLoadBalancersCommand, { LoadBalancerArns: ['lb'] })
    .resolves({
      LoadBalancers: [
        {
          LoadBalancerArn: 'lb',
          LoadBalancerName: 'orders-nlb',
          AvailabilityZones: [
            { ZoneName: 'z1', SubnetId: 's1' },
            { ZoneName: 'z2', SubnetId: 's2' },
          ],
          SecurityGroups: ['sg-1'],
          EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
        },
      ],
    })
    .on(DescribeLoadBalancerAttributesCommand, { LoadBalancerArn: 'lb' })
    .resolves({ Attributes: [{ Key: 'x', Value: 'true' }] })
    .on(DescribeListenersCommand, { LoadBalancerArn: 'lb' })
    .resolves({ Listeners: [...listeners] });
}

/** What no load balancer goes without. */
const bare = { LoadBalancerArn: 'lb', AvailabilityZones: [{ ZoneName: 'z1' }] };

describe('the settings of the target group', () => {
  test('are those of the API, with its attributes', async () => {
    answer();
    expect(await settings.group()).toEqual(
      known({
        targetType: 'ip',
        protocol: 'TCP',
        port: 5432,
        vpcId: 'vpc-1',
        healthCheckSeconds: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
        loadBalancerArns: ['lb'],
        attributes: new Map([
          ['a', '1'],
          ['b', ''],
          ['', 'c'],
        ]),
      }),
    );
  });

  test('are of the group that was asked for, and of its load balancers, whatever else the API lists', async () => {
    answer();
    const other = { TargetGroupArn: 'other', TargetType: 'alb' } as const;
    elbv2
      .on(DescribeTargetGroupsCommand)
      .resolves({ TargetGroups: [other, { TargetGroupArn: arn, TargetType: 'ip' }] });
    expect(await settings.group()).toMatchObject({ value: { targetType: 'ip' } });
    elbv2
      .on(DescribeLoadBalancersCommand)
      .resolves({ LoadBalancers: [{ LoadBalancerArn: 'other' }, { ...bare, LoadBalancerName: 'ours' }] });
    expect(await settings.loadBalancers(['lb'])).toMatchObject({ value: [{ name: 'ours' }] });
    elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [other] });
    expect(await settings.group()).toMatchObject({
      kind: 'unreadable',
      action: 'elasticloadbalancing:DescribeTargetGroups',
      message: expect.stringContaining(`DescribeTargetGroups was asked for ${arn} and gave other`),
    });
  });

  test('that the API leaves out are unknown, and not made up', async () => {
    elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [{}] });
    elbv2.on(DescribeTargetGroupAttributesCommand).resolves({ Attributes: [] });
    expect(await settings.group()).toStrictEqual(
      known({ targetType: 'unknown', protocol: 'unknown', loadBalancerArns: [], attributes: new Map() }),
    );
    elbv2.on(DescribeTargetGroupAttributesCommand).resolves({});
    expect(await settings.group()).toMatchObject(unreadable('DescribeTargetGroupAttributes gave no list'));
  });

  test('are unreadable when the answer names no group', async () => {
    answer();
    elbv2.on(DescribeTargetGroupsCommand).resolves({ TargetGroups: [] });
    expect(await settings.group()).toMatchObject(unreadable('DescribeTargetGroups gave nothing of arn:'));
    elbv2.on(DescribeTargetGroupsCommand).resolves({});
    expect(await settings.group()).toMatchObject(unreadable('DescribeTargetGroups gave no list'));
  });

  test('need both permissions', async () => {
    answer();
    elbv2.on(DescribeTargetGroupAttributesCommand).rejects(refusal);
    expect(await settings.group()).toEqual(denied('DescribeTargetGroupAttributes'));
    elbv2.on(DescribeTargetGroupsCommand).rejects(refusal);
    expect(await settings.group()).toEqual(denied('DescribeTargetGroups'));
  });
});

describe('a load balancer', () => {
  const forward = (TargetGroupArn: string, Weight?: number): Listener => ({
    DefaultActions: [
      {
        Type: 'forward',
        ForwardConfig: { TargetGroups: [{ TargetGroupArn, ...(Weight === undefined ? {} : { Weight }) }] },
      },
    ],
  });

  test('is described with its zones, its attributes and the ports that lead to the group', async () => {
    answer([
      { ...forward('other'), Port: 1 },
      { ...forward(arn), Port: 2 },
      { ...forward(arn, 0), Port: 3 },
      { ...forward(arn, 5), Port: 4 },
      {
        DefaultActions: [
          { Type: 'forward', TargetGroupArn: 'other' },
          { Type: 'forward', TargetGroupArn: arn },
        ],
        Port: 5,
      },
      { Port: 6 },
      { DefaultActions: [{ Type: 'forward', ForwardConfig: {} }], Port: 7 },
      {
        DefaultActions: [
          { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'other' }, { TargetGroupArn: arn }] } },
        ],
        Port: 8,
      },
      forward(arn),
    ]);
    expect(await settings.loadBalancers(['lb'])).toEqual(
      known([
        {
          name: 'orders-nlb',
          zones: ['z1', 'z2'],
          subnetIds: ['s1', 's2'],
          securityGroupIds: ['sg-1'],
          judgesPrivateLink: false,
          attributes: new Map([['x', 'true']]),
          ports: [2, 4, 5, 8],
        },
      ]),
    );
  });

  test('judges PrivateLink unless it says otherwise', async () => {
    elbv2.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [bare] });
    elbv2.on(DescribeLoadBalancerAttributesCommand).resolves({ Attributes: [] });
    elbv2.on(DescribeListenersCommand).resolves({ Listeners: [] });
    expect(await settings.loadBalancers(['lb'])).toEqual(
      known([
        {
          name: 'the load balancer',
          zones: ['z1'],
          subnetIds: [],
          securityGroupIds: [],
          judgesPrivateLink: true,
          attributes: new Map(),
          ports: [],
        },
      ]),
    );
  });

  test('is asked for only where the group has one', async () => {
    expect(await settings.loadBalancers([])).toEqual(known([]));
    expect(elbv2.calls()).toEqual([]);
  });

  test.each([
    ['no list', {}],
    ['another alone', { LoadBalancers: [{ ...bare, LoadBalancerArn: 'other' }] }],
    ['no zones', { LoadBalancers: [{ LoadBalancerArn: 'lb' }] }],
    ['a zone without its name', { LoadBalancers: [{ ...bare, AvailabilityZones: [{ ZoneName: 'z1' }, {}] }] }],
  ])('is not without a subnet because an answer holds %s', async (_, reply) => {
    elbv2.on(DescribeLoadBalancersCommand).resolves(reply);
    expect(await settings.loadBalancers(['lb'])).toMatchObject(unreadable('DescribeLoadBalancers gave no zones of lb'));
  });

  test.each([
    [DescribeListenersCommand, 'DescribeListeners'],
    [DescribeLoadBalancerAttributesCommand, 'DescribeLoadBalancerAttributes'],
  ] as const)('has no port and no attribute only where an answer says so', async (command, call) => {
    answer();
    elbv2.on(command as typeof DescribeListenersCommand).resolves({});
    expect(await settings.loadBalancers(['lb'])).toMatchObject(unreadable(`${call} gave no list`));
  });

  test('is unknown as a whole when a part of it is', async () => {
    const parts = [
      [DescribeLoadBalancersCommand, 'DescribeLoadBalancers'],
      [DescribeListenersCommand, 'DescribeListeners'],
      [DescribeLoadBalancerAttributesCommand, 'DescribeLoadBalancerAttributes'],
    ] as const;
    for (const [command, action] of parts) {
      elbv2.reset();
      answer();
      elbv2.on(command as typeof DescribeListenersCommand).rejects(refusal);
      expect(await settings.loadBalancers(['lb'])).toEqual(denied(action));
    }
  });
});

test('every call is cut when the run is', async () => {
  answer();
  await settings.group();
  await settings.loadBalancers(['lb']);
  expect(elbv2.calls()).toHaveLength(5);
  for (const { args } of elbv2.calls()) expect(args).toEqual([expect.anything(), { abortSignal: run }]);
});
