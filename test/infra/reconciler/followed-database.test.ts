import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, test } from 'vitest';
import { DatabaseEndpointService } from '../../../infra/endpoint-service/database-endpoint-service.ts';
import { environmentOf } from '../../../infra/reconciler/environment.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { TargetReconciler } from '../../../infra/reconciler/target-reconciler.ts';
import { account, newStack, region, resolved } from '../reconciler-rig.ts';

const arn = (stack: Stack, database: FollowedDatabase, resource: 'db' | 'cluster') =>
  resolved(stack.resolve(database.arnIn(stack, resource)));

describe('an instance', () => {
  test('known by its identifier alone has its ARN in the account and Region of the stack', () => {
    const database = FollowedDatabase.instance({ instanceIdentifier: 'orders' });
    expect(arn(newStack(), database, 'db')).toBe(`arn:aws:rds:${region}:${account}:db:orders`);
    expect(database.endpoint).toBeUndefined();
  });

  test('is written in lower case, as RDS writes it in ARNs and events', () => {
    const database = FollowedDatabase.instance({ instanceIdentifier: 'Orders' });
    expect(arn(newStack(), database, 'db')).toMatch(/:db:orders$/);
  });

  test('keeps the ARN and the endpoint that it is given', () => {
    const given = 'arn:aws-cn:rds:cn-north-1:210987654321:db:orders';
    const database = FollowedDatabase.instance({
      instanceIdentifier: 'orders',
      arn: given,
      endpointAddress: 'orders.abc.rds.amazonaws.com',
      port: 5433,
    });
    expect(arn(newStack(), database, 'db')).toBe(given);
    expect(database.endpoint).toBe('orders.abc.rds.amazonaws.com:5433');
  });

  test('of the same app brings its identifier, ARN and endpoint', () => {
    const stack = newStack();
    const instance = new DatabaseInstance(stack, 'Db', {
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_16 }),
      vpc: new Vpc(stack, 'Vpc'),
    });
    const database = FollowedDatabase.instance(instance);
    const id = stack.getLogicalId(instance.node.defaultChild as never);
    expect(resolved(stack.resolve(database.identifier))).toBe(`{${id}}`);
    expect(resolved(stack.resolve(database.endpoint))).toBe(`{${id}.Endpoint.Address}:{${id}.Endpoint.Port}`);
    expect(arn(stack, database, 'db')).toMatch(/^arn:aws:rds:.*:db:\{/);
  });

  test('that was imported brings the endpoint that it was imported with', () => {
    const imported = DatabaseInstance.fromDatabaseInstanceAttributes(newStack(), 'Db', {
      instanceIdentifier: 'orders',
      instanceEndpointAddress: 'orders.abc.rds.amazonaws.com',
      port: 5432,
      securityGroups: [],
    });
    expect(FollowedDatabase.instance(imported).endpoint).toBe('orders.abc.rds.amazonaws.com:5432');
  });
});

describe('a cluster', () => {
  test('known by its identifier alone has its ARN in the account and Region of the stack', () => {
    const database = FollowedDatabase.cluster({ clusterIdentifier: 'orders' });
    expect(arn(newStack(), database, 'cluster')).toBe(`arn:aws:rds:${region}:${account}:cluster:orders`);
  });

  test('imported without an endpoint is followed without one', () => {
    const imported = DatabaseCluster.fromDatabaseClusterAttributes(newStack(), 'Db', { clusterIdentifier: 'orders' });
    const database = FollowedDatabase.cluster(imported);
    expect(database).toMatchObject({ kind: 'cluster', identifier: 'orders', endpoint: undefined });
  });

  test.each([
    ['an address without a port', { clusterEndpointAddress: 'orders.cluster-abc.eu-central-1.rds.amazonaws.com' }],
    ['nothing', {}],
  ])('imported with %s warns that its endpoint is not known, as CDK keeps it only with a port', (_, attributes) => {
    const stack = newStack();
    const imported = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Db', {
      clusterIdentifier: 'orders',
      ...attributes,
    });
    expect(FollowedDatabase.cluster(imported, { endpointAddress: 'orders.example.com' }).endpoint).toBe(
      'orders.example.com',
    );
    expect(FollowedDatabase.cluster(imported, { endpointAddress: 'orders.example.com', port: 3306 }).endpoint).toBe(
      'orders.example.com:3306',
    );
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
    expect(FollowedDatabase.cluster(imported).endpoint).toBeUndefined();
    expect(JSON.stringify(Annotations.fromStack(stack).findWarning('*', Match.anyValue()))).toMatch(
      /no endpoint of cluster orders is known: .*both clusterEndpointAddress and port/,
    );
  });

  test('imported with address and port keeps both, and warns of nothing', () => {
    const stack = newStack();
    const imported = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Db', {
      clusterIdentifier: 'orders',
      clusterEndpointAddress: 'orders.cluster-abc.eu-central-1.rds.amazonaws.com',
      port: 5432,
    });
    expect(FollowedDatabase.cluster(imported).endpoint).toBe('orders.cluster-abc.eu-central-1.rds.amazonaws.com:5432');
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test('that CDK looks up first is synthesised without its endpoint, so that CDK can do the lookup', () => {
    const stack = new Stack(new App(), 'Looking', { env: { account: '111122223333', region: 'eu-central-1' } });
    const cluster = FollowedDatabase.cluster(DatabaseCluster.fromLookup(stack, 'C', { clusterIdentifier: 'orders' }));
    const instance = FollowedDatabase.instance(
      DatabaseInstance.fromLookup(stack, 'I', { instanceIdentifier: 'orders' }),
    );
    expect([cluster.endpoint, instance.endpoint]).toEqual([undefined, undefined]);
    expect(
      environmentOf(
        { databaseName: 'orders', database: cluster },
        'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/o/1',
      ),
    ).toMatchObject({ DATABASE_ID: 'orders' });
    const vpc = Vpc.fromLookup(stack, 'V', { vpcId: 'vpc-0123456789abcdef0' });
    const identifier = StringParameter.valueFromLookup(stack, '/orders/id');
    const database = FollowedDatabase.instance({ instanceIdentifier: identifier });
    const service = new DatabaseEndpointService(stack, 'S', { vpc, port: 5432, databaseCidrs: [vpc.vpcCidrBlock] });
    const { targetGroup } = service;
    expect(
      () => new TargetReconciler(stack, 'R', { databaseName: 'orders', database, targetGroup, vpc }),
    ).not.toThrow();
  });

  test('of the same app brings its writer endpoint', () => {
    const stack = newStack();
    const cluster = new DatabaseCluster(stack, 'Db', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
      vpc: new Vpc(stack, 'Vpc'),
      writer: ClusterInstance.serverlessV2('writer'),
    });
    const endpoint = resolved(stack.resolve(FollowedDatabase.cluster(cluster).endpoint));
    expect(endpoint).toMatch(/^\{\w+\.Endpoint\.Address\}:\{\w+\.Endpoint\.Port\}$/);
  });
});

test('a resource id is no identifier, whatever becomes of its capitals', () => {
  expect(() => FollowedDatabase.instance({ instanceIdentifier: 'db-ABCDEFGHIJKL01234' })).toThrow(
    /^the identifier is db-ABCDEFGHIJKL01234; allowed: .* is the resource id of a DB instance/,
  );
  expect(FollowedDatabase.instance({ instanceIdentifier: 'DB-Orders' }).identifier).toBe('db-orders');
});

describe('a host name', () => {
  const proxy = 'orders-proxy.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com';

  test.each([
    [proxy, undefined, 'orders-proxy'],
    [proxy, 'other', 'other'],
    ['orders.abc.eu-central-1.redshift.amazonaws.com', undefined, undefined],
    ['database.example.com', undefined, undefined],
  ])('%s with the proxy name %s has the events of the proxy %s', (hostname, proxyName, expected) => {
    expect(FollowedDatabase.hostname({ hostname, port: 5432, proxyName }).proxyName).toBe(expected);
  });
});
