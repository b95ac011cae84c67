import { describe, expect, test } from 'vitest';
import { cutOff } from '../../../lib/decision/served.ts';
import type { RegisteredTarget, Target } from '../../../lib/domain.ts';
import { instanceEvent, respondIn, scheduled } from '../invocations.ts';
import { a, b, healthy, instanceWorld, showInstance } from '../scene.ts';
import { worldWith } from '../world.ts';

const unused = (target: Target): RegisteredTarget => ({ ...target, state: 'unused', reason: 'Target.NotInUse' });

const event = instanceEvent('RDS-EVENT-0049');

test('a target that is not registered is not called cut off', () => {
  expect(cutOff([a], [{ ...a, state: 'unused', reason: 'Target.NotRegistered' }, healthy(b)])).toEqual([]);
});

describe('a failover into a zone where the load balancer has no subnet', () => {
  test.each([event, { action: 'resync' }])(
    'registers the writer, keeps the former one, and is not in sync: %j',
    async (payload) => {
      const world = worldWith(healthy(a));
      const { group } = world;
      const register = group.register.bind(group);
      group.register = async (targets) => {
        await register(targets);
        for (const target of targets) group.put(target, 'unused', 'Target.NotInUse');
      };
      showInstance(world, b);
      const { report, measurements } = await respondIn(world, payload);
      expect(report).toMatchObject({
        outcome: 'waiting',
        registered: ['10.0.2.10:5432'],
        deregistered: [],
        stale: ['10.0.1.10:5432'],
        detail: expect.stringMatching(/^no traffic reaches 10\.0\.2\.10:5432 in its zone .*aws elbv2 set-subnets/),
      });
      expect(group.live()).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
      expect(measurements.some(({ name }) => name === 'Success')).toBe(false);
    },
  );

  test('is over once there is a subnet: then the former one leaves', async () => {
    const world = instanceWorld(b, healthy(a), { ...b, state: 'initial' });
    const { report } = await respondIn(world, { action: 'resync' });
    expect(report).toMatchObject({ outcome: 'changed', deregistered: ['10.0.1.10:5432'] });
  });

  test('names the zone where the API does', async () => {
    const world = instanceWorld(a, { ...unused(a), unservedZone: 'eu-central-1c' });
    const { report } = await respondIn(world, scheduled);
    expect(report).toMatchObject({
      outcome: 'waiting',
      detail: expect.stringContaining('10.0.1.10:5432 in eu-central-1c'),
    });
  });

  test('is none where no load balancer uses the group', async () => {
    const world = instanceWorld(a, unused(a));
    expect((await respondIn(world, scheduled)).report).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('a zonal shift', () => {
  const shifted = { ...healthy(a), override: 'zonal_shift_active' };

  test('is told by status and doctor, though the target is healthy', async () => {
    const world = instanceWorld(a, shifted);
    const { report } = await respondIn(world, { action: 'status' });
    expect(report).toMatchObject({
      outcome: 'in-sync',
      detail: '10.0.1.10:5432 is healthy, and it gets no new connections: zonal_shift_active (AdministrativeOverride)',
      targets: [{ target: '10.0.1.10:5432', state: 'healthy', override: 'zonal_shift_active' }],
    });
    const { checks = [] } = (await respondIn(world, { action: 'doctor' })).report;
    expect(checks.find(({ check }) => check === 'target-healthy')).toMatchObject({
      result: 'failed',
      detail: '10.0.1.10:5432 healthy (zonal_shift_active: no new connections)',
    });
  });
});

test('an override that ELBv2 knows nothing more about is told, and is no reason for anything', async () => {
  const world = instanceWorld(a, { ...healthy(a), override: 'zonal_shift_delegated_to_dns' });
  const { report } = await respondIn(world, { action: 'doctor' });
  expect(report.detail).toContain('ARC tells whether it gets new connections: zonal_shift_delegated_to_dns');
  expect(report.checks?.find(({ check }) => check === 'target-healthy')).toMatchObject({
    result: 'ok',
    detail: '10.0.1.10:5432 healthy (zonal_shift_delegated_to_dns)',
  });
});
