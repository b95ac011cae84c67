import {
  DBClusterNotFoundFault,
  DBInstanceNotFoundFault,
  DescribeDBClusterEndpointsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandOutput,
  RDSClient,
} from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { createRdsTopology } from '../../../lib/adapters/rds-topology.ts';
import type { Database } from '../../../lib/domain.ts';
import { cluster, instance } from '../scene.ts';
import { mocked } from './mocks.ts';

const rds = mocked(RDSClient);

const client = new RDSClient({ region: 'eu-central-1' });

const instanceNamed = (id: string, more = {}) => ({
  DBInstanceIdentifier: id,
  DBInstanceStatus: 'available',
  Endpoint: { Address: `${id}.example.com`, Port: 5432 },
  ...more,
});

const clusterOf = (...writers: boolean[]) => ({
  Endpoint: 'orders.cluster.example.com',
  Port: 5432,
  DBClusterMembers: writers.map((IsClusterWriter, i) => ({ DBInstanceIdentifier: `orders-${i + 1}`, IsClusterWriter })),
});

describe('the topology of a cluster', () => {
  test('joins members and endpoints, and costs two calls', async () => {
    rds
      .on(DescribeDBClustersCommand, { DBClusterIdentifier: 'orders' })
      .resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [instanceNamed('orders-2', { DBInstanceStatus: 'rebooting' }), instanceNamed('orders-1')],
    });
    expect(await createRdsTopology(client, cluster).describe()).toEqual({
      kind: 'seen',
      topology: {
        endpoint: { host: 'orders.cluster.example.com', port: 5432 },
        instances: [
          {
            id: 'orders-1',
            role: 'writer',
            status: 'available',
            endpoint: { host: 'orders-1.example.com', port: 5432 },
          },
          {
            id: 'orders-2',
            role: 'reader',
            status: 'rebooting',
            endpoint: { host: 'orders-2.example.com', port: 5432 },
          },
        ],
      },
    });
    expect(rds.calls()).toHaveLength(2);
    expect(rds.commandCalls(DescribeDBInstancesCommand)[0]?.args[0].input.Filters).toEqual([
      { Name: 'db-cluster-id', Values: ['orders'] },
    ]);
  });

  describe('with a custom endpoint', () => {
    const custom: Database = { ...cluster, role: 'custom', customEndpoint: 'reporting' };
    const described = (more: object = {}) => ({
      DBClusterEndpointIdentifier: 'Reporting',
      DBClusterIdentifier: 'orders',
      EndpointType: 'CUSTOM',
      CustomEndpointType: 'READER',
      Status: 'available',
      StaticMembers: [],
      ExcludedMembers: ['Orders-3'],
      ...more,
    });
    const describedBy = (pages: readonly object[]) => {
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true)] });
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')] });
      const on = (page: object, index: number) =>
        rds
          .on(DescribeDBClusterEndpointsCommand, index === 0 ? {} : { Marker: `${index}` })
          .resolves({ ...page, ...(index < pages.length - 1 ? { Marker: `${index + 1}` } : {}) });
      pages.forEach(on);
      return createRdsTopology(client, custom).describe();
    };

    test('gives all of the cluster, page by page, in lower case, and leaves out the endpoints that every cluster has', async () => {
      const observation = await describedBy([
        {
          DBClusterEndpoints: [
            { DBClusterIdentifier: 'orders', EndpointType: 'WRITER', Status: 'available' },
            described(),
          ],
        },
        {
          DBClusterEndpoints: [
            described({
              DBClusterEndpointIdentifier: 'etl',
              CustomEndpointType: 'ANY',
              StaticMembers: ['orders-1'],
              ExcludedMembers: undefined,
            }),
            described({ DBClusterEndpointIdentifier: 'app', CustomEndpointType: 'WRITER', ExcludedMembers: [] }),
            described({ DBClusterEndpointIdentifier: 'other', DBClusterIdentifier: 'another' }),
          ],
        },
      ]);
      expect(observation.kind === 'seen' && observation.topology.customEndpoints).toEqual([
        { id: 'reporting', type: 'READER', status: 'available', members: [], excluded: ['orders-3'] },
        { id: 'etl', type: 'ANY', status: 'available', members: ['orders-1'], excluded: [] },
        { id: 'app', type: 'WRITER', status: 'available', members: [], excluded: [] },
      ]);
      expect(rds.commandCalls(DescribeDBClusterEndpointsCommand)[0]?.args[0].input).toMatchObject({
        DBClusterIdentifier: 'orders',
      });
    });

    test.each<[string, object, string]>([
      ['no list', {}, 'DescribeDBClusterEndpoints gave no list of endpoints'],
      [
        'a type that is none',
        { DBClusterEndpoints: [described({ CustomEndpointType: 'SOME' })] },
        'DescribeDBClusterEndpoints gave a custom endpoint (Reporting) of type SOME and status available',
      ],
      [
        'no status',
        { DBClusterEndpoints: [described({ Status: undefined })] },
        '(Reporting) of type READER and status undefined',
      ],
      [
        'no identifier',
        { DBClusterEndpoints: [described({ DBClusterEndpointIdentifier: undefined })] },
        '(undefined) of type READER and status available',
      ],
    ])('is unknown, and not empty, where the reply has %s', async (_, page, why) => {
      expect(await describedBy([page])).toMatchObject({
        kind: 'unavailable',
        error: { code: 'ServiceUnavailable', message: expect.stringContaining(why) },
      });
    });

    test('is unknown where the role may not read it', async () => {
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true)] });
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
      rds.on(DescribeDBClusterEndpointsCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
      expect(await createRdsTopology(client, custom).describe()).toMatchObject({
        kind: 'unavailable',
        error: { code: 'AccessDenied', message: expect.stringContaining('rds:DescribeDBClusterEndpoints') },
      });
    });

    test('is not asked for by another role', async () => {
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true)] });
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
      await createRdsTopology(client, { ...cluster, role: 'reader' }).describe();
      expect(rds.commandCalls(DescribeDBClusterEndpointsCommand)).toHaveLength(0);
    });
  });

  test('follows pages to their end', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')], Marker: 'more' });
    rds.on(DescribeDBInstancesCommand, { Marker: 'more' }).resolves({ DBInstances: [instanceNamed('orders-2')] });
    const observation = await createRdsTopology(client, cluster).describe();
    expect(observation.kind === 'seen' && observation.topology.instances.every(({ endpoint }) => endpoint)).toBe(true);
  });

  test.each([
    [DescribeDBInstancesCommand, 'DescribeDBInstances goes on after 3 pages'],
    [DescribeDBClusterEndpointsCommand, 'DescribeDBClusterEndpoints goes on after 3 pages'],
  ])('is none where the pages have no end', async (endless, why) => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    rds.on(DescribeDBClusterEndpointsCommand).resolves({ DBClusterEndpoints: [] });
    rds.on(endless as typeof DescribeDBInstancesCommand).callsFake(({ Marker = '' }) => ({
      DBInstances: [],
      DBClusterEndpoints: [],
      Marker: `${Marker}x`,
    }));
    expect(await createRdsTopology(client, { ...cluster, role: 'custom' }).describe()).toMatchObject({
      kind: 'unavailable',
      error: { code: 'ServiceUnavailable', message: expect.stringContaining(why) },
    });
    expect(rds.commandCalls(endless as typeof DescribeDBInstancesCommand)).toHaveLength(4);
  });

  test('keeps a member that is listed without details, without an endpoint', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')] });
    const observation = await createRdsTopology(client, cluster).describe();
    expect(observation.kind === 'seen' && observation.topology.instances[1]).toEqual({
      id: 'orders-2',
      role: 'reader',
      status: 'unknown',
    });
  });

  test('is not found, which is not the same as empty', async () => {
    rds.on(DescribeDBClustersCommand).rejects(new DBClusterNotFoundFault({ message: '', $metadata: {} }));
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect(await createRdsTopology(client, cluster).describe()).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('cluster orders'),
    });
  });
});

describe('the topology of an instance', () => {
  test('is one writer, and costs one call', async () => {
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: ['orders-replica'] })] });
    expect(await createRdsTopology(client, instance).describe()).toMatchObject({
      topology: { endpoint: { host: 'orders.example.com' }, instances: [{ id: 'orders', role: 'writer' }] },
    });
    expect(rds.calls()).toHaveLength(1);
  });

  test('includes the replicas of this Region when readers are wanted', async () => {
    const replicas = ['orders-replica', 'arn:aws:rds:us-east-1:123456789012:db:far'];
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: replicas })] });
    rds
      .on(DescribeDBInstancesCommand, { Filters: [{ Name: 'db-instance-id', Values: ['orders-replica'] }] })
      .resolves({ DBInstances: [instanceNamed('orders-replica')] });
    const observation = await createRdsTopology(client, { ...instance, role: 'reader' }).describe();
    expect(observation).toMatchObject({
      topology: { instances: [{ role: 'writer' }, { id: 'orders-replica', role: 'reader' }] },
    });
  });

  test.each([
    [{ AvailabilityZone: 'eu-central-1a' }, { primary: 'eu-central-1a' }],
    [
      { AvailabilityZone: 'eu-central-1a', SecondaryAvailabilityZone: 'eu-central-1b' },
      { primary: 'eu-central-1a', secondary: 'eu-central-1b' },
    ],
    [{}, undefined],
  ])('tells the zones of the instance and of its standby', async (told, zones) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders', told)] });
    const observation = await createRdsTopology(client, instance).describe();
    expect(observation.kind === 'seen' && observation.topology.zones).toEqual(zones);
  });

  test('has no endpoint while it is created', async () => {
    rds
      .on(DescribeDBInstancesCommand)
      .resolves({ DBInstances: [{ DBInstanceIdentifier: 'orders', DBInstanceStatus: 'creating' }] });
    expect(await createRdsTopology(client, instance).describe()).toEqual({
      kind: 'seen',
      topology: { instances: [{ id: 'orders', role: 'writer', status: 'creating' }] },
    });
  });

  test('is not found when the API does not know the instance', async () => {
    rds.on(DescribeDBInstancesCommand).rejects(new DBInstanceNotFoundFault({ message: '', $metadata: {} }));
    expect(await createRdsTopology(client, instance).describe()).toMatchObject({ kind: 'not-found' });
  });

  test('is unavailable, not empty, when an answer holds no list', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({});
    rds.on(DescribeDBClustersCommand).resolves({});
    for (const database of [instance, cluster]) {
      expect(await createRdsTopology(client, database).describe()).toMatchObject({
        kind: 'unavailable',
        error: { retriable: true },
      });
    }
  });

  test('is unavailable, with the reason, when the call fails', async () => {
    rds.on(DescribeDBInstancesCommand).rejects(Object.assign(new Error('slow down'), { name: 'Throttling' }));
    expect(await createRdsTopology(client, instance).describe()).toMatchObject({
      kind: 'unavailable',
      error: { code: 'Throttled', retriable: true },
    });
  });
});

describe('what the API says a database is', () => {
  const natureOf = async (database: Database) => {
    const observation = await createRdsTopology(client, database).describe();
    return observation.kind === 'seen' ? observation.topology.nature : observation.kind;
  };
  const orders = { DBClusterIdentifier: 'orders', ...clusterOf(true) };

  test.each([
    [{ Engine: 'mysql' }, { engine: 'mysql' }],
    [{ DBClusterIdentifier: 'shop' }, { memberOf: 'shop' }],
    [{ ReadReplicaSourceDBInstanceIdentifier: 'main' }, { replicaOf: 'main' }],
    [{ ReadReplicaSourceDBClusterIdentifier: 'main' }, { replicaOf: 'main', isOfCluster: true }],
    [{ DBClusterIdentifier: '' }, undefined],
  ])('is read of an instance with %j', async (more, nature) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders', more)] });
    expect(await natureOf(instance)).toEqual(nature);
  });

  test.each([
    [{ Engine: 'docdb' }, { engine: 'docdb' }],
    [{ EngineMode: 'serverless' }, { design: 'serverless-v1' }],
    [{ EngineMode: 'provisioned', ClusterScalabilityType: 'standard' } as const, undefined],
    [{ ClusterScalabilityType: 'limitless' } as const, { design: 'limitless' }],
    [{ LimitlessDatabase: { Status: 'enabled' } } as const, { design: 'limitless' }],
    [
      { GlobalClusterIdentifier: 'world', ReplicationSourceIdentifier: 'arn:x' },
      { globalDatabase: 'world', replicaOf: 'arn:x' },
    ],
  ])('is read of a cluster with %j', async (more, nature) => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...orders, ...more }] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')] });
    expect(await natureOf(cluster)).toEqual(nature);
  });

  test('tells where it may be, by the active subnets of its group', async () => {
    const subnet = (id: string | undefined, Name: string, SubnetStatus = 'Active') => ({
      ...(id ? { SubnetIdentifier: id } : {}),
      SubnetStatus,
      SubnetAvailabilityZone: { Name },
    });
    const Subnets = [
      ...[subnet('subnet-1', 'z1'), subnet('subnet-2', 'z2'), subnet('subnet-3', 'z3', 'Inactive')],
      ...[subnet(undefined, 'z4'), { SubnetIdentifier: 'subnet-5', SubnetStatus: 'Active' }],
    ];
    const DBSubnetGroup = { VpcId: 'vpc-1', Subnets };
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...orders, ...clusterOf(true, false) }] });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: ['orders-1', 'orders-2'].map((id) => instanceNamed(id, { DBSubnetGroup })),
    });
    expect(await createRdsTopology(client, cluster).describe()).toMatchObject({
      topology: {
        home: {
          vpcId: 'vpc-1',
          subnets: [
            { id: 'subnet-1', zone: 'z1' },
            { id: 'subnet-2', zone: 'z2' },
            { id: 'a subnet without a name', zone: 'z4' },
          ],
        },
      },
    });
    const homeOf = async (group: object) => {
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders', { DBSubnetGroup: group })] });
      const observation = await createRdsTopology(client, instance).describe();
      return observation.kind === 'seen' ? observation.topology.home : observation.kind;
    };
    expect(await homeOf({ Subnets: [subnet('subnet-1', 'z1')] })).toEqual({
      subnets: [{ id: 'subnet-1', zone: 'z1' }],
    });
    expect(await homeOf({ VpcId: 'vpc-1' })).toEqual({ vpcId: 'vpc-1', subnets: [] });
  });
});

describe('the security groups of a database', () => {
  const groupsOf = async (database: Database) => {
    const observation = await createRdsTopology(client, database).describe();
    return observation.kind === 'seen' ? observation.topology.securityGroups : observation.kind;
  };
  const withGroups = (...ids: (string | undefined)[]) => ({
    VpcSecurityGroups: ids.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' })),
  });

  test("are an instance's own", async () => {
    const stranger = instanceNamed('stranger', withGroups('sg-9'));
    rds
      .on(DescribeDBInstancesCommand)
      .resolves({ DBInstances: [stranger, instanceNamed('orders', withGroups('sg-1', 'sg-2'))] });
    expect(await groupsOf(instance)).toEqual(['sg-1', 'sg-2']);
  });

  test('are those of its replicas as well where readers are followed', async () => {
    const replicas = { ReadReplicaDBInstanceIdentifiers: ['orders-replica'] };
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', { ...withGroups('sg-1'), ...replicas })] });
    rds.on(DescribeDBInstancesCommand, { Filters: [{ Name: 'db-instance-id', Values: ['orders-replica'] }] }).resolves({
      DBInstances: [instanceNamed('orders-replica', withGroups('sg-2')), instanceNamed('other', withGroups('sg-9'))],
    });
    expect(await groupsOf({ ...instance, role: 'reader' })).toEqual(['sg-1', 'sg-2']);
    expect(await groupsOf(instance)).toEqual(['sg-1']);
  });

  test("are a cluster's and its members', each once, and no other instance's", async () => {
    rds
      .on(DescribeDBClustersCommand)
      .resolves({ DBClusters: [{ ...clusterOf(true, false), ...withGroups('sg-1', 'sg-2') }] });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        instanceNamed('orders-1', withGroups('sg-2')),
        instanceNamed('ORDERS-2', withGroups('sg-3')),
        instanceNamed('stranger', withGroups('sg-9')),
      ],
    });
    expect(await groupsOf(cluster)).toEqual(['sg-1', 'sg-2', 'sg-3']);
  });

  test('count whatever their status: the interface carries them until RDS has taken them away', async () => {
    const VpcSecurityGroups = ['active', 'adding', 'removing', undefined].map((Status, index) => ({
      VpcSecurityGroupId: `sg-${index}`,
      Status,
    }));
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders', { VpcSecurityGroups })] });
    expect(await groupsOf(instance)).toEqual(['sg-0', 'sg-1', 'sg-2', 'sg-3']);
  });

  test.each<[string, object]>([
    ['reports none', {}],
    ['reports an empty list', withGroups()],
    ['reports groups without an identifier', withGroups(undefined, '')],
  ])('are not known, which is not "no group", where the API %s', async (_, more) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders', more)] });
    expect(await groupsOf(instance)).toBeUndefined();
  });
});

describe('an answer that is about others too', () => {
  const other = { DBClusterIdentifier: 'others', Endpoint: 'others.example.com', Port: 1 };

  test('is read by the identifier, in whatever case and place', async () => {
    const orders = { DBClusterIdentifier: 'Orders', ...clusterOf(true) };
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [other, orders] });
    rds
      .on(DescribeDBInstancesCommand)
      .resolves({ DBInstances: [instanceNamed('stranger'), instanceNamed('ORDERS-1')] });
    expect(await createRdsTopology(client, cluster).describe()).toMatchObject({
      topology: {
        endpoint: { host: 'orders.cluster.example.com' },
        instances: [{ id: 'orders-1', endpoint: { host: 'ORDERS-1.example.com' } }],
      },
    });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('stranger'), instanceNamed('Orders')] });
    expect(await createRdsTopology(client, instance).describe()).toMatchObject({
      topology: { endpoint: { host: 'Orders.example.com' } },
    });
  });

  test('or about them alone is no answer', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [other] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('stranger')] });
    for (const [database, given] of [
      [cluster, 'DescribeDBClusters was asked for orders and gave others'],
      [instance, 'DescribeDBInstances was asked for orders and gave stranger'],
    ] as const)
      expect(await createRdsTopology(client, database).describe()).toMatchObject({
        kind: 'unavailable',
        error: {
          code: 'ServiceUnavailable',
          message: expect.stringContaining(given),
        },
      });
  });
});

describe('an identifier of the other kind', () => {
  const notFound = { instance: DBInstanceNotFoundFault, cluster: DBClusterNotFoundFault };
  const messageOf = async (database: Database) => {
    const observation = await createRdsTopology(client, database).describe();
    return observation.kind === 'not-found' ? observation.message : observation.kind;
  };

  test('of a cluster is told by the instance that is not there', async () => {
    rds.on(DescribeDBInstancesCommand).rejects(new notFound.instance({ message: '', $metadata: {} }));
    rds
      .on(DescribeDBClustersCommand, { DBClusterIdentifier: 'orders' })
      .resolves({ DBClusters: [{ DBClusterIdentifier: 'orders' }] });
    expect(await messageOf(instance)).toContain('orders is a DB cluster; use kind cluster');
  });

  test.each([
    [{}, 'orders is a DB instance; use kind instance'],
    [{ DBClusterIdentifier: 'shop' }, 'orders is a member of cluster shop; use "id": "shop"'],
  ])('of an instance with %j is told by the cluster that is not there', async (more, said) => {
    rds.on(DescribeDBClustersCommand).rejects(new notFound.cluster({ message: '', $metadata: {} }));
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', more)] });
    expect(await messageOf(cluster)).toContain(said);
  });

  test('is only guessed where the API does not say, or tells of others', async () => {
    const isGuessed = /knows no DB (instance|cluster) orders .*; if it is a DB (cluster|instance), use that kind$/;
    rds.on(DescribeDBInstancesCommand).rejects(new notFound.instance({ message: '', $metadata: {} }));
    rds.on(DescribeDBClustersCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect(await messageOf(instance)).toMatch(isGuessed);
    for (const DBClusters of [undefined, [], [{ DBClusterIdentifier: 'others' }]]) {
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters });
      expect(await messageOf(instance)).toMatch(isGuessed);
    }
    rds.on(DescribeDBClustersCommand).rejects(new notFound.cluster({ message: '', $metadata: {} }));
    for (const DBInstances of [undefined, [], [instanceNamed('stranger')]]) {
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances });
      expect(await messageOf(cluster)).toMatch(isGuessed);
    }
  });
});

const described = (database: Database, signal?: AbortSignal) => createRdsTopology(client, database).describe(signal);

const topologyOf = async (database: Database) => {
  const observation = await described(database);
  if (observation.kind !== 'seen') throw new Error(`the topology is ${observation.kind}`);
  return observation.topology;
};

const isOne = { DBClusterMembers: [{ DBInstanceIdentifier: 'orders-1', IsClusterWriter: true }] };

describe('a cluster', () => {
  test('whose reply has no members has none, and no endpoint is none', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{}] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('stranger')] });
    expect(await topologyOf(cluster)).toEqual({ instances: [] });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
    expect(await topologyOf(cluster)).toEqual({ instances: [] });
  });

  test('keeps its host where the port makes no sense', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...isOne, Endpoint: 'c.example.com', Port: 0 }] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')] });
    expect((await topologyOf(cluster)).endpoint).toEqual({ host: 'c.example.com' });
  });

  test('has members without a name as well, which have no endpoint', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterMembers: [{}] }] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect((await topologyOf(cluster)).instances).toEqual([{ id: '', role: 'reader', status: 'unknown' }]);
  });

  test('has a member that is listed twice once, and it is the writer where either says so', async () => {
    const [one, other] = ['orders-1', 'Orders-2'].map((DBInstanceIdentifier) => ({ DBInstanceIdentifier }));
    const DBClusterMembers = [
      { ...one, IsClusterWriter: false },
      { ...other, IsClusterWriter: false },
      { DBInstanceIdentifier: 'ORDERS-1', IsClusterWriter: true },
      { ...one, IsClusterWriter: true },
      {},
      {},
    ];
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterMembers }] });
    rds
      .on(DescribeDBInstancesCommand)
      .resolves({ DBInstances: [instanceNamed('orders-1'), instanceNamed('orders-1')] });
    const { instances } = await topologyOf(cluster);
    expect(instances.map(({ id, role }) => [id, role])).toEqual([
      ['orders-1', 'writer'],
      ['Orders-2', 'reader'],
      ['', 'reader'],
      ['', 'reader'],
    ]);
  });

  test('asks for as many instances at once as the API gives, and only for its own', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [isOne] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    await described(cluster);
    expect(rds.commandCalls(DescribeDBInstancesCommand)[0]?.args[0].input).toEqual({
      Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }],
      MaxRecords: 100,
    });
  });
});

describe('an instance', () => {
  test('that is not in the reply leaves an empty topology', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect(await topologyOf(instance)).toEqual({ instances: [] });
  });

  test('without a name in the reply is the one that was asked for', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{}] });
    expect(await topologyOf(instance)).toEqual({ instances: [{ id: 'orders', role: 'writer', status: 'unknown' }] });
  });

  test('whose readers are wanted costs one call where it has no replica in this Region', async () => {
    for (const replicas of [undefined, [], ['arn:aws:rds:us-east-1:123456789012:db:far']]) {
      rds.reset();
      rds
        .on(DescribeDBInstancesCommand)
        .resolves({ DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: replicas })] });
      expect((await topologyOf({ ...instance, role: 'reader' })).instances).toHaveLength(1);
      expect(rds.calls()).toHaveLength(1);
    }
  });

  test('lists a replica that is named twice once', async () => {
    const source = instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: ['orders-r', 'orders-r'] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [source, instanceNamed('orders-r')] });
    const { instances } = await topologyOf({ ...instance, role: 'reader' });
    expect(instances.map(({ id }) => id)).toEqual(['orders', 'orders-r']);
  });

  test('lists a replica of which the answer says nothing, also one whose name only holds "arn:"', async () => {
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: ['barn:', 'far-arn'] })] });
    rds
      .on(DescribeDBInstancesCommand, { Filters: [{ Name: 'db-instance-id', Values: ['barn:', 'far-arn'] }] })
      .resolves({
        DBInstances: [instanceNamed('far-arn'), { DBInstanceStatus: 'creating' }],
      });
    expect((await topologyOf({ ...instance, role: 'reader' })).instances.slice(1)).toEqual([
      { id: 'barn:', role: 'reader', status: 'unknown' },
      { id: 'far-arn', role: 'reader', status: 'available', endpoint: { host: 'far-arn.example.com', port: 5432 } },
    ]);
  });
});

describe('a lookup that failed', () => {
  test.each(['DBInstanceNotFound', 'DBInstanceNotFoundFault', 'DBClusterNotFoundFault', 'DBClusterNotFound'])(
    'with %s means that there is no such database here',
    async (name) => {
      rds.rejects(Object.assign(new Error('x'), { name }));
      expect(await described(instance)).toEqual({
        kind: 'not-found',
        message: 'the RDS API knows no DB instance orders in this account and Region',
      });
    },
  );

  test('with something that is no error is unavailable all the same', async () => {
    rds.callsFake(() => Promise.reject({ name: 'DBInstanceNotFound' }));
    expect(await described(instance)).toMatchObject({ kind: 'unavailable' });
  });

  test.each([
    [instance, /^reading the topology of instance orders: rds:DescribeDBInstances failed/],
    [cluster, /^reading the topology of cluster orders: rds:DescribeDBClusters or rds:DescribeDBInstances failed/],
  ])('says which database and which permissions', async (database, said) => {
    rds.rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect(await described(database)).toMatchObject({
      kind: 'unavailable',
      error: { code: 'AccessDenied', message: expect.stringMatching(said) },
    });
  });

  test('to give a list says which list', async () => {
    const saidOf = async (database: Database) => {
      const observation = await described(database);
      return observation.kind === 'unavailable' ? observation.error.message : observation.kind;
    };
    rds.on(DescribeDBInstancesCommand).resolves({});
    expect(await saidOf(instance)).toContain('DescribeDBInstances gave no list of instances');
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [isOne] });
    expect(await saidOf(cluster)).toContain('DescribeDBInstances gave no list of instances');
    rds.on(DescribeDBClustersCommand).resolves({});
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect(await saidOf(cluster)).toContain('DescribeDBClusters gave no list of clusters');
  });
});

test('every call can be cut', async () => {
  rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [isOne] });
  const one: Partial<DescribeDBInstancesCommandOutput> = {
    DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: ['orders-2'] })],
  };
  rds.on(DescribeDBInstancesCommand).resolves(one);
  rds.on(DescribeDBClusterEndpointsCommand).resolves({ DBClusterEndpoints: [] });
  const { signal } = new AbortController();
  await described({ ...cluster, role: 'custom' }, signal);
  await described({ ...instance, role: 'reader' }, signal);
  rds.on(DescribeDBInstancesCommand).rejects(new DBInstanceNotFoundFault({ message: '', $metadata: {} }));
  await described(instance, signal);
  await described(cluster, signal);
  const options = rds.calls().map(({ args }) => (args as unknown[])[1] as { abortSignal?: AbortSignal });
  expect(options).toHaveLength(10);
  for (const { abortSignal } of options) expect(abortSignal).toBe(signal);
});
