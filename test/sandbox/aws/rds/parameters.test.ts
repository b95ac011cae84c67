import {
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  paginateDescribeDBParameters,
} from '@aws-sdk/client-rds';
import { afterEach, describe, expect, test } from 'vitest';
import { createParameterGroups } from '../../../../sandbox/aws/rds/parameters.ts';
import type { DatabaseOptions } from '../../../../sandbox/world/database/types.ts';
import { closeServers, serve } from './rig.ts';

afterEach(closeServers);

async function serveParameters(options: Partial<DatabaseOptions>) {
  const parameterGroups = createParameterGroups();
  const { client: rds, database } = await serve(options, { parameterGroups });
  const [instance] = (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
  const DBParameterGroupName = instance?.DBParameterGroups?.[0]?.DBParameterGroupName ?? '';
  const all = async () => {
    const found = [];
    const pages = paginateDescribeDBParameters({ client: rds, pageSize: 100 }, { DBParameterGroupName });
    for await (const page of pages) found.push(page.Parameters ?? []);
    return { pages: found.length, parameters: found.flat() };
  };
  const read = async (name: string) => (await all()).parameters.find(({ ParameterName }) => ParameterName === name);
  return { rds, database, parameterGroups, instance, DBParameterGroupName, all, read };
}

describe('the parameter group of a DB instance', () => {
  test('of MySQL is several pages long, and tells no value where the default of the engine holds', async () => {
    const { instance, DBParameterGroupName, all, read } = await serveParameters({ engineName: 'mysql' });
    expect(instance).toMatchObject({ Engine: 'mysql', EngineVersion: '8.4.5', Endpoint: { Port: 3306 } });
    expect(DBParameterGroupName).toBe('default.mysql8.4');
    const { pages, parameters } = await all();
    expect(pages).toBeGreaterThan(1);
    expect(new Set(parameters.map(({ ParameterName }) => ParameterName)).size).toBe(parameters.length);
    for (const name of ['max_connect_errors', 'skip_name_resolve']) {
      const parameter = await read(name);
      expect(parameter).toMatchObject({ Source: 'engine-default', IsModifiable: true });
      expect(parameter?.ParameterValue).toBeUndefined();
    }
  });

  test('of the account itself holds what was set', async () => {
    const { parameterGroups, rds, database } = await serveParameters({ engineName: 'mariadb' });
    const own = { DBParameterGroupName: 'orders-mariadb' };
    database.overrideApiView((view) => ({
      ...view,
      instances: view.instances.map((one) => ({ ...one, parameterGroup: own.DBParameterGroupName })),
    }));
    parameterGroups.instances.set(own.DBParameterGroupName, { max_connect_errors: '4294967295' });
    const [instance] = (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
    expect(instance?.DBParameterGroups).toMatchObject([own]);
    const users = await rds.send(new DescribeDBParametersCommand({ ...own, Source: 'user' }));
    expect(users.Parameters).toMatchObject([
      { ParameterName: 'max_connect_errors', ParameterValue: '4294967295', Source: 'user' },
    ]);
  });

  test('of PostgreSQL forces TLS', async () => {
    const { read, rds, DBParameterGroupName } = await serveParameters({});
    expect(await read('rds.force_ssl')).toMatchObject({ ParameterValue: '1', Source: 'system' });
    const Filters = [{ Name: 'parameter-name', Values: ['rds.force_ssl', 'port'] }];
    const found = await rds.send(new DescribeDBParametersCommand({ DBParameterGroupName, Filters }));
    expect(found.Parameters).toHaveLength(1);
    expect(DBParameterGroupName).toBe('default.postgres17');
  });

  test.each([
    [{ DBParameterGroupName: 'nope' }, 'DBParameterGroupNotFoundFault'],
    [{ Source: 'somebody' }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue'],
    [{ Marker: 'bad' }, 'InvalidParameterValue'],
    [{ MaxRecords: 500 }, 'InvalidParameterValue'],
  ])('refuses %j', async (input, name) => {
    const { rds, DBParameterGroupName } = await serveParameters({});
    const command = new DescribeDBParametersCommand({ DBParameterGroupName, ...input });
    await expect(rds.send(command)).rejects.toMatchObject({ name });
  });
});

test('the parameter group of an Aurora cluster stands in the cluster', async () => {
  const { rds } = await serveParameters({ kind: 'cluster', engineName: 'mysql' });
  const [cluster] = (await rds.send(new DescribeDBClustersCommand({}))).DBClusters ?? [];
  expect(cluster).toMatchObject({ Engine: 'aurora-mysql', DBClusterParameterGroup: 'default.aurora-mysql8.0' });
  const input = {
    DBClusterParameterGroupName: cluster?.DBClusterParameterGroup,
    Filters: [{ Name: 'parameter-name', Values: ['max_connect_errors'] }],
  };
  expect((await rds.send(new DescribeDBClusterParametersCommand(input))).Parameters).toHaveLength(1);
});
