import { describe, expect, test } from 'vitest';
import {
  contradictionOf,
  groupFault,
  identifierHint,
  isResourceId,
  type Namesake,
  notFoundMessage,
  typeByTarget,
} from '../../lib/contradictions.ts';
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
      'a replica of a cluster, whose readers are its members',
      reader({ ...instance, id: 'orders-replica' }),
      { replicaOf: 'orders', isOfCluster: true },
      'NoReader',
      /^orders-replica is a replica of orders itself; leave "role" out to follow orders-replica alone$/,
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
  ['orders-1.abc.eu-central-1.rds.amazonaws.com', 'orders-1'],
])('an identifier that is %s is refused with the identifier in it', (text, id) => {
  expect(identifierHint(text)).toBe(`; write the identifier alone: ${id}`);
});

const instanceHint = /^; db-ABCDEFGHIJKL01234 is the resource id of a DB instance; .* as DBInstanceIdentifier$/;
test.each([
  ['db-ABCDEFGHIJKL01234', instanceHint],
  ['cluster-CO4FHMVYDKJ7CVBEJS2UWDQX7I', /resource id of a DB cluster; .* as DBClusterIdentifier$/],
  ['prx-0123456789abcdef0', /resource id of an RDS Proxy; .* as DBProxyName$/],
])('a resource id in place of an identifier is told, and where the identifier stands: %s', (id, hint) => {
  expect(isResourceId(id)).toBe(true);
  expect(identifierHint(id)).toMatch(hint);
});

test.each([
  ...['db-orders', 'db-abcdefghijklmnopqrstuvwxyz', 'DB-ABCDEFGHIJKL01234', 'db-20260512083000123', 'cluster-1'],
  ...['cluster-ORDERS', 'prx-orders', 'Orders-1'],
])('%s is an identifier that RDS takes', (id) => {
  expect([isResourceId(id), identifierHint(id)]).toEqual([false, '']);
});

test.each([
  'or--ders',
  '1orders',
  '1orders.abc.eu-central-1.rds.amazonaws.com',
  'orders.abc.eu-central-1.rds.amazonaws.com/shop',
  'arn:aws:s3:::orders',
  'my arn:aws:rds:eu-central-1:123456789012:db:orders',
  'arn:aws:rds:eu-central-1:123456789012:db:orders/1',
])('%s has no identifier in it', (text) => {
  expect(identifierHint(text)).toBe('');
});

test.each<[Database, string]>([
  [
    cluster,
    "NoWriter: orders is an Aurora Serverless v1 cluster, which has no DB instances to follow; use kind hostname with the cluster's endpoint",
  ],
  [
    reader(cluster),
    "NoReader: orders is an Aurora Serverless v1 cluster, which has no DB instances to follow; use kind hostname with the cluster's endpoint",
  ],
])('a cluster whose endpoint the API does not tell is held with words in its place: %j', (database, said) => {
  const found = contradictionOf(database, { instances: [], nature: { design: 'serverless-v1' } });
  expect(`${found?.reason}: ${found?.message}`).toBe(said);
});

test('an instance with replicas of its own, and no source, contradicts nothing', () => {
  expect(contradictionOf(reader(instance), { instances: [], nature: {} })).toBeUndefined();
  expect(contradictionOf(reader(instance), { instances: [] })).toBeUndefined();
});

const unknownCluster = 'the RDS API knows no DB cluster orders in this account and Region';
const unknownInstance = 'the RDS API knows no DB instance orders in this account and Region';

test.each<['cluster' | 'instance', Namesake | undefined, string]>([
  ['instance', { kind: 'cluster' }, `${unknownInstance}: orders is a DB cluster; use kind cluster`],
  ['cluster', { kind: 'instance' }, `${unknownCluster}: orders is a DB instance; use kind instance`],
  [
    'cluster',
    { kind: 'instance', memberOf: 'shop' },
    `${unknownCluster}: orders is a member of cluster shop; use "id": "shop"`,
  ],
  ['cluster', { kind: 'none' }, unknownCluster],
  ['instance', { kind: 'none' }, unknownInstance],
  ['cluster', undefined, `${unknownCluster}; if it is a DB instance, use that kind`],
  ['instance', undefined, `${unknownInstance}; if it is a DB cluster, use that kind`],
])('a DB %s that is not there, beside the namesake %j', (kind, namesake, said) => {
  expect(notFoundMessage({ kind, id: 'orders' }, namesake)).toBe(said);
});

describe('a target group', () => {
  const instead =
    'make a target group of type ip and protocol TCP, let the listener forward to it, and set TARGET_GROUP_ARN ("targetGroupArn")';

  test.each([
    ['alb', 'Application Load Balancers'],
    ['instance', 'EC2 instances'],
    ['lambda', 'Lambda functions'],
    ['something-new', 'something else'],
  ])('of type %s holds no database, of whatever kind and protocol', (targetType, held) => {
    const fault = `the target group is of type ${targetType}: it holds ${held}, no addresses; ${instead}`;
    expect(groupFault({ targetType })).toBe(fault);
    // The type goes first: with it the protocol changes, too.
    expect(groupFault({ targetType, protocol: 'UDP' }, 'hostname')).toBe(fault);
  });

  const notTcp = (protocol: string) =>
    `the protocol of the target group is ${protocol}, and a database speaks TCP; ${instead}`;

  test.each(['UDP', 'QUIC', 'GENEVE'])('of protocol %s reaches nothing that speaks TCP', (protocol) => {
    for (const kind of ['cluster', 'instance', 'hostname', undefined] as const)
      expect(groupFault({ targetType: 'ip', protocol }, kind)).toBe(notTcp(protocol));
  });

  test.each(['HTTP', 'HTTPS'])('of protocol %s is wrong for a database, and may be right for a name', (protocol) => {
    for (const kind of ['cluster', 'instance'] as const) expect(groupFault({ protocol }, kind)).toBe(notTcp(protocol));
    for (const kind of ['hostname', undefined] as const) expect(groupFault({ protocol }, kind)).toBeUndefined();
  });

  test.each<GroupNature>([{}, { protocol: 'TCP' }, { protocol: 'TLS' }, { protocol: 'TCP_UDP' }])(
    'that is %j may hold a database',
    (nature) => {
      for (const kind of ['cluster', 'instance', 'hostname', undefined] as const)
        expect(groupFault(nature, kind)).toBeUndefined();
    },
  );

  test.each([
    ['i-0123456789abcdef0', 'instance'],
    ['arn:aws:lambda:eu-central-1:123456789012:function:shop', 'lambda'],
    ['arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/app/shop/0123456789abcdef', 'alb'],
    ['10.0.1.10', undefined],
    ['fd00::10', undefined],
    ['eni-0123456789abcdef0', undefined],
    ['mi-0123456789abcdef0', undefined],
    ['i-0123456789abcdef0.example.com', undefined],
    ['see arn:aws:lambda:eu-central-1:123456789012:function:shop', undefined],
    ['see arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/0123456789abcdef', undefined],
    ['arn:aws:s3:::shop', undefined],
  ])('that holds %s is of type %s', (id, type) => {
    expect(typeByTarget(id)).toBe(type);
  });
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
      for (const action of ['resync', 'plan'])
        expect((await respondIn(world, { action }, config)).fault).toMatchObject({
          code: 'InvalidConfiguration',
          message: expect.stringMatching(said),
        });
      expect(world.group.calls).toEqual([]);
      const { report, fault } = await respondIn(world, { action: 'doctor' }, config);
      expect(fault).toBeUndefined();
      // It goes on where the others stop.
      expect(report).toMatchObject({ outcome: 'observed', passes: 1, targets: [] });
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
