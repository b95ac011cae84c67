import {
  DescribeDBClusterEndpointsCommand,
  type DescribeDBClusterEndpointsCommandInput,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  FailoverDBClusterCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBInstances,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterEach, describe, expect, test } from 'vitest';
import { closeServers, serve } from './rig.ts';

afterEach(closeServers);

const ARN = 'arn:aws:rds:eu-central-1:123456789012:db:orders';

describe('DescribeDBInstances', () => {
  test('gives a Multi-AZ instance with its endpoint, zones and network', async () => {
    const { client } = await serve();
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders' }));
    expect(DBInstances).toHaveLength(1);
    expect(DBInstances?.[0]).toMatchObject({
      DBInstanceIdentifier: 'orders',
      DBInstanceArn: ARN,
      DBInstanceStatus: 'available',
      Endpoint: { Address: 'orders.c1example.eu-central-1.rds.amazonaws.com', Port: 5432 },
      MultiAZ: true,
      AvailabilityZone: 'eu-central-1a',
      SecondaryAvailabilityZone: 'eu-central-1b',
      PubliclyAccessible: false,
      ReadReplicaDBInstanceIdentifiers: [],
      VpcSecurityGroups: [{ Status: 'active' }],
    });
    expect(DBInstances?.[0]?.DBSubnetGroup?.Subnets).toHaveLength(3);
    expect(DBInstances?.[0]?.DbiResourceId).toMatch(/^db-[A-Z2-7]{26}$/);
    expect(DBInstances?.[0]?.InstanceCreateTime).toBeInstanceOf(Date);
  });

  test.each(['ORDERS', ARN])('finds the instance as %s too', async (DBInstanceIdentifier) => {
    const { client } = await serve();
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
    expect(DBInstances?.map((each) => each.DBInstanceIdentifier)).toEqual(['orders']);
  });

  test('refuses an unknown instance with 404 and the code of AWS', async () => {
    const { client } = await serve();
    const call = client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nobody' }));
    await expect(call).rejects.toMatchObject({
      name: 'DBInstanceNotFoundFault',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('finds one instance among 2,000 others by a filter, in one page', async () => {
    const { client } = await serve({ kind: 'cluster' }, { extra: 2000 });
    const Filters = [{ Name: 'db-cluster-id', Values: ['orders'] }];
    const page = await client.send(new DescribeDBInstancesCommand({ Filters, MaxRecords: 20 }));
    expect(page.DBInstances?.map((each) => each.DBInstanceIdentifier)).toEqual(['orders-1', 'orders-2']);
    expect(page.Marker).toBeUndefined();
  });

  test('lists 2,000 others and the members page by page, each once', async () => {
    const { client } = await serve({ kind: 'cluster' }, { extra: 2000 });
    const seen: string[] = [];
    let pages = 0;
    for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client, pageSize: 100 }, {})) {
      pages += 1;
      seen.push(...DBInstances.map((each) => each.DBInstanceIdentifier ?? ''));
    }
    expect(pages).toBe(21);
    expect(new Set(seen).size).toBe(2002);
    expect(seen).toContain('orders-2');
    expect(seen.indexOf('orders-1')).toBeGreaterThan(100);
  });

  test.each([
    ['db-instance-id', 'orders-2', ['orders-2']],
    ['db-instance-id', 'arn:aws:rds:eu-central-1:123456789012:db:orders-1', ['orders-1']],
    ['db-cluster-id', 'arn:aws:rds:eu-central-1:123456789012:cluster:orders', ['orders-1', 'orders-2']],
    ['engine', 'aurora-postgresql', ['orders-1', 'orders-2']],
    ['engine', 'oracle-ee', []],
  ])('filters by %s = %s', async (Name, value, expected) => {
    const { client } = await serve({ kind: 'cluster' }, { extra: 30 });
    const Filters = [{ Name, Values: [value] }];
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ Filters }));
    expect(DBInstances?.map((each) => each.DBInstanceIdentifier)).toEqual(expected);
  });

  test('filters by resource id, which survives a rename', async () => {
    const { client, database, during } = await serve();
    const [view] = database.describe().instances;
    await during(database.renameMember('orders', 'orders2'));
    const Filters = [{ Name: 'dbi-resource-id', Values: [view?.resourceId ?? ''] }];
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ Filters }));
    expect(DBInstances?.map((each) => each.DBInstanceIdentifier)).toEqual(['orders2']);
  });

  test('refuses a filter that does not exist, and a page size outside 20 to 100', async () => {
    const { client } = await serve();
    const filter = new DescribeDBInstancesCommand({ Filters: [{ Name: 'vpc-id', Values: ['x'] }] });
    await expect(client.send(filter)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    for (const MaxRecords of [19, 101]) {
      const call = client.send(new DescribeDBInstancesCommand({ MaxRecords }));
      await expect(call).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    }
  });
});

describe('DescribeDBClusters', () => {
  const describeOrders = new DescribeDBClustersCommand({ DBClusterIdentifier: 'orders' });

  test('gives the cluster with its endpoints and its members', async () => {
    const { client } = await serve({ kind: 'cluster' });
    const { DBClusters } = await client.send(describeOrders);
    expect(DBClusters?.[0]).toMatchObject({
      DBClusterIdentifier: 'orders',
      Status: 'available',
      Endpoint: 'orders.cluster-c1example.eu-central-1.rds.amazonaws.com',
      ReaderEndpoint: 'orders.cluster-ro-c1example.eu-central-1.rds.amazonaws.com',
      Port: 5432,
      MultiAZ: true,
      DBClusterMembers: [
        { DBInstanceIdentifier: 'orders-1', IsClusterWriter: true },
        { DBInstanceIdentifier: 'orders-2', IsClusterWriter: false },
      ],
    });
  });

  test('goes on naming the old writer until the control plane has caught up', async () => {
    const { client, database, during, until, moments } = await serve({ kind: 'cluster' });
    const writer = async () => {
      const { DBClusters } = await client.send(describeOrders);
      return DBClusters?.[0]?.DBClusterMembers?.find((member) => member.IsClusterWriter)?.DBInstanceIdentifier;
    };
    database.setApiLag(120_000);
    const failover = database.failover({ cause: 'crash' });
    await until(() => moments('promoted').length > 0);
    expect(await writer()).toBe('orders-1');
    await during(failover);
    expect(await writer()).toBe('orders-2');
  });

  test('refuses an unknown cluster with 404, and lists none for a filter that matches none', async () => {
    const { client } = await serve({ kind: 'cluster' });
    const unknown = client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'nobody' }));
    await expect(unknown).rejects.toMatchObject({
      name: 'DBClusterNotFoundFault',
      $metadata: { httpStatusCode: 404 },
    });
    const Filters = [{ Name: 'engine', Values: ['aurora-mysql'] }];
    expect((await client.send(new DescribeDBClustersCommand({ Filters }))).DBClusters).toEqual([]);
  });
});

describe('the actions of the API', () => {
  test('a reboot with failover answers at once and moves the instance', async () => {
    const { client, database, until } = await serve();
    const reboot = new RebootDBInstanceCommand({ DBInstanceIdentifier: 'orders', ForceFailover: true });
    const { DBInstance } = await client.send(reboot);
    expect(DBInstance?.DBInstanceStatus).toBe('rebooting');
    await expect(client.send(reboot)).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
    await until(() => database.writer().ip === '10.0.2.10');
  });

  test('a reboot with failover is refused without a standby, and a plain one is not', async () => {
    const { client, until, moments } = await serve({ multiAz: false });
    const forced = new RebootDBInstanceCommand({ DBInstanceIdentifier: 'orders', ForceFailover: true });
    await expect(client.send(forced)).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
    await client.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'orders' }));
    await until(() => moments('restarted').length === 1);
  });

  test('a failover of a cluster promotes the target', async () => {
    const { client, database, until } = await serve({ kind: 'cluster', readers: 2 });
    const call = { DBClusterIdentifier: 'orders', TargetDBInstanceIdentifier: 'orders-3' };
    const { DBCluster } = await client.send(new FailoverDBClusterCommand(call));
    expect(DBCluster?.Status).toBe('failing-over');
    await until(() => database.writer().memberId === 'orders-3');
  });

  test('a failover is refused for an unknown target, for the writer itself, and without a reader', async () => {
    const { client } = await serve({ kind: 'cluster' });
    const to = (TargetDBInstanceIdentifier: string) =>
      client.send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'orders', TargetDBInstanceIdentifier }));
    await expect(to('orders-9')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await expect(to('orders-1')).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
    const alone = await serve({ kind: 'cluster', readers: 0 });
    const call = alone.client.send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'orders' }));
    await expect(call).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
  });

  test('a new port is applied at once, also without ApplyImmediately', async () => {
    const { client, until, knock, moments } = await serve();
    await client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders', DBPortNumber: 6432 }));
    await until(() => moments('port-changed').length === 1);
    expect(await knock('10.0.1.10', 6432)).toBe('orders-host-1 primary');
    const wrong = new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders', DBPortNumber: 80 });
    await expect(client.send(wrong)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('a new name waits for the maintenance window unless it is to be applied immediately', async () => {
    const { client, database, until } = await serve();
    const rename = { DBInstanceIdentifier: 'orders', NewDBInstanceIdentifier: 'Orders2' };
    await client.send(new ModifyDBInstanceCommand(rename));
    expect(Object.keys(database.names().instances)).toEqual(['orders']);
    await client.send(new ModifyDBInstanceCommand({ ...rename, ApplyImmediately: true }));
    await until(() => 'orders2' in database.names().instances);
  });

  test('what has happened is told by DescribeEvents, by source and category', async () => {
    const { client, database, during } = await serve();
    await during(database.failover({ cause: 'reboot' }));
    const { Events } = await client.send(
      new DescribeEventsCommand({
        SourceType: 'db-instance',
        SourceIdentifier: 'orders',
        EventCategories: ['failover'],
      }),
    );
    expect(Events?.map(({ SourceArn, EventCategories }) => [SourceArn, EventCategories])).toEqual([
      [ARN, ['failover']],
      [ARN, ['failover']],
    ]);
    for (const other of [{ SourceType: 'db-cluster' }, { SourceType: 'db-instance', SourceIdentifier: 'x' }] as const) {
      expect((await client.send(new DescribeEventsCommand(other))).Events).toEqual([]);
    }
  });
});

describe('DescribeDBClusterEndpoints', () => {
  const customEndpoints = [
    { id: 'etl', type: 'ANY', excludedMembers: ['orders-2'] },
    { id: 'reporting', type: 'READER', staticMembers: ['orders-2', 'orders-3'] },
  ] as const;
  const withEndpoints = () => serve({ kind: 'cluster', readers: 2, customEndpoints });
  const namesOf = (endpoints: readonly { EndpointType?: string; DBClusterEndpointIdentifier?: string }[] = []) =>
    endpoints.map((one) => one.DBClusterEndpointIdentifier ?? one.EndpointType);

  test('gives the endpoints that every cluster has, without an identifier, and the custom ones with their lists', async () => {
    const { client } = await withEndpoints();
    const { DBClusterEndpoints } = await client.send(
      new DescribeDBClusterEndpointsCommand({ DBClusterIdentifier: 'ORDERS' }),
    );
    expect(namesOf(DBClusterEndpoints)).toEqual(['WRITER', 'READER', 'etl', 'reporting']);
    expect(DBClusterEndpoints?.[3]).toMatchObject({
      DBClusterIdentifier: 'orders',
      DBClusterEndpointArn: 'arn:aws:rds:eu-central-1:123456789012:cluster-endpoint:reporting',
      Endpoint: 'reporting.cluster-custom-c1example.eu-central-1.rds.amazonaws.com',
      Status: 'available',
      EndpointType: 'CUSTOM',
      CustomEndpointType: 'READER',
      StaticMembers: ['orders-2', 'orders-3'],
      ExcludedMembers: [],
    });
    expect(DBClusterEndpoints?.[2]).toMatchObject({ StaticMembers: [], ExcludedMembers: ['orders-2'] });
  });

  test('selects by identifier and filters, and refuses what it does not know', async () => {
    const { client } = await withEndpoints();
    const ask = (input: DescribeDBClusterEndpointsCommandInput) =>
      client.send(new DescribeDBClusterEndpointsCommand(input)).then(({ DBClusterEndpoints: found }) => namesOf(found));
    const filter = (name: string, ...Values: string[]) => ({
      Filters: [{ Name: `db-cluster-endpoint-${name}`, Values }],
    });
    expect(await ask({ DBClusterEndpointIdentifier: 'reporting' })).toEqual(['reporting']);
    expect(await ask(filter('type', 'custom'))).toEqual(['etl', 'reporting']);
    expect(await ask(filter('custom-type', 'any'))).toEqual(['etl']);
    await expect(ask({ DBClusterIdentifier: 'nobody' })).rejects.toMatchObject({ name: 'DBClusterNotFoundFault' });
    await expect(ask({ DBClusterEndpointIdentifier: 'nobody' })).rejects.toThrow(/nobody not found/);
    await expect(ask(filter('name', 'x'))).rejects.toThrow(/Unrecognized filter name/);
    await expect(ask({ MaxRecords: 19 })).rejects.toThrow(/MaxRecords/);
  });

  test('names what DNS shows, one member at a time, never the writer where the type is READER', async () => {
    const { database } = await withEndpoints();
    const shown = (id: string) => {
      const name = database.names().customEndpoints?.[id] ?? '';
      const ips = Array.from({ length: 50 }, () => database.zone(name, 'A')).map((answer) => {
        if (answer.kind !== 'records') throw new Error(answer.kind);
        expect(answer.a).toHaveLength(1);
        return answer.a?.[0];
      });
      return [...new Set(ips)].sort();
    };
    expect(shown('reporting')).toEqual(['10.0.2.10', '10.0.3.10']);
    expect(shown('etl')).toEqual(['10.0.1.10', '10.0.3.10']);
  });
});
