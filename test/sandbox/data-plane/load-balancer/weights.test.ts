import { DescribeListenersCommand, ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRoutes, type Routes } from '../../../../sandbox/data-plane/load-balancer/routes.ts';
import { createDelays } from '../../../../sandbox/world/load-balancer-delays.ts';
import type { TargetGroup } from '../../../../sandbox/world/types.ts';
import { createHands, createRig, type Rig } from '../../aws/elbv2/rig.ts';

const delays = createDelays('aws', () => 0);
let rig: Rig;
let groups: { readonly blue: TargetGroup; readonly green: TargetGroup };
let listenerArn: string;
let routes: Routes;
let events: string[];

/** Two groups, and a listener that leads to the blue one. */
beforeEach(async () => {
  rig = await createRig({}, delays);
  const { elbv2, clock, journal } = rig;
  const group = (name: string) =>
    elbv2.createTargetGroup({
      name,
      port: 5432,
      attributes: { 'deregistration_delay.connection_termination.enabled': 'true' },
    });
  groups = { blue: group('blue'), green: group('green') };
  const { listeners } = elbv2.createLoadBalancer({
    name: 'b',
    listeners: [{ port: 1, targetGroupArn: groups.blue.arn }],
  });
  const [listener] = listeners;
  if (!listener) throw new Error('no listener');
  listenerArn = listener.arn;
  events = [];
  routes = createRoutes({
    ...{ listener, clock, journal, delays },
    cut: (one, { ip }, reason) => events.push(`cut ${nameOf(one)} ${ip} ${reason}`),
    retire: (one) => events.push(`retire ${nameOf(one)}`),
  });
});
afterEach(async () => {
  routes.close();
  await rig.close();
});

const nameOf = (group: TargetGroup) => (group === groups.blue ? 'blue' : 'green');
const shares = () => routes.shares().map(({ weight, route }) => `${weight} ${route ? route.target.ip : 'no target'}`);
const forward = (...to: readonly (readonly [TargetGroup, number?])[]) =>
  rig.client.send(
    new ModifyListenerCommand({
      ListenerArn: listenerArn,
      DefaultActions: [
        {
          Type: 'forward',
          ForwardConfig: { TargetGroups: to.map(([{ arn }, Weight]) => ({ TargetGroupArn: arn, Weight })) },
        },
      ],
    }),
  );
const serve = async (group: TargetGroup, ip: string) => {
  const hands = createHands(rig, group);
  await hands.register({ Id: ip });
  hands.seconds(300);
  hands.probe(ip, true, true, true, true, true);
  hands.seconds(40);
};
const seconds = (count: number) => rig.clock.advance(count * 1000);
const states = (group: TargetGroup) => createHands(rig, group).states();

describe('weights of a listener', () => {
  test('share the new connections out 75 s after the change, and not before', async () => {
    await serve(groups.blue, '10.0.1.10');
    await forward([groups.blue, 100], [groups.green, 0]);
    await serve(groups.green, '10.0.2.10');
    await forward([groups.blue, 0], [groups.green, 100]);
    seconds(74.9);
    expect(shares()).toEqual(['100 10.0.1.10']);
    seconds(0.1);
    expect(shares()).toEqual(['100 10.0.2.10']);
    expect(events).toEqual([]);
  });

  test('divide the part of a group among its targets', async () => {
    await forward([groups.blue, 30], [groups.green, 10]);
    await serve(groups.blue, '10.0.1.10');
    await serve(groups.blue, '10.0.1.11');
    await serve(groups.green, '10.0.2.10');
    expect(shares()).toEqual(['15 10.0.1.10', '15 10.0.1.11', '10 10.0.2.10']);
  });

  test('give nothing to the other group in place of one without a target', async () => {
    await forward([groups.blue, 30], [groups.green, 10]);
    await serve(groups.blue, '10.0.1.10');
    expect(shares()).toEqual(['30 10.0.1.10', '10 no target']);
  });

  test('leave a group at 0 in use, so that its targets are checked', async () => {
    await createHands(rig, groups.green).register({ Id: '10.0.2.10' });
    expect(await states(groups.green)).toEqual(['10.0.2.10:5432 unused']);
    await forward([groups.blue, 1], [groups.green, 0]);
    expect(await states(groups.green)).toEqual(['10.0.2.10:5432 initial']);
    expect(shares()).toEqual(['1 no target']);
  });

  test('are told by DescribeListeners', async () => {
    await forward([groups.blue, 999], [groups.green, 0]);
    const { Listeners = [] } = await rig.client.send(new DescribeListenersCommand({ ListenerArns: [listenerArn] }));
    expect(Listeners[0]?.DefaultActions).toEqual([
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: groups.blue.arn, Weight: 999 },
            { TargetGroupArn: groups.green.arn, Weight: 0 },
          ],
        },
      },
    ]);
  });
});

describe('another group for a listener', () => {
  test('is registered with the load balancer only then: new connections find no target until it is', async () => {
    await serve(groups.blue, '10.0.1.10');
    await createHands(rig, groups.green).register({ Id: '10.0.2.10' });
    await forward([groups.green]);
    expect(await states(groups.blue)).toEqual(['10.0.1.10:5432 unused']);
    seconds(74.9);
    expect(shares()).toEqual(['1 10.0.1.10']);
    seconds(0.1);
    expect(shares()).toEqual(['1 no target']);
    seconds(15);
    expect(shares()).toEqual(['1 10.0.2.10']);
  });

  test('ends no old connection to the former one, whose termination does not apply, but lets go of it', async () => {
    await serve(groups.blue, '10.0.1.10');
    await forward([groups.green]);
    seconds(300);
    expect(events).toEqual(['retire blue']);
  });
});

describe('ModifyListener refuses, and changes nothing', () => {
  const other = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/0123456789abcdef';
  const modify = (action: object, more: object = {}) =>
    rig.client.send(
      new ModifyListenerCommand({
        ListenerArn: listenerArn,
        DefaultActions: [{ Type: 'forward', ...action }],
        ...more,
      }),
    );
  const unchanged = async () => {
    const { Listeners = [] } = await rig.client.send(new DescribeListenersCommand({ ListenerArns: [listenerArn] }));
    expect(Listeners[0]?.DefaultActions?.[0]?.TargetGroupArn).toBe(groups.blue.arn);
  };
  afterEach(() => unchanged());

  test('a weight outside 0 to 999', async () => {
    for (const weight of [-1, 1000])
      await expect(forward([groups.blue, weight], [groups.green, 1])).rejects.toMatchObject({
        name: 'ValidationError',
        message: 'The weight for each target group must be between 0 and 999, inclusive',
      });
  });

  test('several groups without a weight for each, or one group twice', async () => {
    await expect(forward([groups.blue, 1], [groups.green])).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(forward([groups.blue, 1], [groups.blue, 2])).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('more than five groups', async () => {
    const many = ['c', 'd', 'e', 'f'].map((name) => rig.elbv2.createTargetGroup({ name, port: 5432 }));
    const all = [groups.blue, groups.green, ...many].map((one) => [one, 1] as const);
    await expect(forward(...all)).rejects.toMatchObject({
      name: 'TooManyUniqueTargetGroupsPerLoadBalancerException',
    });
    await forward(...all.slice(0, 5));
    await forward([groups.blue]);
  });

  test('an unknown group, an unknown listener, and no forward at all', async () => {
    await expect(modify({ TargetGroupArn: other })).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
    await expect(
      modify({ TargetGroupArn: groups.green.arn }, { ListenerArn: `${listenerArn}0` }),
    ).rejects.toMatchObject({
      name: 'ListenerNotFoundException',
    });
    await expect(modify({ Type: 'redirect' })).rejects.toMatchObject({ name: 'InvalidLoadBalancerActionException' });
    await expect(modify({})).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('a group beside others, several actions, and another port, which the sandbox cannot change', async () => {
    const both = { TargetGroups: [{ TargetGroupArn: groups.green.arn, Weight: 1 }] };
    await expect(modify({ TargetGroupArn: groups.blue.arn, ForwardConfig: both })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    const action = { Type: 'forward' as const, TargetGroupArn: groups.green.arn };
    await expect(modify({}, { DefaultActions: [action, action] })).rejects.toMatchObject({
      name: 'TooManyActionsException',
    });
    await expect(modify(action, { Port: 6432 })).rejects.toMatchObject({ name: 'ValidationError' });
  });
});
