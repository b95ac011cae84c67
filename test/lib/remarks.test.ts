import { describe, expect, test } from 'vitest';
import type { Role } from '../../lib/domain.ts';
import type { GroupNature, Home, Nature } from '../../lib/nature.ts';
import { remarksOn } from '../../lib/remarks.ts';
import { instanceEvent, natureIn, respondIn, scheduled } from './invocations.ts';
import { a, cluster, healthy, instance, instanceWorld } from './scene.ts';
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
    const world = instanceWorld(a, healthy(a));
    placeIn(world);
    const count = natureIn(world, { vpcId: 'vpc-1', loadBalancers: [{ name: 'orders', zones: ['z3', 'z1'] }] });
    expect((await respondIn(world, { action: 'resync' })).report).not.toHaveProperty('detail');
    expect(count.asked).toBe(1);
    for (const payload of [event, scheduled]) await respondIn(world, payload);
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
    expect(on('instance', 'writer', { memberOf: 'shop' })[0]).toContain('member of cluster shop');
    expect(on('cluster', 'writer', { engine: 'docdb' })[0]).toContain('Amazon DocumentDB cluster (engine docdb)');
    expect(on('cluster', 'writer', { engine: 'neptune' })[0]).toContain('Amazon Neptune cluster');
    expect(on('cluster', 'reader', { engine: 'aurora-mysql', replicaOf: 'main' })).toEqual([]);
    expect(remarksOn(instance, { instances: [] })).toEqual([]);
  });
});
