import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { createRdsNetwork } from '../../../lib/adapters/rds-network.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { cluster, instance } from '../scene.ts';
import { mocked, run } from './mocks.ts';

const rds = mocked(RDSClient);

describe('the network of a database', () => {
  const networkOf = async (database: typeof instance) =>
    createRdsNetwork(new RDSClient({ region: 'eu-central-1' }), database, run).databaseNetwork?.();
  const subnet = (Name: string, SubnetStatus = 'Active') => ({ SubnetStatus, SubnetAvailabilityZone: { Name } });
  const member = {
    DBSubnetGroup: {
      VpcId: 'vpc-1',
      Subnets: [subnet('z2'), subnet('z1'), subnet('z1'), subnet('z0', 'Inactive'), { SubnetStatus: 'Active' }],
    },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }, {}],
  };
  const other = { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }, { VpcSecurityGroupId: 'sg-2' }] };
  const stranger = { DBClusterIdentifier: 'others', VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-9' }] };
  const home = { vpcId: 'vpc-1', zones: ['z1', 'z2'] };

  test('is that of its instance, or of all members of a cluster', async () => {
    rds.on(DescribeDBInstancesCommand, { DBInstanceIdentifier: 'orders' }).resolves({ DBInstances: [member] });
    expect(await networkOf(instance)).toStrictEqual(known({ ...home, securityGroupIds: ['sg-1'] }));
    rds
      .on(DescribeDBInstancesCommand, { Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }] })
      .resolves({ DBInstances: [{ ...member, Engine: 'aurora-mysql' }, other, stranger, {}] });
    expect(await networkOf(cluster)).toStrictEqual(
      known({ ...home, engine: 'aurora-mysql', securityGroupIds: ['sg-1', 'sg-2'] }),
    );
    for (const { args } of rds.calls()) expect(args).toEqual([expect.anything(), { abortSignal: run }]);
  });

  test('is unreadable when the answer shows none', async () => {
    for (const DBInstances of [[], [{}]]) {
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances });
      expect(await networkOf(instance)).toMatchObject({
        kind: 'unreadable',
        action: 'rds:DescribeDBInstances',
        message: 'Error: DescribeDBInstances gave no subnet group for orders',
      });
    }
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBSubnetGroup: {} }] });
    expect(await networkOf(instance)).toStrictEqual(known({ zones: [], securityGroupIds: [] }));
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ ...member, DBInstanceIdentifier: 'stranger' }] });
    expect(await networkOf(instance)).toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('DescribeDBInstances was asked for orders and gave stranger'),
    });
  });
});
