import {
  DBClusterNotFoundFault,
  DBInstanceNotFoundFault,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createRdsTopology } from '../../../lib/adapters/rds-topology.ts';
import { cluster, instance } from '../world.ts';

const rds = mockClient(RDSClient);
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

beforeEach(() => rds.reset());
afterAll(() => rds.restore());

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

  test('follows pages to their end', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')], Marker: 'more' });
    rds.on(DescribeDBInstancesCommand, { Marker: 'more' }).resolves({ DBInstances: [instanceNamed('orders-2')] });
    const sighting = await createRdsTopology(client, cluster).describe();
    expect(sighting.kind === 'seen' && sighting.topology.instances.every(({ endpoint }) => endpoint)).toBe(true);
  });

  test('keeps a member that is listed without details, without an endpoint', async () => {
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [clusterOf(true, false)] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instanceNamed('orders-1')] });
    const sighting = await createRdsTopology(client, cluster).describe();
    expect(sighting.kind === 'seen' && sighting.topology.instances[1]).toEqual({
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
    const sighting = await createRdsTopology(client, { ...instance, role: 'reader' }).describe();
    expect(sighting).toMatchObject({
      topology: { instances: [{ role: 'writer' }, { id: 'orders-replica', role: 'reader' }] },
    });
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
