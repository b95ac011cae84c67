import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type DiagnosticAction, diagnosticActions } from '../../lib/doctor/permissions.ts';
import type { Role } from '../../lib/domain.ts';
import { prefixOf } from '../placement/api-services.ts';
import type { FollowedDatabase } from './followed-database.ts';
import { type NotifyFailoversProps, noticeStatements } from './notices.ts';
import { probeStatements } from './probe.ts';
import { rdsArn } from './rds-arn.ts';

/** What decides which permissions the two functions get. */
type Needs = {
  readonly database: FollowedDatabase;
  readonly role: Role;
  readonly targetGroupArn: string;
  readonly deadLetterQueueArn: string;
  readonly observeOnly: boolean;
  readonly verifyInterfaces: boolean;
  readonly warmStandby?: boolean;
  readonly probe?: Parameters<typeof probeStatements>[1];
  readonly notifyFailovers?: NotifyFailoversProps;
  readonly isInsideVpc: boolean;
  /** ARNs of subnets that another account owns. */
  readonly sharedSubnetArns?: readonly string[];
};

/** One statement per need, for both functions alike. docs/security-review.md explains each. */
export function reconcilerStatements(stack: Stack, needs: Needs): readonly PolicyStatement[] {
  return [
    allow('SendDeadLetters', ['sqs:SendMessage'], [needs.deadLetterQueueArn]),
    // Elastic Load Balancing has no resource-level permission for its Describe actions.
    allow(
      'ReadTargets',
      [
        'elasticloadbalancing:DescribeTargetHealth',
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeLoadBalancers',
      ],
      ['*'],
    ),
    ...(needs.observeOnly
      ? []
      : [
          allow(
            'ChangeTargets',
            ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
            [needs.targetGroupArn],
          ),
        ]),
    ...databaseStatements(stack, needs),
    // EC2 has no resource-level permission for its Describe actions.
    ...(needs.verifyInterfaces ? [allow('VerifyInterfaces', ['ec2:DescribeNetworkInterfaces'], ['*'])] : []),
    ...(needs.warmStandby ? [allow('ProveStandby', ['ec2:DescribeNetworkInterfaces'], ['*'])] : []),
    ...(needs.probe ? probeStatements(stack, needs.probe) : []),
    ...(needs.notifyFailovers ? noticeStatements(stack, needs.notifyFailovers) : []),
    ...(needs.isInsideVpc ? networkInterfaceStatements(stack, needs.sharedSubnetArns) : []),
  ];
}

/** Statements for what AWS itself does with a function's role, and for a signature: none of these is a call from inside the VPC. */
const noCalls = [
  'LogInAsProbe',
  'DecryptProbeSecret',
  'EncryptNotices',
  'SendDeadLetters',
  'ManageNetworkInterfaces',
  'LeaveNetworkInterfacesToLambda',
  'ReadNetworkInterfaces',
];

/**
 * The calls that the functions make, as IAM actions. With diagnostics also what `doctor` calls of the same APIs; its calls of other
 * APIs get no endpoint (docs/decisions/0015-doctor.md).
 */
export function callsOf(statements: readonly PolicyStatement[], hasDiagnostics = false): readonly string[] {
  const work = statements.filter(({ sid }) => !noCalls.includes(sid ?? '')).flatMap(({ actions }) => actions);
  // A notice is claimed in the function's own log group (lib/adapters/notifier.ts).
  const claims = work.includes('sns:Publish') ? ['logs:CreateLogStream'] : [];
  const apis = new Set(work.map(prefixOf));
  const doctor = hasDiagnostics ? diagnosticActions.filter((action) => apis.has(prefixOf(action))) : [];
  return [...new Set([...work, ...claims, ...doctor])];
}

function databaseStatements(stack: Stack, { database, role }: Needs): PolicyStatement[] {
  // A list with a filter (the members of a cluster, the replicas of an instance) is authorised against every DB instance of the
  // account and Region: RDS applies the filter after the permission, and the members' names change.
  const anyInstance = rdsArn(stack, 'db', '*');
  switch (database.kind) {
    case 'cluster':
      return [
        allow('ReadCluster', ['rds:DescribeDBClusters'], [database.arnIn(stack, 'cluster')]),
        allow('ReadMembers', ['rds:DescribeDBInstances'], [anyInstance]),
        ...(role === 'custom'
          ? [
              allow(
                'ReadCustomEndpoints',
                ['rds:DescribeDBClusterEndpoints'],
                [database.arnIn(stack, 'cluster'), rdsArn(stack, 'cluster-endpoint', '*')],
              ),
            ]
          : []),
      ];
    case 'instance':
      return [
        role === 'reader'
          ? allow('ReadReplicas', ['rds:DescribeDBInstances'], [anyInstance])
          : allow('ReadInstance', ['rds:DescribeDBInstances'], [database.arnIn(stack, 'db')]),
        allow('ReadNamesake', ['rds:DescribeDBClusters'], [rdsArn(stack, 'cluster', database.identifier ?? '')]),
      ];
    case 'hostname':
      return [];
  }
}

/**
 * Lambda itself attaches a function to a VPC with the function's role.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function networkInterfaceStatements(stack: Stack, sharedSubnetArns: readonly string[] = []): PolicyStatement[] {
  // Lambda checks for these at creation, before an interface has an id: account and Region are as narrow as it documents.
  const anyInThisRegion = stack.formatArn({ service: 'ec2', resource: '*', resourceName: '*' });
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  return [
    // An interface belongs to this account, a shared subnet to its owner, and an interface is created in both.
    allow('ManageNetworkInterfaces', actions, [anyInThisRegion, ...sharedSubnetArns]),
    // Calls with a running function's credentials carry the key; Lambda's own, for the interfaces of a function, do not.
    // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    new PolicyStatement({
      sid: 'LeaveNetworkInterfacesToLambda',
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
    // EC2 has no resource-level permission for its Describe actions.
    allow('ReadNetworkInterfaces', ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'], ['*']),
  ];
}

/** What only the extended checks of `doctor` read (lib/doctor/permissions.ts). None of it changes anything. */
export function diagnosticStatements(
  stack: Stack,
  { database, functions, ruleArns }: { database: FollowedDatabase; functions: IFunction[]; ruleArns: string[] },
): readonly PolicyStatement[] {
  // Another construct, or the user, creates the alarms and chooses their names.
  const anyAlarm = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const functionArns = functions.map(({ functionArn }) => functionArn);
  const functionNames = functions.map(({ functionName }) => functionName);
  const about = (service: string, ...except: DiagnosticAction[]): string[] =>
    diagnosticActions.filter((action) => action.startsWith(`${service}:`) && !except.includes(action));
  return [
    // None of these has a resource-level permission.
    allow('DiagnoseLoadBalancing', about('elasticloadbalancing'), ['*']),
    allow('DiagnoseNetwork', about('ec2'), ['*']),
    ...parameterStatements(stack, database),
    allow('DiagnoseMetrics', about('cloudwatch', 'cloudwatch:DescribeAlarms'), ['*']),
    allow('DiagnoseRuleNames', about('events', 'events:DescribeRule'), ['*']),
    allow('DiagnoseAlarms', ['cloudwatch:DescribeAlarms'], [anyAlarm]),
    // A host name without a proxy has no events, and no rule.
    ...(ruleArns.length > 0 ? [allow('DiagnoseRules', ['events:DescribeRule'], ruleArns)] : []),
    allow(
      'DiagnoseSchedule',
      ['scheduler:GetSchedule'],
      functionNames.map((name) => scheduleArn(stack, name)),
    ),
    allow('DiagnosePlacement', ['lambda:GetFunctionConfiguration'], functionArns),
  ];
}

/** Which groups the database uses may change at any time; an instance may have its parameters from a cluster. */
const parameterStatements = (stack: Stack, { kind }: FollowedDatabase): readonly PolicyStatement[] =>
  kind === 'hostname'
    ? []
    : [
        allow(
          'DiagnoseParameters',
          ['rds:DescribeDBParameters', 'rds:DescribeDBClusterParameters'],
          [rdsArn(stack, 'pg', '*'), rdsArn(stack, 'cluster-pg', '*')],
        ),
      ];

/** The schedule that has a function's name, in the group of that name (triggers.ts). */
const scheduleArn = (stack: Stack, name: string): string =>
  stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${name}/${name}` });

/** What EventBridge Scheduler may do with the role of the schedule. */
export const scheduleStatements = (functionArn: string, queueArn: string): PolicyStatement[] => [
  allow('InvokeOnSchedule', ['lambda:InvokeFunction'], [functionArn]),
  allow('KeepLostChecks', ['sqs:SendMessage'], [queueArn]),
];

/** A function's own log group; the streams in it are named by Lambda, so their names end in a wildcard. */
export const logStatement = (logGroupArn: string): PolicyStatement =>
  allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]);

export const invokeStatement = (functionArn: string): PolicyStatement =>
  allow('InvokeDrift', ['lambda:InvokeFunction'], [functionArn]);

const allow = (sid: string, actions: string[], resources: string[]) => new PolicyStatement({ sid, actions, resources });
