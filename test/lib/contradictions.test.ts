import { describe, expect, test } from 'vitest';
import { identifierHint } from '../../lib/contradictions.ts';
import type { Database } from '../../lib/domain.ts';
import type { GroupNature, Nature } from '../../lib/nature.ts';
import { configOf, natureIn, respondIn } from './invocations.ts';
import {
  a,
  b,
  cluster,
  clusterWorld,
  healthy,
  instance,
  instanceWorld,
  member,
  memberHost,
  requestOf,
  run,
  seen,
  showCluster,
  showInstance,
} from './scene.ts';
import { type World, worldWith } from './world.ts';

const reader = (database: Database): Database => ({ ...database, role: 'reader' });

/** The world as it is, and what the API says the database is. */
function say(world: World, nature: Nature): void {
  if (world.topology.kind !== 'seen') throw new Error('nothing is shown');
  world.topology = { kind: 'seen', topology: { ...world.topology.topology, nature } };
}

describe('an entry that says something else than the API', () => {
  const member1 = { ...instance, id: 'orders-1' };
  test.each<[string, Database, Nature, string, RegExp]>([
    [
      'a member as an instance',
      member1,
      { memberOf: 'orders' },
      'ClusterMember',
      /^orders-1 is a member of cluster orders; use kind cluster/,
    ],
    [
      'a member as an instance with readers',
      reader(member1),
      { memberOf: 'orders' },
      'ClusterMember',
      /use kind cluster/,
    ],
    [
      'a member that is meant, with readers',
      reader({ ...member1, isMember: true }),
      { memberOf: 'orders' },
      'NoReader',
      /has no replicas of its own; use kind cluster with "role": "reader"/,
    ],
    [
      'a replica with readers',
      reader({ ...instance, id: 'orders-replica' }),
      { replicaOf: 'orders' },
      'NoReader',
      /^orders-replica is a replica of orders itself; use "id": "orders" with "role": "reader" .* or leave "role" out/,
    ],
    [
      'a replica of an instance in another Region, which cannot be followed from here',
      reader({ ...instance, id: 'orders-replica' }),
      { replicaOf: 'arn:aws:rds:us-east-1:123456789012:db:orders' },
      'NoReader',
      /^orders-replica is a replica of arn:\S+:orders itself; leave "role" out to follow orders-replica alone$/,
    ],
    [
      'a cluster of Serverless v1',
      cluster,
      { design: 'serverless-v1' },
      'NoWriter',
      /is an Aurora Serverless v1 cluster, .*; use kind hostname with orders\.cluster/,
    ],
    ['its readers', reader(cluster), { design: 'serverless-v1' }, 'NoReader', /Serverless v1/],
    [
      'a Limitless database',
      cluster,
      { design: 'limitless' },
      'NoWriter',
      /Aurora Limitless Database, .*; use kind hostname/,
    ],
  ])('holds, changes nothing and says what to write: %s', async (_, database, nature, reason, said) => {
    const world = worldWith(healthy(b));
    if (database.kind === 'instance') showInstance(world, a);
    else showCluster(world, 'orders-1', a);
    say(world, nature);
    const { report } = await run(world, requestOf(database, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason, detail: expect.stringMatching(said) });
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('holds an empty group too: a wrong entry registers nothing', async () => {
    const world = instanceWorld(a);
    say(world, { memberOf: 'orders' });
    const { report } = await run(world, requestOf(instance, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'ClusterMember' });
    expect(world.group.calls).toEqual(['list']);
  });

  test.each<[Nature, RegExp]>([
    [{ globalDatabase: 'world', replicaOf: 'arn:1' }, /^orders is a secondary cluster of global database world/],
    [{ globalDatabase: 'world' }, /reports no member as writer/],
  ])('says of a cluster without instances what the API tells: %j', async (nature, said) => {
    const world = clusterWorld('none', a, healthy(b));
    if (world.topology.kind === 'seen')
      world.topology = { kind: 'seen', topology: { ...world.topology.topology, instances: [] } };
    say(world, nature);
    const { report } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: expect.stringMatching(said) });
  });

  test('does not hold for a member that is meant', async () => {
    const world = instanceWorld(a);
    say(world, { memberOf: 'orders' });
    await run(world, requestOf({ ...instance, isMember: true }, 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test.each<[Nature, RegExp]>([
    [{ globalDatabase: 'world' }, /^orders is a secondary cluster of global database world: .*Use "role": "reader"/],
    [{ globalDatabase: 'world', replicaOf: 'arn:1' }, /global database world, which replicates arn:1: its writer/],
    [{ replicaOf: 'arn:1' }, /^orders is a replica of arn:1: its writer is in the primary cluster/],
  ])('holds for the writer of a secondary cluster, and not for its readers: %j', async (nature, said) => {
    const world = clusterWorld('none', a);
    say(world, nature);
    const { report } = await run(world, requestOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'NoWriter', detail: expect.stringMatching(said) });
    world.dns.delete('orders.cluster-example.eu-central-1.rds.amazonaws.com');
    await run(world, requestOf(reader(cluster), 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5432', '10.0.2.10:5432']);
  });

  test('does not hold for the primary cluster of a global database', async () => {
    const world = clusterWorld('orders-1', a);
    say(world, { globalDatabase: 'world' });
    await run(world, requestOf(cluster, 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('says that the API gave no port, not that it did not answer', async () => {
    const world = instanceWorld(a);
    world.topology = seen([{ ...member('orders', 'writer'), endpoint: { host: 'x.y' } }], { host: 'x.y' });
    world.dns.set('x.y', { kind: 'addresses', addresses: [a.ip] });
    const { report } = await run(world, requestOf(instance, 'check'));
    expect(report).toMatchObject({
      reason: 'AddressUnknown',
      detail: expect.stringMatching(/the RDS API gives no port from 1 to 65535 for x\.y; .*TARGET_PORT/),
    });
  });
});

test.each([
  ['arn:aws:rds:eu-central-1:123456789012:db:orders-1', 'orders-1'],
  ['arn:aws-cn:rds:cn-north-1:123456789012:cluster:orders', 'orders'],
  ['orders.abc.eu-central-1.rds.amazonaws.com:5432', 'orders'],
])('an identifier that is %s is refused with the identifier in it', (text, id) => {
  expect(identifierHint(text)).toBe(`; write the identifier alone: ${id}`);
});

test.each(['or--ders', '1orders', 'arn:aws:s3:::orders'])('%s has no identifier in it', (text) => {
  expect(identifierHint(text)).toBe('');
});

describe('a manual run', () => {
  test.each<[GroupNature, string, RegExp]>([
    [{ targetType: 'alb' }, 'cluster', /of type alb: it holds Application Load Balancers/],
    [{ targetType: 'ip', protocol: 'UDP' }, 'cluster', /protocol of the target group is UDP/],
    [{ targetType: 'ip', protocol: 'HTTP' }, 'cluster', /protocol of the target group is HTTP/],
  ])(
    'is a fault before anything is changed where no database can stand in the group: %j',
    async (nature, kind, said) => {
      const world = clusterWorld('orders-1', a);
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
    const world = worldWith();
    world.dns.set(memberHost('web'), { kind: 'addresses', addresses: [a.ip] });
    natureIn(world, { targetType: 'ip', protocol: 'HTTP', loadBalancers: [] });
    const config = configOf({ DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: memberHost('web'), TARGET_PORT: '80' });
    expect((await respondIn(world, { action: 'resync' }, config)).report).toMatchObject({
      registered: ['10.0.1.10:80'],
    });
  });
});
