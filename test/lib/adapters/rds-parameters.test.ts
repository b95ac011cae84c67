import {
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { createRdsParameters } from '../../../lib/adapters/rds-parameters.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { cluster, instance } from '../scene.ts';
import { mocked, run, unreadable } from './mocks.ts';

const rds = mocked(RDSClient);

const limitsOf = (database: typeof instance) =>
  createRdsParameters(new RDSClient({ region: 'eu-central-1' }), database, run).loginLimits();

const inGroup = (DBParameterGroupName: string, ParameterApplyStatus = 'in-sync') => ({
  DBParameterGroups: [{ DBParameterGroupName, ParameterApplyStatus }],
});
const set = (ParameterName: string, ParameterValue?: string) => ({ ParameterName, ParameterValue });

describe('what MySQL counts failed connections by', () => {
  test('is in the parameter group of the instance; what has no value is the default of the engine', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ Engine: 'mysql', ...inGroup('own') }] });
    rds.on(DescribeDBParametersCommand, { DBParameterGroupName: 'own' }).resolves({
      Parameters: [set('max_connect_errors'), set('max_connections', '1'), set('skip_name_resolve', '0')],
    });
    expect(await limitsOf(instance)).toStrictEqual(
      known([{ group: 'own', isPending: false, skipsNameResolve: false }]),
    );
    // Only these parameters are asked for: a group has hundreds.
    const [call] = rds.commandCalls(DescribeDBParametersCommand);
    expect(call?.args[0].input.Filters?.[0]?.Name).toBe('parameter-name');
    expect(rds.commandCalls(DescribeDBClustersCommand)).toEqual([]);
    for (const { args } of rds.calls()) expect(args).toEqual([expect.anything(), { abortSignal: run }]);
  });

  test.each(['1', 'ON', 'true'])('knows skip_name_resolve %s, in both spellings', async (value) => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ Engine: 'mariadb', ...inGroup('own', 'pending-reboot') }],
    });
    rds.on(DescribeDBParametersCommand).resolves({
      Parameters: [set('skip-name-resolve', value), set('max_connect_errors', '7')],
    });
    expect(await limitsOf(instance)).toStrictEqual(
      known([{ group: 'own', isPending: true, maxConnectErrors: 7, skipsNameResolve: true }]),
    );
  });

  test("of a cluster is the cluster's, unless a group of its instances says otherwise; each group is read once", async () => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        { Engine: 'aurora-mysql', ...inGroup('a') },
        { Engine: 'aurora-mysql', ...inGroup('b', 'pending-reboot') },
        { Engine: 'aurora-mysql', ...inGroup('a', 'pending-reboot') },
        { Engine: 'aurora-mysql', ...inGroup('b') },
        { Engine: 'aurora-mysql', DBParameterGroups: [{ ParameterApplyStatus: 'in-sync' }] },
        { Engine: 'aurora-mysql' },
      ],
    });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterParameterGroup: 'whole' }] });
    rds
      .on(DescribeDBClusterParametersCommand, { DBClusterParameterGroupName: 'whole' })
      .resolves({ Parameters: [set('max_connect_errors', '1000000')] });
    rds
      .on(DescribeDBParametersCommand, { DBParameterGroupName: 'a' })
      .resolves({ Parameters: [set('max_connect_errors'), { ParameterValue: '1' }] });
    rds
      .on(DescribeDBParametersCommand, { DBParameterGroupName: 'b' })
      .resolves({ Parameters: [set('max_connect_errors', '5')] });
    expect(await limitsOf(cluster)).toStrictEqual(
      known([
        { group: 'a', isPending: true, maxConnectErrors: 1_000_000 },
        { group: 'b', isPending: true, maxConnectErrors: 5 },
      ]),
    );
    expect(rds.commandCalls(DescribeDBParametersCommand)).toHaveLength(2);
  });

  test("of a cluster's member that is followed as an instance counts the cluster's group too", async () => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ Engine: 'aurora-mysql', DBClusterIdentifier: 'shop', ...inGroup('a') }],
    });
    rds
      .on(DescribeDBClustersCommand, { DBClusterIdentifier: 'shop' })
      .resolves({ DBClusters: [{ DBClusterParameterGroup: 'whole' }] });
    rds.on(DescribeDBClusterParametersCommand).resolves({ Parameters: [set('skip_name_resolve', '1')] });
    rds.on(DescribeDBParametersCommand).resolves({ Parameters: [] });
    expect(await limitsOf(instance)).toStrictEqual(known([{ group: 'a', isPending: false, skipsNameResolve: true }]));
  });

  test('is nothing for other engines, and none of their groups is read', async () => {
    for (const DBInstances of [[{ Engine: 'postgres', ...inGroup('own') }], []]) {
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances });
      expect(await limitsOf(instance)).toStrictEqual(known([]));
    }
    expect(rds.commandCalls(DescribeDBParametersCommand)).toEqual([]);
  });

  test.each(['0', 'OFF', 'only', 'not on', '10'])('takes skip_name_resolve %s for off', async (value) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ Engine: 'mysql', ...inGroup('own') }] });
    rds.on(DescribeDBParametersCommand).resolves({ Parameters: [set('skip_name_resolve', value)] });
    expect(await limitsOf(instance)).toMatchObject({ value: [{ skipsNameResolve: false }] });
  });

  test.each([
    [undefined, 'DescribeDBClusters named no parameter group of orders'],
    [[{}], 'DescribeDBClusters named no parameter group of orders'],
    [
      [{ DBClusterIdentifier: 'other' }, { DBClusterIdentifier: 'another' }],
      'DescribeDBClusters was asked for orders and gave other, another',
    ],
  ])('is unknown, not "none", where the API names no cluster with a parameter group: %j', async (DBClusters, why) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ Engine: 'aurora-mysql', ...inGroup('a') }] });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters });
    const limits = await limitsOf(cluster);
    expect(limits).toMatchObject({ kind: 'unreadable', action: 'rds:DescribeDBClusters' });
    expect(limits).toMatchObject({ message: expect.stringContaining(why) });
  });

  test.each([
    [DescribeDBInstancesCommand, 'DescribeDBInstances'],
    [DescribeDBClusterParametersCommand, 'DescribeDBClusterParameters'],
    [DescribeDBParametersCommand, 'DescribeDBParameters'],
  ] as const)('is unknown where a reply has no list', async (command, call) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ Engine: 'aurora-mysql', ...inGroup('a') }] });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterParameterGroup: 'whole' }] });
    rds.on(DescribeDBClusterParametersCommand).resolves({ Parameters: [] });
    rds.on(command as typeof DescribeDBParametersCommand).resolves({});
    expect(await limitsOf(cluster)).toMatchObject({ ...unreadable(`${call} gave no list.`), action: `rds:${call}` });
  });

  test.each([
    [DescribeDBInstancesCommand, 'rds:DescribeDBInstances'],
    [DescribeDBClustersCommand, 'rds:DescribeDBClusters'],
    [DescribeDBClusterParametersCommand, 'rds:DescribeDBClusterParameters'],
    [DescribeDBParametersCommand, 'rds:DescribeDBParameters'],
  ] as const)('is denied with the action that is missing', async (command, action) => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ Engine: 'aurora-mysql', ...inGroup('a') }] });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ DBClusterParameterGroup: 'whole' }] });
    rds.on(DescribeDBClusterParametersCommand).resolves({ Parameters: [] });
    rds.on(DescribeDBParametersCommand).resolves({ Parameters: [] });
    rds
      .on(command as typeof DescribeDBParametersCommand)
      .rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    expect(await limitsOf(cluster)).toStrictEqual({ kind: 'denied', action });
  });
});
