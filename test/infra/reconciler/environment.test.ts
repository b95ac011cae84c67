import { Duration, Fn, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { DatabaseInstance, DatabaseInstanceEngine } from 'aws-cdk-lib/aws-rds';
import { describe, expect, test } from 'vitest';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { privateCidrs } from '../../../lib/addresses.ts';
import { configFromEnv, configToEnv } from '../../../lib/settings/config.ts';
import { variableNames } from '../../../lib/settings/rows.ts';
import {
  addReconciler,
  functionOf,
  newStack,
  reconcilerTemplate,
  resolved,
  targetGroupArn,
} from '../reconciler-rig.ts';

const environmentOf = (template: ReturnType<typeof reconcilerTemplate>, name: 'Failover' | 'Drift' = 'Drift') =>
  functionOf(template, name).Properties.Environment.Variables;

const databases = {
  instance: FollowedDatabase.instance({
    instanceIdentifier: 'orders',
    endpointAddress: 'orders.abc.eu-central-1.rds.amazonaws.com',
    port: 5432,
  }),
  cluster: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
  hostname: FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5439, identifier: 'orders' }),
};

describe('the environment of a deployed function', () => {
  test.each(Object.entries(databases))('(%s) is read by the function and written back the same', (_, database) => {
    const template = reconcilerTemplate({ database });
    for (const name of ['Failover', 'Drift'] as const) {
      const environment = environmentOf(template, name);
      expect(configToEnv(configFromEnv(environment))).toEqual(environment);
    }
  });

  test('carries every property to the configuration that the function sees', () => {
    const template = reconcilerTemplate({
      databaseName: 'orders-readers',
      database: databases.cluster,
      role: 'reader',
      targetPort: 6432,
      removeStale: 'never',
      allowedCidrs: ['10.1.0.0/16', 'fd00::/8'],
      watch: Duration.seconds(60),
      settle: Duration.millis(1500),
      recheck: Duration.millis(250),
      dnsServers: ['10.0.0.2', '10.0.0.3:5353'],
      observeOnly: true,
      metricsNamespace: 'Ours',
      logLevel: 'DEBUG',
    });
    expect(configFromEnv(environmentOf(template))).toEqual({
      database: { name: 'orders-readers', kind: 'cluster', role: 'reader', id: 'orders', port: 6432 },
      targetGroupArn,
      policy: {
        removeStale: 'never',
        allowedCidrs: ['10.1.0.0/16', 'fd00::/8'],
        verifyInterfaces: true,
        observeOnly: true,
      },
      timings: { watchMs: 60_000, settleMs: 1500, recheckMs: 250 },
      probe: { login: 'off', user: 'rds_target_probe' },
      dnsServers: ['10.0.0.2', '10.0.0.3:5353'],
      metricsNamespace: 'Ours',
      logLevel: 'DEBUG',
    });
  });

  test('says that a member of a cluster is meant, where it is', () => {
    const member = FollowedDatabase.instance({ instanceIdentifier: 'orders-1', member: true });
    expect(environmentOf(reconcilerTemplate({ database: member })).DATABASE_MEMBER).toBe('true');
    expect(configFromEnv(environmentOf(reconcilerTemplate({ database: member }))).database.isMember).toBe(true);
    expect(environmentOf(reconcilerTemplate({ database: databases.instance })).DATABASE_MEMBER).toBeUndefined();
  });

  test('knows the prefix of the members, where there is one', () => {
    const prefixed = FollowedDatabase.cluster({ clusterIdentifier: 'orders', memberPrefix: 'Orders-' });
    expect(environmentOf(reconcilerTemplate({ database: prefixed })).DATABASE_MEMBER_PREFIX).toBe('orders-');
  });

  test('verifies interfaces, and those of a host name only where its security groups are given', () => {
    const seen = (props: Parameters<typeof reconcilerTemplate>[0]) => {
      const { policy, database } = configFromEnv(environmentOf(reconcilerTemplate(props)));
      return [policy.verifyInterfaces, database.securityGroups?.join()];
    };
    const named = { hostname: 'db.example.com', port: 5432 };
    const securityGroupIds = ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'];
    expect(seen({ database: databases.instance })).toEqual([true, undefined]);
    expect(seen({ database: databases.cluster, verifyInterfaces: false })).toEqual([undefined, undefined]);
    expect(seen({ database: databases.hostname })).toEqual([undefined, undefined]);
    expect(seen({ database: FollowedDatabase.hostname({ ...named, securityGroupIds }) })).toEqual([
      true,
      securityGroupIds.join(),
    ]);
    const known = FollowedDatabase.cluster({ clusterIdentifier: 'orders', securityGroupIds });
    expect(seen({ database: known })).toEqual([true, securityGroupIds.join()]);
    expect(() => reconcilerTemplate({ database: databases.hostname, verifyInterfaces: true })).toThrow(
      /DATABASE_SECURITY_GROUPS is not set/,
    );
  });

  test('takes the security groups of a database of the app, which only the deployment knows', () => {
    const template = reconcilerTemplate((stack) => {
      const vpc = new Vpc(stack, 'Vpc');
      const engine = DatabaseInstanceEngine.POSTGRES;
      return { database: FollowedDatabase.instance(new DatabaseInstance(stack, 'Database', { vpc, engine })) };
    });
    expect(resolved(environmentOf(template).DATABASE_SECURITY_GROUPS)).toMatch(/^\{DatabaseSecurityGroup.*GroupId\}$/);
  });

  test('allows the range of the VPC that is given, else every private address with a warning', () => {
    const imported = (stack: Stack, vpcCidrBlock?: string) =>
      Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'], vpcCidrBlock });
    const warnings = (props: (stack: Stack) => object) => {
      const stack = newStack();
      addReconciler(stack, props(stack));
      const said = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('every private address'));
      return [
        functionOf(Template.fromStack(stack), 'Drift').Properties.Environment.Variables.ALLOWED_CIDRS,
        said.length,
      ];
    };
    const every = privateCidrs.join();
    expect(warnings((stack) => ({ vpc: imported(stack, '10.1.0.0/16') }))).toEqual(['10.1.0.0/16', 0]);
    expect(warnings((stack) => ({ vpc: imported(stack, '10.1.0.0/16'), allowedCidrs: ['10.2.0.0/24'] }))).toEqual([
      '10.2.0.0/24',
      0,
    ]);
    expect(warnings((stack) => ({ vpc: imported(stack) }))).toEqual([every, 1]);
    expect(warnings(() => ({}))).toEqual([every, 1]);
    expect(warnings(() => ({ allowedCidrs: [...privateCidrs] }))).toEqual([every, 1]);
    const written = [['0.0.0.0/0'], ['::/0', '0.0.0.0/0'], ['10.0.0.0/7', '172.0.0.0/8', '192.168.0.0/16']];
    for (const allowedCidrs of written) expect(warnings(() => ({ allowedCidrs }))).toEqual([allowedCidrs.join(), 1]);
    for (const allowedCidrs of [['10.0.0.0/8'], ['::/0'], ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/24']])
      expect(warnings(() => ({ allowedCidrs }))).toEqual([allowedCidrs.join(), 0]);
    expect(warnings((stack) => ({ vpc: new Vpc(stack, 'Vpc') }))[1]).toBe(0);
  });

  test('refuses a host name that is an address', () => {
    const database = FollowedDatabase.hostname({ hostname: '10.0.1.40', port: 5432 });
    expect(() => reconcilerTemplate({ database })).toThrow(
      /DATABASE_HOSTNAME is "10\.0\.1\.40"; allowed: a full DNS name; an address never moves/,
    );
  });

  test('keeps the defaults of the functions for what is not given', () => {
    const { database, ...rest } = configFromEnv(environmentOf(reconcilerTemplate({ database: databases.hostname })));
    expect(database).toMatchObject({ kind: 'hostname', hostname: 'db.example.com', port: 5439, id: 'orders' });
    expect(rest).toMatchObject({ policy: { removeStale: 'when-replacement-healthy' }, timings: { watchMs: 120_000 } });
  });

  test('sets no variable that the functions do not know, outside a VPC', () => {
    const names = Object.keys(environmentOf(reconcilerTemplate()));
    expect(names.filter((name) => !variableNames.includes(name as never))).toEqual([]);
  });
});

describe('values that the functions would refuse', () => {
  test('stop the synth, all at once, with name, value and what is allowed', () => {
    const bad = () =>
      reconcilerTemplate({
        databaseName: 'ordérs',
        targetPort: 70_000,
        allowedCidrs: ['8.8.8.0/24'],
        targetGroupArn: 'arn:aws:s3:::bucket',
      });
    expect(bad).toThrow(/4 problem/);
    expect(bad).toThrow(/DATABASE_NAME is "ordérs"; allowed: /);
    expect(bad).toThrow(/TARGET_PORT is "70000"; allowed: /);
    expect(bad).toThrow(/ALLOWED_CIDRS is "8\.8\.8\.0\/24"; allowed: /);
    expect(bad).toThrow(/TARGET_GROUP_ARN is "arn:aws:s3:::bucket"; allowed: /);
  });

  test.each([
    ['watch', { watch: Duration.minutes(15) }, /WATCH_SECONDS is "900"/],
    ['settle', { settle: Duration.minutes(11) }, /SETTLE_SECONDS is "660"/],
    ['a name server', { dnsServers: ['resolver.example.com'] }, /DNS_SERVERS is "resolver\.example\.com"/],
    ['an identifier', { database: FollowedDatabase.cluster({ clusterIdentifier: 'a_b' }) }, /DATABASE_ID is "a_b"/],
    [
      'a watch that is shorter than its rest',
      { watch: Duration.seconds(20), settle: Duration.seconds(30) },
      /1 problem\(s\):\n- SETTLE_SECONDS is "30"; allowed: at most 20, as WATCH_SECONDS is: a watch/,
    ],
    [
      'lookups that come after the rest',
      { recheck: Duration.seconds(3), settle: Duration.seconds(2) },
      /1 problem\(s\):\n- RECHECK_MILLISECONDS is "3000"; allowed: at most 2000, as SETTLE_SECONDS is 2/,
    ],
    [
      'readers of a host name',
      { role: 'reader' as const, database: FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 }) },
      /1 problem\(s\):\n- ROLE is "reader"; allowed: writer, or nothing, for a host name/,
    ],
  ])('are refused for %s', (_, props, message) => {
    expect(() => reconcilerTemplate(props)).toThrow(message);
  });
});

describe('values that only the deployment knows', () => {
  test('pass through: a target group, an instance and a VPC of the same app', () => {
    const stack = newStack();
    const vpc = new Vpc(stack, 'Vpc');
    const targetGroup = new NetworkTargetGroup(stack, 'Group', { vpc, port: 5432 });
    const database = FollowedDatabase.instance(
      DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Db', {
        instanceIdentifier: Fn.importValue('id'),
        instanceEndpointAddress: Fn.importValue('address'),
        port: 5432,
        securityGroups: [],
      }),
    );
    const reconciler = addReconciler(stack, { targetGroup, database, allowedCidrs: [vpc.vpcCidrBlock, '10.9.0.0/16'] });
    const variables = variablesOf(stack, reconciler);
    const groupId = stack.getLogicalId(targetGroup.node.defaultChild as never);
    const vpcId = stack.getLogicalId(vpc.node.defaultChild as never);
    expect(variables).toMatchObject({
      TARGET_GROUP_ARN: { Ref: groupId },
      DATABASE_ID: { 'Fn::ImportValue': 'id' },
      DATABASE_ENDPOINT: { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'address' }, ':5432']] },
      ALLOWED_CIDRS: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [vpcId, 'CidrBlock'] }, ',10.9.0.0/16']] },
    });
  });

  test('become what the function reads', () => {
    const stack = newStack();
    const targetGroup = new NetworkTargetGroup(stack, 'Group', { vpc: new Vpc(stack, 'Vpc'), port: 5432 });
    const reconciler = addReconciler(stack, { targetGroup });
    const groupId = stack.getLogicalId(targetGroup.node.defaultChild as never);
    const variables = resolved(variablesOf(stack, reconciler), { [groupId]: targetGroupArn });
    expect(configToEnv(configFromEnv(variables))).toEqual(variables);
  });

  test('do not hide what is wrong beside them', () => {
    const stack = newStack();
    const targetGroup = new NetworkTargetGroup(stack, 'Group', { vpc: new Vpc(stack, 'Vpc'), port: 5432 });
    expect(() => addReconciler(stack, { targetGroup, targetPort: 0 })).toThrow(/1 problem.*TARGET_PORT is "0"/s);
  });
});

function variablesOf(stack: Stack, { driftFunction }: ReturnType<typeof addReconciler>) {
  return stack.resolve((driftFunction.node.defaultChild as unknown as { environment: unknown }).environment).variables;
}
