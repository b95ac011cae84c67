import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRig, createUsedGroup, type Rig, vpc } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const groupNames = async (input: DescribeTargetGroupsCommandInput) =>
  (await rig.client.send(new DescribeTargetGroupsCommand(input))).TargetGroups?.map((group) => group.TargetGroupName);

const unknownArn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/gone/0123456789abcdef';

describe('target groups', () => {
  test('are described as a TCP group of a Network Load Balancer', async () => {
    const { arn } = createUsedGroup(rig, { healthCheck: { intervalSeconds: 10, healthyThreshold: 2 } });
    expect(arn).toMatch(
      /^arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup\/orders-writer\/[0-9a-f]{16}$/,
    );
    const { TargetGroups } = await rig.client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
    expect(TargetGroups).toEqual([
      {
        TargetGroupArn: arn,
        TargetGroupName: 'orders-writer',
        Protocol: 'TCP',
        Port: 5432,
        VpcId: vpc.id,
        HealthCheckProtocol: 'TCP',
        HealthCheckPort: 'traffic-port',
        HealthCheckEnabled: true,
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 10,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        LoadBalancerArns: [expect.stringContaining(':loadbalancer/net/orders/')],
        TargetType: 'ip',
        IpAddressType: 'ipv4',
      },
    ]);
  });

  test('are found by name and by load balancer', async () => {
    createUsedGroup(rig);
    rig.elbv2.createTargetGroup({ name: 'spare', port: 3306 });
    const { LoadBalancers } = await rig.client.send(new DescribeLoadBalancersCommand({ Names: ['orders'] }));
    expect(await groupNames({})).toEqual(['orders-writer', 'spare']);
    expect(await groupNames({ Names: ['spare'] })).toEqual(['spare']);
    expect(await groupNames({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn })).toEqual(['orders-writer']);
  });

  test('come in pages that the SDK follows', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) rig.elbv2.createTargetGroup({ name, port: 5432 });
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateDescribeTargetGroups({ client: rig.client }, { PageSize: 2 })) {
      pages.push(page.TargetGroups?.map(({ TargetGroupName }) => TargetGroupName) ?? []);
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('that do not exist are TargetGroupNotFound, whatever is asked of them', async () => {
    const notFound = { name: 'TargetGroupNotFoundException', $metadata: { httpStatusCode: 400 } };
    const send = rig.client;
    await expect(groupNames({ TargetGroupArns: [unknownArn] })).rejects.toMatchObject(notFound);
    await expect(groupNames({ Names: ['gone'] })).rejects.toMatchObject(notFound);
    await expect(send.send(new DescribeTargetHealthCommand({ TargetGroupArn: unknownArn }))).rejects.toMatchObject(
      notFound,
    );
    await expect(
      send.send(new RegisterTargetsCommand({ TargetGroupArn: unknownArn, Targets: [{ Id: '10.0.1.10' }] })),
    ).rejects.toMatchObject(notFound);
  });

  test('are not looked for by an ARN of something else, another region or another account', async () => {
    for (const arn of ['nope', unknownArn.replace('central', 'west'), unknownArn.replace('12345', '54321')]) {
      await expect(groupNames({ TargetGroupArns: [arn] })).rejects.toMatchObject({ name: 'ValidationError' });
    }
  });

  test('by instance refuse addresses', async () => {
    const { arn } = rig.elbv2.createTargetGroup({ name: 'instances', port: 5432, targetType: 'instance' });
    await expect(
      rig.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: '10.0.1.10' }] })),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('attributes of a target group', () => {
  const change = (TargetGroupArn: string, Key: string, Value: string) =>
    rig.client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [{ Key, Value }] }));

  test("are AWS's defaults", async () => {
    const { arn } = createUsedGroup(rig);
    const { Attributes } = await rig.client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }));
    expect(Object.fromEntries(Attributes?.map(({ Key, Value }) => [Key, Value]) ?? [])).toEqual({
      'stickiness.enabled': 'false',
      'stickiness.type': 'source_ip',
      'deregistration_delay.timeout_seconds': '300',
      'deregistration_delay.connection_termination.enabled': 'false',
      'proxy_protocol_v2.enabled': 'false',
      'preserve_client_ip.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
      'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
      'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
      'target_health_state.unhealthy.connection_termination.enabled': 'true',
      'target_health_state.unhealthy.draining_interval_seconds': '0',
    });
  });

  test('are seen by the data plane as soon as they change', async () => {
    const group = createUsedGroup(rig);
    await change(group.arn, 'deregistration_delay.connection_termination.enabled', 'true');
    expect(group.attribute('deregistration_delay.connection_termination.enabled')).toBe('true');
  });

  test.each([
    ['deregistration_delay.timeout_seconds', '3601'],
    ['deregistration_delay.timeout_seconds', 'soon'],
    ['preserve_client_ip.enabled', 'yes'],
    ['slow_start.duration_seconds', '30'],
    ['toString', 'x'],
  ])('refuse %s=%s', async (key, value) => {
    const { arn } = createUsedGroup(rig);
    await expect(change(arn, key, value)).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('load balancers', () => {
  test('are described with their zones, listeners, attributes and tags', async () => {
    const group = rig.elbv2.createTargetGroup({ name: 'orders', port: 5432, tags: { stage: 'test' } });
    const { arn, dnsName } = rig.elbv2.createLoadBalancer({
      name: 'orders',
      zones: ['eu-central-1b'],
      listeners: [{ port: 6432, targetGroupArn: group.arn }],
      attributes: { 'load_balancing.cross_zone.enabled': 'true' },
      tags: { owner: 'me' },
    });
    const { LoadBalancers } = await rig.client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
    expect(LoadBalancers).toMatchObject([
      {
        LoadBalancerName: 'orders',
        DNSName: dnsName,
        Type: 'network',
        Scheme: 'internal',
        State: { Code: 'active' },
        AvailabilityZones: [{ ZoneName: 'eu-central-1b', SubnetId: 'subnet-2' }],
        CreatedTime: expect.any(Date),
      },
    ]);
    rig.elbv2.createLoadBalancer({ name: 'two', listeners: [{ port: 7432, targetGroupArn: group.arn }] });
    const { Listeners } = await rig.client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
    expect(Listeners).toMatchObject([
      { Port: 6432, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn: group.arn }] },
    ]);
    const { Attributes } = await rig.client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
    expect(Attributes).toContainEqual({ Key: 'load_balancing.cross_zone.enabled', Value: 'true' });
    const tags = await rig.client.send(new DescribeTagsCommand({ ResourceArns: [group.arn, arn] }));
    expect(tags.TagDescriptions?.map(({ Tags }) => Tags)).toEqual([
      [{ Key: 'stage', Value: 'test' }],
      [{ Key: 'owner', Value: 'me' }],
    ]);
  });

  test('are dual stack where they were made so, and only then forward to a group of type ipv6', async () => {
    const six = rig.elbv2.createTargetGroup({ name: 'six', port: 5432, ipAddressType: 'ipv6' });
    const listeners = [{ port: 5432, targetGroupArn: six.arn }];
    expect(() => rig.elbv2.createLoadBalancer({ name: 'four', listeners })).toThrow(
      expect.objectContaining({ code: 'InvalidConfigurationRequest', message: expect.stringContaining('dualstack') }),
    );
    rig.elbv2.createLoadBalancer({ name: 'both', ipAddressType: 'dualstack', listeners });
    createUsedGroup(rig);
    const { LoadBalancers } = await rig.client.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers?.map((one) => [one.LoadBalancerName, one.IpAddressType])).toEqual([
      ['both', 'dualstack'],
      ['orders', 'ipv4'],
    ]);
  });

  test('that do not exist are LoadBalancerNotFound', async () => {
    await expect(rig.client.send(new DescribeLoadBalancersCommand({ Names: ['gone'] }))).rejects.toMatchObject({
      name: 'LoadBalancerNotFoundException',
    });
  });

  test('cannot forward to a group that does not exist', () => {
    const listeners = [{ port: 5432, targetGroupArn: unknownArn }];
    expect(() => rig.elbv2.createLoadBalancer({ name: 'x', listeners })).toThrow(
      expect.objectContaining({ code: 'TargetGroupNotFound' }),
    );
  });
});
