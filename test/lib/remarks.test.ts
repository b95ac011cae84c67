import { describe, expect, test } from 'vitest';
import type { RegisteredTarget, Target } from '../../lib/domain.ts';
import { respond } from '../../lib/invocation.ts';
import type { GroupNature, Home } from '../../lib/nature.ts';
import { type Config, configFromEnv } from '../../lib/settings/config.ts';
import {
  a,
  b,
  createFakeGroup,
  createWorld,
  healthy,
  memberHost,
  showCluster,
  showInstance,
  type World,
} from './world.ts';

const configOf = (env: Record<string, string> = {}): Config =>
  configFromEnv({
    DATABASE_NAME: 'orders',
    DATABASE_KIND: 'instance',
    DATABASE_ID: 'orders',
    TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
    ...env,
  });
const respondIn = (world: World, event: unknown, config = configOf()) =>
  world.clock.run(respond(world.ports, config, event, 300_000));
const unused = (target: Target): RegisteredTarget => ({ ...target, state: 'unused', reason: 'Target.NotInUse' });
const event = {
  source: 'aws.rds',
  'detail-type': 'RDS DB Instance Event',
  resources: ['arn:aws:rds:eu-central-1:123456789012:db:orders'],
  detail: { EventID: 'RDS-EVENT-0049' },
};

/** The group as its API describes it, and how often it was asked. */
function natureIn(world: World, nature: GroupNature | undefined): { asked: number } {
  const count = { asked: 0 };
  Object.assign(world.ports.targetGroup, {
    nature: async () => {
      count.asked += 1;
      return nature;
    },
  });
  return count;
}
const home: Home = {
  vpcId: 'vpc-1',
  subnets: [
    { id: 'subnet-1', zone: 'z1' },
    { id: 'subnet-3', zone: 'z3' },
  ],
};
function placeIn(world: World): void {
  if (world.topology.kind !== 'seen') throw new Error('nothing is shown');
  world.topology = { kind: 'seen', topology: { ...world.topology.topology, home } };
}
const balancer = { name: 'orders', zones: ['z1', 'z2'] };

describe('a failover into a zone where the load balancer has no subnet', () => {
  test.each([event, { action: 'resync' }])(
    'registers the writer, keeps the former one, and is not in sync: %j',
    async (payload) => {
      const world = createWorld(createFakeGroup([healthy(a)]));
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
    const world = createWorld(createFakeGroup([healthy(a), { ...b, state: 'initial' }]));
    showInstance(world, b);
    const { report } = await respondIn(world, { action: 'resync' });
    expect(report).toMatchObject({ outcome: 'changed', deregistered: ['10.0.1.10:5432'] });
  });

  test('names the zone where the API does', async () => {
    const world = createWorld(createFakeGroup([{ ...unused(a), unservedZone: 'eu-central-1c' }]));
    showInstance(world, a);
    const { report } = await respondIn(world, { source: 'aws.scheduler' });
    expect(report).toMatchObject({
      outcome: 'waiting',
      detail: expect.stringContaining('10.0.1.10:5432 in eu-central-1c'),
    });
  });

  test('is none where no load balancer uses the group', async () => {
    const world = createWorld(createFakeGroup([unused(a)]));
    showInstance(world, a);
    expect((await respondIn(world, { source: 'aws.scheduler' })).report).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('a manual run', () => {
  test('compares the zones of the load balancer with those of the database, and names subnet and remedy', async () => {
    const world = createWorld(createFakeGroup([healthy(a)]));
    showInstance(world, a);
    placeIn(world);
    natureIn(world, { targetType: 'ip', vpcId: 'vpc-1', loadBalancers: [balancer] });
    for (const action of ['resync', 'status', 'plan']) {
      const { report } = await respondIn(world, { action });
      expect(report).toMatchObject({
        outcome: 'in-sync',
        detail: expect.stringMatching(
          /load balancer orders has no subnet in z3, .*no traffic.*\{"id": "subnet-3", "zone": "z3"\}/,
        ),
      });
    }
  });

  test('says nothing where all zones are there, and does not ask for an event or the schedule', async () => {
    const world = createWorld(createFakeGroup([healthy(a)]));
    showInstance(world, a);
    placeIn(world);
    const count = natureIn(world, { vpcId: 'vpc-1', loadBalancers: [{ name: 'orders', zones: ['z3', 'z1'] }] });
    expect((await respondIn(world, { action: 'resync' })).report).not.toHaveProperty('detail');
    expect(count.asked).toBe(1);
    for (const payload of [event, { source: 'aws.scheduler' }]) await respondIn(world, payload);
    expect(count.asked).toBe(1);
  });

  test.each<[string, GroupNature, RegExp]>([
    [
      'another VPC',
      { vpcId: 'vpc-2', loadBalancers: [balancer] },
      /^the group is in vpc-2, the database in vpc-1: it is reached through peering/,
    ],
    ['TLS', { protocol: 'TLS', loadBalancers: [] }, /speaks TLS from the first byte/],
    [
      'a role without the permission',
      { unread: 'grant x' },
      /zones of the load balancer were not compared.*: grant x$/,
    ],
  ])('says what is surprising about the group, and stops for none of it: %s', async (_, nature, said) => {
    const world = createWorld(createFakeGroup([healthy(a)]));
    showInstance(world, a);
    placeIn(world);
    natureIn(world, nature);
    const { report } = await respondIn(world, { action: 'resync' });
    expect(report).toMatchObject({ outcome: 'in-sync', detail: expect.stringMatching(said) });
  });

  test('goes on where the group could not be described', async () => {
    const world = createWorld(createFakeGroup([healthy(a)]));
    showInstance(world, a);
    natureIn(world, undefined);
    expect((await respondIn(world, { action: 'resync' })).report).toMatchObject({ outcome: 'in-sync' });
  });

  test.each<[GroupNature, string, RegExp]>([
    [{ targetType: 'alb' }, 'cluster', /of type alb: it holds Application Load Balancers/],
    [{ targetType: 'ip', protocol: 'UDP' }, 'cluster', /protocol of the target group is UDP/],
    [{ targetType: 'ip', protocol: 'HTTP' }, 'cluster', /protocol of the target group is HTTP/],
  ])(
    'is a fault before anything is changed where no database can stand in the group: %j',
    async (nature, kind, said) => {
      const world = createWorld(createFakeGroup());
      showCluster(world, 'orders-1', a);
      natureIn(world, nature);
      const config = configOf({ DATABASE_KIND: kind });
      for (const action of ['resync', 'status', 'plan'])
        expect((await respondIn(world, { action }, config)).fault).toMatchObject({
          code: 'InvalidConfiguration',
          message: expect.stringMatching(said),
        });
      expect(world.group.calls).toEqual([]);
      const { report, fault } = await respondIn(world, { action: 'doctor' }, config);
      expect(fault).toBeUndefined();
      expect(report.checks?.find(({ check }) => check === 'configuration-matches')).toMatchObject({
        result: 'failed',
        detail: expect.stringMatching(said),
      });
    },
  );

  test('follows a name in a group of HTTP: it may stand behind an Application Load Balancer', async () => {
    const world = createWorld(createFakeGroup());
    world.dns.set(memberHost('web'), { kind: 'addresses', addresses: [a.ip] });
    natureIn(world, { targetType: 'ip', protocol: 'HTTP', loadBalancers: [] });
    const config = configOf({ DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: memberHost('web'), TARGET_PORT: '80' });
    expect((await respondIn(world, { action: 'resync' }, config)).report).toMatchObject({
      registered: ['10.0.1.10:80'],
    });
  });
});

describe('a zonal shift', () => {
  const shifted = { ...healthy(a), override: 'zonal_shift_active' };

  test('is told by status and doctor, though the target is healthy', async () => {
    const world = createWorld(createFakeGroup([shifted]));
    showInstance(world, a);
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
  const world = createWorld(createFakeGroup([{ ...healthy(a), override: 'zonal_shift_delegated_to_dns' }]));
  showInstance(world, a);
  const { report } = await respondIn(world, { action: 'doctor' });
  expect(report.detail).toContain('ARC tells whether it gets new connections: zonal_shift_delegated_to_dns');
  expect(report.checks?.find(({ check }) => check === 'target-healthy')).toMatchObject({
    result: 'ok',
    detail: '10.0.1.10:5432 healthy (zonal_shift_delegated_to_dns)',
  });
});

test('the doctor says what the configuration is right about, and when it cannot know', async () => {
  const world = createWorld(createFakeGroup([healthy(a)]));
  showInstance(world, a);
  const check = async () =>
    (await respondIn(world, { action: 'doctor' })).report.checks?.find(
      ({ check }) => check === 'configuration-matches',
    );
  expect(await check()).toMatchObject({
    result: 'ok',
    detail: expect.stringContaining('are what the configuration says'),
  });
  if (world.topology.kind === 'seen')
    world.topology = { kind: 'seen', topology: { ...world.topology.topology, nature: { memberOf: 'shop' } } };
  expect(await check()).toMatchObject({ result: 'failed', detail: expect.stringContaining('member of cluster shop') });
  world.topology = { kind: 'not-found', message: 'no' };
  expect(await check()).toMatchObject({ result: 'not-checked' });
});
