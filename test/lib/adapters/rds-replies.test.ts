import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandOutput,
  RDSClient,
} from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createRdsTopology } from '../../../lib/adapters/rds-topology.ts';
import type { Database } from '../../../lib/domain.ts';
import { cluster, instance } from '../scene.ts';

const rds = mockClient(RDSClient);
const client = new RDSClient({ region: 'eu-central-1' });
const look = (database: Database, signal?: AbortSignal) => createRdsTopology(client, database).describe(signal);
const topologyOf = async (database: Database) => {
  const observation = await look(database);
  if (observation.kind !== 'seen') throw new Error(`the topology is ${observation.kind}`);
  return observation.topology;
};
const instanceNamed = (id: string, more = {}) => ({
  DBInstanceIdentifier: id,
  DBInstanceStatus: 'available',
  Endpoint: { Address: `${id}.example.com`, Port: 5432 },
  ...more,
});
const isOne = { DBClusterMembers: [{ DBInstanceIdentifier: 'orders-1', IsClusterWriter: true }] };

beforeEach(() => rds.reset());
afterAll(() => rds.restore());

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

  test('has members without a name as well, which are left out', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterMembers: [{}] }] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect((await topologyOf(cluster)).instances).toEqual([{ id: '', role: 'reader', status: 'unknown' }]);
  });

  test('asks for as many instances at once as the API gives, and only for its own', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [isOne] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    await look(cluster);
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

  test('may have a replica whose name only holds "arn:"', async () => {
    rds
      .on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' })
      .resolves({ DBInstances: [instanceNamed('orders', { ReadReplicaDBInstanceIdentifiers: ['barn:', 'far-arn'] })] });
    rds
      .on(DescribeDBInstancesCommand, { Filters: [{ Name: 'db-instance-id', Values: ['barn:', 'far-arn'] }] })
      .resolves({
        DBInstances: [instanceNamed('far-arn'), { DBInstanceStatus: 'creating' }],
      });
    expect((await topologyOf({ ...instance, role: 'reader' })).instances.slice(1)).toEqual([
      { id: 'far-arn', role: 'reader', status: 'available', endpoint: { host: 'far-arn.example.com', port: 5432 } },
      { id: '', role: 'reader', status: 'creating' },
    ]);
  });
});

describe('a lookup that failed', () => {
  test.each(['DBInstanceNotFound', 'DBInstanceNotFoundFault', 'DBClusterNotFoundFault', 'DBClusterNotFound'])(
    'with %s means that there is no such database here',
    async (name) => {
      rds.rejects(Object.assign(new Error('x'), { name }));
      expect(await look(instance)).toEqual({
        kind: 'not-found',
        message: 'the RDS API knows no DB instance orders in this account and Region',
      });
    },
  );

  test('with something that is no error is unavailable all the same', async () => {
    rds.callsFake(() => Promise.reject({ name: 'DBInstanceNotFound' }));
    expect(await look(instance)).toMatchObject({ kind: 'unavailable' });
  });

  test.each([
    [instance, /^reading the topology of instance orders: rds:DescribeDBInstances failed/],
    [cluster, /^reading the topology of cluster orders: rds:DescribeDBClusters or rds:DescribeDBInstances failed/],
  ])('says which database and which permissions', async (database, said) => {
    rds.rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect(await look(database)).toMatchObject({
      kind: 'unavailable',
      error: { code: 'AccessDenied', message: expect.stringMatching(said) },
    });
  });

  test('to give a list says which list', async () => {
    const saidOf = async (database: Database) => {
      const observation = await look(database);
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
  const { signal } = new AbortController();
  await look(cluster, signal);
  await look({ ...instance, role: 'reader' }, signal);
  const options = rds.calls().map(({ args }) => (args as unknown[])[1] as { abortSignal?: AbortSignal });
  expect(options).toHaveLength(4);
  for (const { abortSignal } of options) expect(abortSignal).toBe(signal);
});
