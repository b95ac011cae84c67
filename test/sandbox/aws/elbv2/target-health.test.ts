import { DescribeLoadBalancersCommand, SetSubnetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGroupView, type GroupView } from '../../../../sandbox/data-plane/load-balancer/group-view.ts';
import { createDelays } from '../../../../sandbox/world/load-balancer-delays.ts';
import type { TargetChange, TargetGroup } from '../../../../sandbox/world/types.ts';
import { createHands, createRig, createUsedGroup, type Rig } from './rig.ts';

let rig: Rig;
let group: TargetGroup;
let hands: ReturnType<typeof createHands>;

let view: GroupView;
const routable = () => view.routable().map(({ ip }) => ip);

const choose = (chosen: TargetGroup) => {
  group = chosen;
  hands = createHands(rig, group);
  view = createGroupView({
    ...{ targetGroup: group, clock: rig.clock, journal: rig.journal, delays: createDelays('ideal', () => 0) },
    ...{ changed: () => {}, cut: () => {}, isForwardedTo: () => true },
  });
};
beforeEach(async () => {
  rig = await createRig();
  choose(createUsedGroup(rig));
});
afterEach(() => rig.close());

const useGroupWith = (attributes: Record<string, string>) => {
  const created = rig.elbv2.createTargetGroup({ name: 'other', port: 5432, attributes });
  rig.elbv2.createLoadBalancer({ name: 'other', listeners: [{ port: 5432, targetGroupArn: created.arn }] });
  choose(created);
};

describe('DescribeTargetHealth behind the writes', () => {
  test('tells what was before a write until the lag is over, of every target and of the one that is asked for', async () => {
    await hands.register({ Id: '10.0.1.10' });
    rig.elbv2.setTargetHealthLag(5000);
    await hands.register({ Id: '10.0.2.10' });
    hands.seconds(3);
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(1.9);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
    const [asked] = await hands.health({ Id: '10.0.2.10', Port: 5432 });
    expect(asked?.TargetHealth?.Reason).toBe('Target.NotRegistered');
    hands.seconds(0.2);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial', '10.0.2.10:5432 initial']);
    hands.seconds(3);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 draining', '10.0.2.10:5432 initial']);
    rig.elbv2.setTargetHealthLag(0);
    await hands.register({ Id: '10.0.1.11' });
    expect(await hands.states()).toHaveLength(3);
  });
});

describe('target health', () => {
  test('counts probes only after the registration delay', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.probe('10.0.1.10', true, true, true, true, true);
    hands.seconds(14.9);
    hands.probe('10.0.1.10', true, true, true, true, true);
    expect((await hands.health())?.[0]?.TargetHealth?.Reason).toBe('Elb.RegistrationInProgress');
    hands.seconds(0.1);
    hands.probe('10.0.1.10', true, true, true, true);
    expect((await hands.health())?.[0]?.TargetHealth?.Reason).toBe('Elb.InitialHealthChecking');
    hands.probe('10.0.1.10', true);
    expect((await hands.health())?.[0]?.TargetHealth).toEqual({ State: 'healthy' });
  });

  test('needs consecutive probes for a change of health', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.seconds(15);
    hands.probe('10.0.1.10', true, true, true, true, false, true, true, true, true);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
    hands.probe('10.0.1.10', true, false, true, false);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 healthy']);
    hands.probe('10.0.1.10', false);
    expect((await hands.health())?.[0]?.TargetHealth).toEqual({
      State: 'unhealthy',
      Reason: 'Target.FailedHealthChecks',
      Description: 'Health checks failed',
    });
    hands.probe('10.0.1.10', true, true, true, true, true);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 healthy']);
  });

  test('does not count probes of a draining target', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    await hands.deregister({ Id: '10.0.1.10' });
    hands.probe('10.0.1.10', true, false, false, false);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 draining']);
  });

  test('calls a new target unhealthy when its first probes fail', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.seconds(15);
    hands.probe('10.0.1.10', false, false);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 unhealthy']);
  });

  test.each(['true', 'false'])(
    'does not let a target drain that is cut off, or never was healthy: %s',
    async (cutOff) => {
      useGroupWith({
        'target_health_state.unhealthy.connection_termination.enabled': cutOff,
        'target_health_state.unhealthy.draining_interval_seconds': '60',
      });
      await hands.register({ Id: '10.0.1.10' });
      hands.seconds(15);
      if (cutOff === 'true') hands.probe('10.0.1.10', true, true, true, true, true);
      hands.probe('10.0.1.10', false, false);
      expect(await hands.states()).toEqual(['10.0.1.10:5432 unhealthy']);
    },
  );

  test('lets an unhealthy target drain first where the group asks for it', async () => {
    useGroupWith({
      'target_health_state.unhealthy.connection_termination.enabled': 'false',
      'target_health_state.unhealthy.draining_interval_seconds': '60',
    });
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    hands.probe('10.0.1.10', false, false);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 unhealthy.draining']);
    hands.seconds(60);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 unhealthy']);
  });

  test('answers for the targets that are asked for, and says which are not registered', async () => {
    await hands.register({ Id: '10.0.1.10' }, { Id: '10.0.2.10' });
    const asked = await hands.health({ Id: '10.0.2.10' }, { Id: '10.0.1.10', Port: 6000 });
    expect(asked?.map(({ Target, TargetHealth }) => [Target?.Id, TargetHealth?.State, TargetHealth?.Reason])).toEqual([
      ['10.0.2.10', 'initial', 'Elb.RegistrationInProgress'],
      ['10.0.1.10', 'unused', 'Target.NotRegistered'],
    ]);
  });

  test('calls targets unused until a load balancer uses the group', async () => {
    choose(rig.elbv2.createTargetGroup({ name: 'spare', port: 5432 }));
    await hands.register({ Id: '10.0.1.10' });
    hands.seconds(60);
    expect((await hands.health())?.[0]?.TargetHealth).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' });
    rig.elbv2.createLoadBalancer({ name: 'late', listeners: [{ port: 1, targetGroupArn: group.arn }] });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
  });

  test('lets an unused target go at once', async () => {
    choose(rig.elbv2.createTargetGroup({ name: 'spare', port: 5432 }));
    await hands.register({ Id: '10.0.1.10' });
    await hands.deregister({ Id: '10.0.1.10' });
    expect(await hands.states()).toEqual([]);
  });

  test('calls a target unused in a zone that the load balancer does not serve', async () => {
    await hands.register({ Id: '10.0.3.10' });
    hands.makeHealthy('10.0.3.10');
    expect((await hands.health())?.[0]?.TargetHealth).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' });
  });
});

describe('the zones of the load balancer', () => {
  const zoneOf = (...letters: string[]) => letters.map((letter) => `subnet-${'abc'.indexOf(letter) + 1}`);
  const setSubnets = async (...Subnets: string[]) => {
    const [balancer] = (await rig.client.send(new DescribeLoadBalancersCommand({}))).LoadBalancers ?? [];
    return rig.client.send(new SetSubnetsCommand({ LoadBalancerArn: balancer?.LoadBalancerArn, Subnets }));
  };

  test('are chosen anew: a target in a new one is taken up, and one in a lost one is unused', async () => {
    await hands.register({ Id: '10.0.1.10' }, { Id: '10.0.3.10' });
    hands.makeHealthy('10.0.1.10');
    expect(await hands.states()).toEqual(['10.0.1.10:5432 healthy', '10.0.3.10:5432 unused']);
    const { AvailabilityZones = [] } = await setSubnets(...zoneOf('b', 'c'));
    expect(AvailabilityZones.map(({ ZoneName }) => ZoneName)).toEqual(['eu-central-1b', 'eu-central-1c']);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 unused', '10.0.3.10:5432 initial']);
    hands.makeHealthy('10.0.3.10');
    expect(routable()).toEqual(['10.0.3.10']);
  });

  test('are refused when a subnet is unknown, or two lie in one zone', async () => {
    await expect(setSubnets('subnet-9')).rejects.toMatchObject({ name: 'SubnetNotFoundException' });
    await expect(setSubnets('subnet-1', 'subnet-1')).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
    });
    await expect(setSubnets()).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('may be shifted away from: targets there stay healthy, say so, and get no new connections', async () => {
    const created = rig.elbv2.createTargetGroup({ name: 'other', port: 5432 });
    const balancer = rig.elbv2.createLoadBalancer({ name: 'b', listeners: [{ port: 1, targetGroupArn: created.arn }] });
    choose(created);
    await hands.register({ Id: '10.0.1.10' }, { Id: '10.0.2.10' });
    hands.makeHealthy('10.0.1.10');
    hands.probe('10.0.2.10', true, true, true, true, true);
    balancer.shiftedZone = 'eu-central-1a';
    expect((await hands.health()).map((one) => [one.TargetHealth?.State, one.AdministrativeOverride?.State])).toEqual([
      ['healthy', 'zonal_shift_active'],
      ['healthy', undefined],
    ]);
    expect(routable()).toEqual(['10.0.2.10']);
  });
});

describe('the data plane', () => {
  test('routes to healthy targets only', async () => {
    await hands.register({ Id: '10.0.1.10' }, { Id: '10.0.2.10' });
    hands.makeHealthy('10.0.1.10');
    expect(routable()).toEqual(['10.0.1.10']);
  });

  test('routes to every target when none is healthy, but not to draining, unused or still unknown ones', async () => {
    await hands.register({ Id: '10.0.1.10' }, { Id: '10.0.1.11' }, { Id: '10.0.2.10' }, { Id: '10.0.3.10' });
    hands.makeHealthy('10.0.1.10');
    hands.probe('10.0.1.10', false, false);
    await hands.deregister({ Id: '10.0.1.11' });
    await hands.register({ Id: '10.0.1.12' });
    expect(routable()).toEqual(['10.0.1.10', '10.0.2.10']);
  });

  test('is told of every change of a state until it stops listening', async () => {
    const changes: TargetChange[] = [];
    const stop = group.onChange((change) => changes.push(change));
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(300);
    stop();
    await hands.register({ Id: '10.0.1.10' });
    const target = { ip: '10.0.1.10', port: 5432 };
    expect(changes).toEqual([
      { ...target, to: 'initial' },
      { ...target, from: 'initial', to: 'healthy' },
      { ...target, from: 'healthy', to: 'draining' },
      { ...target, from: 'draining' },
    ]);
  });

  test('finds each change in the journal', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(300);
    const told = rig.journal.all().filter(({ what }) => what.startsWith('target-'));
    expect(told.map(({ what }) => what)).toEqual([
      'target-initial',
      'target-healthy',
      'target-draining',
      'target-gone',
    ]);
    expect(told[3]?.detail).toMatchObject({ group: 'orders-writer', ip: '10.0.1.10', port: 5432, from: 'draining' });
  });
});
