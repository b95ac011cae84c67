import { describe, expect, test } from 'vitest';
import type { Plan, RegisteredTarget, Role, Target, Trigger } from '../../lib/domain.ts';
import type { GroupNature, Home, Nature } from '../../lib/nature.ts';
import type { Owner } from '../../lib/observations/owners.ts';
import { nothingHeard } from '../../lib/observations/probe.ts';
import { newState, type RunState, type Unshown } from '../../lib/observations/run-state.ts';
import {
  longUnshownOf,
  remarksOf,
  remarksOn,
  remarksOnGroup,
  unreached,
  unshownMessage,
  unverified,
  zoneGap,
  zoneGaps,
} from '../../lib/remarks.ts';
import { instanceEvent, natureIn, respondIn, scheduled } from './invocations.ts';
import { heardFrom, reader, type Said, silent, writer } from './prober.ts';
import { a, b, begin, c, cluster, healthy, hostname, instance, instanceWorld } from './scene.ts';
import type { World } from './world.ts';

const event = instanceEvent('RDS-EVENT-0049');

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

describe('a manual run', () => {
  test('compares the zones of the load balancer with those of the database, and names subnet and remedy', async () => {
    const world = instanceWorld(a, healthy(a));
    placeIn(world);
    natureIn(world, { targetType: 'ip', vpcId: 'vpc-1', loadBalancers: [balancer] });
    for (const action of ['resync', 'plan']) {
      const { report } = await respondIn(world, { action });
      expect(report).toMatchObject({
        outcome: 'in-sync',
        detail: expect.stringMatching(
          /load balancer orders has no subnet in z3, .*no traffic.*\{"id": "subnet-3", "zone": "z3"\}/,
        ),
      });
    }
  });

  test('says nothing where all zones are there, and does not ask for an event, the schedule or a status', async () => {
    const world = instanceWorld(a, healthy(a));
    placeIn(world);
    const count = natureIn(world, { vpcId: 'vpc-1', loadBalancers: [{ name: 'orders', zones: ['z3', 'z1'] }] });
    expect((await respondIn(world, { action: 'resync' })).report).not.toHaveProperty('detail');
    expect(count.asked).toBe(1);
    for (const payload of [event, scheduled, { action: 'status' }]) await respondIn(world, payload);
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
    const world = instanceWorld(a, healthy(a));
    placeIn(world);
    natureIn(world, nature);
    const { report } = await respondIn(world, { action: 'resync' });
    expect(report).toMatchObject({ outcome: 'in-sync', detail: expect.stringMatching(said) });
  });

  test('goes on where the group could not be described', async () => {
    const world = instanceWorld(a, healthy(a));
    natureIn(world, undefined);
    expect((await respondIn(world, { action: 'resync' })).report).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('what is said beside a result', () => {
  const on = (kind: 'instance' | 'cluster', role: Role, nature: Nature) =>
    remarksOn({ ...(kind === 'instance' ? instance : cluster), role }, { instances: [], nature });

  test('is what surprises, and no more', () => {
    expect(on('instance', 'writer', { replicaOf: 'main' })).toEqual([
      'orders is a replica of main, which takes the writes',
    ]);
    expect(on('instance', 'writer', { memberOf: 'shop' })).toEqual([
      'orders is a member of cluster shop: after a failover it may be a reader',
    ]);
    expect(on('cluster', 'writer', { engine: 'docdb' })).toEqual([
      'orders is an Amazon DocumentDB cluster (engine docdb); it is followed like Aurora',
    ]);
    expect(on('cluster', 'writer', { engine: 'neptune' })).toEqual([
      'orders is an Amazon Neptune cluster (engine neptune); it is followed like Aurora',
    ]);
    expect(on('instance', 'writer', { memberOf: 'shop', replicaOf: 'main' })).toEqual([
      'orders is a member of cluster shop: after a failover it may be a reader',
      'orders is a replica of main, which takes the writes',
    ]);
    expect(on('cluster', 'reader', { engine: 'aurora-mysql', replicaOf: 'main' })).toEqual([]);
    expect(remarksOn(instance, { instances: [] })).toEqual([]);
  });
});

describe('where the group is', () => {
  const elsewhere =
    'the group is in vpc-2, the database in vpc-1: it is reached through peering or a transit gateway alone, and no address of vpc-2 may be the same';

  test.each<[string, GroupNature, Home | undefined, string[]]>([
    ['in another VPC', { vpcId: 'vpc-2' }, home, [elsewhere]],
    ['in the same VPC', { vpcId: 'vpc-1' }, home, []],
    ['not told', {}, home, []],
    ['told, and where the database is not', { vpcId: 'vpc-2' }, undefined, []],
    ['told, and of the database the subnets alone', { vpcId: 'vpc-2' }, { subnets: home.subnets }, []],
    ['as little told as where the database is', {}, { subnets: [] }, []],
  ])('is remarked only when both are told and differ: %s', (_, group, place, remarks) => {
    expect(remarksOnGroup(group, place)).toEqual(remarks);
  });

  test('is remarked after TLS and before zones that were not compared', () => {
    expect(remarksOnGroup({ protocol: 'TLS', vpcId: 'vpc-2', unread: 'grant x' }, home)).toEqual([
      'the group speaks TLS from the first byte, which PostgreSQL and MySQL do not: use protocol TCP',
      elsewhere,
      "the zones of the load balancer were not compared with the database's: grant x",
    ]);
  });
});

describe('zones that the load balancer lacks', () => {
  const spread: Home = { vpcId: 'vpc-1', subnets: [...home.subnets, { id: 'subnet-4', zone: 'z4' }] };
  const gap =
    'load balancer orders has no subnet in z3, z4, where the database may be: a target there gets no traffic. Add one to "vpc.subnets", for example ' +
    '{"id": "subnet-3", "zone": "z3"}, {"id": "subnet-4", "zone": "z4"}, or to a load balancer of your own with aws elbv2 set-subnets ' +
    '--load-balancer-arn ARN --subnets SUBNETS (the whole list)';

  test('are all named, each with a subnet to add', () => {
    expect(zoneGap(balancer, spread)).toBe(gap);
  });

  test('are named once, though the database has two subnets there', () => {
    const twice: Home = { subnets: [...home.subnets, { id: 'subnet-5', zone: 'z3' }] };
    expect(zoneGap(balancer, twice)).toContain('has no subnet in z3, where');
  });

  test('are told of each load balancer that lacks some', () => {
    const whole = { name: 'shop', zones: ['z1', 'z3', 'z4'] };
    expect(zoneGaps({ loadBalancers: [whole, balancer] }, spread)).toEqual([gap]);
  });

  test.each<[string, GroupNature | undefined, Home | undefined]>([
    ['the group', undefined, spread],
    ['the load balancers', {}, spread],
    ['the place of the database', { loadBalancers: [balancer] }, undefined],
    ['a place in the same VPC', { vpcId: 'vpc-2', loadBalancers: [balancer] }, spread],
  ])('are not known without %s', (_, group, place) => {
    expect(zoneGaps(group, place)).toBeUndefined();
  });
});

describe('what a report says beside its result', () => {
  const resync: Trigger = { kind: 'manual', at: 0, action: 'resync' };
  const stateWith = (more: Partial<RunState>): RunState => ({ ...newState(0), ...more });
  const remarks = (more: Partial<RunState>, trigger: Trigger = begin, database = instance) =>
    remarksOf({ database, trigger }, stateWith(more));
  const observed = (...targets: readonly RegisteredTarget[]) => ({ observed: { readAt: 0, at: 0, targets } });
  const wanted = (...targets: readonly Target[]) =>
    ({ desired: { kind: 'targets', targets, evidence: { complete: true, since: 0 } } }) as const;

  test('of targets that no connection reaches names each with its zone', () => {
    const cut: RegisteredTarget[] = [
      { ...a, state: 'unused', unservedZone: 'z3' },
      { ...b, state: 'unused' },
    ];
    expect(remarks({ ...wanted(...cut), ...observed(...cut, healthy(c)) })).toEqual([
      'no traffic reaches 10.0.1.10:5432 in z3, 10.0.2.10:5432 in its zone (Target.NotInUse): the load balancer has no subnet in that zone, or does not use ' +
        'the group yet. Give it a subnet there ("vpc.subnets", or aws elbv2 set-subnets --load-balancer-arn ARN --subnets SUBNETS with the whole list); ' +
        'until then nothing is removed in favour of this target',
    ]);
  });

  test('of a target that is unused for another reason gives that one, and no advice about subnets', () => {
    const unusable: RegisteredTarget = { ...a, state: 'unused', reason: 'Target.IpUnusable' };
    expect(remarks({ ...wanted(unusable), ...observed(unusable, healthy(c)) })).toEqual([
      'no traffic reaches 10.0.1.10:5432 (Target.IpUnusable): the load balancer cannot use it. Find out what has that address; until then nothing is removed in favour of this target',
    ]);
  });

  test('counts as unreached only what is wanted', () => {
    const cut: RegisteredTarget = { ...a, state: 'unused', unservedZone: 'z3' };
    expect(unreached({ ...wanted(b), ...observed(cut) })).toEqual([]);
    expect(unreached({ ...wanted(a), ...observed(cut) })).toEqual([cut]);
    expect(unreached(wanted(a))).toEqual([]);
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'no member' } as const;
    expect(unreached({ desired: hold, ...observed(cut) })).toEqual([]);
    expect(unreached(observed(cut))).toEqual([]);
  });

  test('names what is left to the drift check, and nothing that waits for something else', () => {
    const waiting = (reason: 'drift-check' | 'absence'): Plan => ({ kind: 'waiting', for: reason, stale: [a, b] });
    expect(remarks({ plan: waiting('drift-check') })).toEqual([
      '10.0.1.10:5432, 10.0.2.10:5432 left to the next drift check: a run that an event woke deregisters only beside what it has registered itself',
    ]);
    expect(remarks({ plan: waiting('absence') })).toEqual([]);
  });

  test('names what has not been shown for an hour with its minutes, and no target that may yet be shown', () => {
    const unshown: Unshown[] = [
      { target: a, forMs: 3_660_000, isLong: true },
      { target: b, forMs: 7_259_999, isLong: true },
      { target: c, forMs: 60_000, isLong: false },
    ];
    const said =
      'healthy targets that no answer of orders.example.eu-central-1.rds.amazonaws.com has shown: 10.0.1.10:5432 (for 61 min), ' +
      "10.0.2.10:5432 (for 120 min). They get connections. Find out who registered them, and deregister what is not the database's";
    expect(remarks({ unshown }, begin, hostname)).toEqual([said]);
    expect(unshownMessage(hostname, longUnshownOf({ unshown }))).toBe(said);
    expect(longUnshownOf({})).toEqual([]);
  });

  test('names what was registered although its owner could not be read, and nothing else', () => {
    const unread: Owner = { kind: 'unread', why: 'EC2 does not answer' };
    const owners = (ownerOfA: Owner, ownerOfB: Owner) =>
      new Map([
        [a.ip, { ...ownerOfA, at: 0 }],
        [b.ip, { ...ownerOfB, at: 0 }],
      ]);
    const saidOf = (ip: string) => `${ip} was registered unverified: EC2 does not answer`;
    expect(remarks({ owners: owners(unread, unread), registered: [a, b] })).toEqual([saidOf(a.ip), saidOf(b.ip)]);
    expect(unverified({ owners: owners(unread, { kind: 'own' }), registered: [a, b] })).toEqual([saidOf(a.ip)]);
    expect(unverified({ owners: owners(unread, unread), registered: [b] })).toEqual([saidOf(b.ip)]);
    expect(unverified({ owners: owners(unread, unread), registered: [] })).toEqual([]);
    expect(unverified({ owners: owners(unread, { kind: 'own' }), registered: [b] })).toEqual([]);
  });

  test('tells the writer that the members confirmed, or what each of them said instead', () => {
    const heard = (...said: readonly Said[]) =>
      remarks({ observations: { ...newState(0).observations, heard: heardFrom(said) } });
    expect(heard([a, reader, 0], [b, writer, 0], [b, writer, 250])).toEqual([
      'the probe confirmed 10.0.2.10:5432 as the writer',
    ]);
    const denied = { kind: 'unknown', why: 'password authentication failed' } as const;
    expect(heard([a, denied, 0], [b, reader, 0])).toEqual([
      'the probe confirmed no writer: 10.0.1.10:5432 unknown (password authentication failed), 10.0.2.10:5432 reader',
    ]);
    expect(heard()).toEqual(['the probe confirmed no writer: no member was asked']);
    expect(remarks({ observations: { ...newState(0).observations, heard: nothingHeard } })).toEqual([]);
    const silentSince = [
      [b, writer, 0],
      [b, writer, 250],
      [b, silent, 3000],
    ] as const;
    expect(heard(...silentSince)[0]).toContain('confirmed no writer: 10.0.2.10:5432 unknown');
  });

  test.each<[string, RegisteredTarget, string]>([
    [
      'a healthy one that was shifted away',
      { ...healthy(a), override: 'zonal_shift_active' },
      'healthy, and it gets no new connections: zonal_shift_active',
    ],
    [
      'a healthy one that ARC knows of',
      { ...healthy(a), override: 'zonal_shift_delegated_to_dns' },
      'healthy, and ARC tells whether it gets new connections: zonal_shift_delegated_to_dns',
    ],
    [
      'one that is not healthy anyway',
      { ...a, state: 'unhealthy', override: 'zonal_shift_delegated_to_dns' },
      'unhealthy, and it gets no new connections: zonal_shift_delegated_to_dns',
    ],
  ])('tells an operator of a target with an override, and of no other: %s', (_, target, said) => {
    const state = observed(healthy(b), target);
    expect(remarks(state, resync)).toEqual([`10.0.1.10:5432 is ${said} (AdministrativeOverride)`]);
    expect(remarks(state)).toEqual([]);
  });

  test('tells an operator what is unusual about the database and its group, and the schedule nothing of it', () => {
    const topology = { instances: [], nature: { replicaOf: 'main' }, home };
    const state: Partial<RunState> = {
      topology: { at: 0, observation: { kind: 'seen', topology }, pollIntervalMs: 0 },
      group: { protocol: 'TLS' },
    };
    expect(remarks(state, resync)).toEqual([
      'orders is a replica of main, which takes the writes',
      'the group speaks TLS from the first byte, which PostgreSQL and MySQL do not: use protocol TCP',
    ]);
    expect(remarks(state, { kind: 'schedule', at: 0 })).toEqual([]);
    expect(remarks(state, begin)).toEqual([]);
  });

  test('is nothing where nothing was seen', () => {
    expect(remarks({}, resync)).toEqual([]);
  });
});
