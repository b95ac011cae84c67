import * as cloudwatchLogs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as scheduler from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import { securityGroupIds } from '../../../sandbox/world/surroundings.ts';
import { describeRefusals, group, toEc2, toElb, toEvents, toLambda, toLogs, toRds, toScheduler } from './account.ts';

describeRefusals([
  // Lambda
  ...['live', '7'].map(
    (qualifier) =>
      [
        `the qualifier ${qualifier}, which was never published,`,
        () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift', Qualifier: qualifier })),
        'ResourceNotFoundException',
      ] as const,
  ),
  [
    'a qualifier in the name',
    () => toLambda(new lambda.GetFunctionConfigurationCommand({ FunctionName: 'orders-drift:live' })),
    'ResourceNotFoundException',
  ],
  [
    'two qualifiers',
    () =>
      toLambda(
        new lambda.GetFunctionConfigurationCommand({
          FunctionName: 'orders-drift:$LATEST',
          Qualifier: 'live',
        }),
      ),
    'InvalidParameterValueException',
  ],
  [
    'an unknown type of invocation',
    () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift', InvocationType: 'Later' as never })),
    'ValidationException',
  ],
  // CloudWatch Logs
  [
    'logs that end before they start',
    () =>
      toLogs(
        new cloudwatchLogs.FilterLogEventsCommand({
          logGroupName: '/aws/lambda/orders-drift',
          startTime: 2,
          endTime: 1,
        }),
      ),
    'InvalidParameterException',
  ],
  [
    'a log stream of a group that is not there',
    () =>
      toLogs(new cloudwatchLogs.CreateLogStreamCommand({ logGroupName: '/aws/lambda/other', logStreamName: 'one' })),
    'ResourceNotFoundException',
  ],
  [
    'a log stream with a colon in its name',
    () =>
      toLogs(
        new cloudwatchLogs.CreateLogStreamCommand({ logGroupName: '/aws/lambda/orders-drift', logStreamName: 'a:b' }),
      ),
    'InvalidParameterException',
  ],
  [
    'a log stream that is there',
    async () => {
      const stream = { logGroupName: '/aws/lambda/orders-drift', logStreamName: 'a b' };
      await toLogs(new cloudwatchLogs.CreateLogStreamCommand(stream));
      return toLogs(new cloudwatchLogs.CreateLogStreamCommand(stream));
    },
    'ResourceAlreadyExistsException',
  ],
  [
    'a limit of nothing',
    () => toLogs(new cloudwatchLogs.FilterLogEventsCommand({ logGroupName: '/aws/lambda/orders-drift', limit: 0 })),
    'InvalidParameterException',
  ],
  [
    'a token that Logs never gave',
    () =>
      toLogs(
        new cloudwatchLogs.FilterLogEventsCommand({
          logGroupName: '/aws/lambda/orders-drift',
          nextToken: 'bad',
        }),
      ),
    'InvalidParameterException',
  ],
  ['logs of no group', () => toLogs(new cloudwatchLogs.FilterLogEventsCommand({})), 'InvalidParameterException'],
  // EventBridge
  [
    'a rule with a name that cannot be',
    () => toEvents(new eventbridge.DescribeRuleCommand({ Name: 'or ders' })),
    'ValidationException',
  ],
  [
    'a bus that is not there',
    () => toEvents(new eventbridge.DescribeRuleCommand({ Name: 'orders-rds', EventBusName: 'mine' })),
    'ResourceNotFoundException',
  ],
  ['a page of 101 rules', () => toEvents(new eventbridge.ListRulesCommand({ Limit: 101 })), 'ValidationException'],
  [
    'rules of a bus that is not there',
    () => toEvents(new eventbridge.ListRulesCommand({ EventBusName: 'moon' })),
    'ResourceNotFoundException',
  ],
  [
    'rules of what is no ARN',
    () => toEvents(new eventbridge.ListRuleNamesByTargetCommand({ TargetArn: 'orders-drift' })),
    'ValidationException',
  ],
]);

describe('another Region', () => {
  const elsewhere = 'eu-west-1';
  test.each([
    [
      'no DB instance',
      () => toRds(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders' }), elsewhere),
      'DBInstanceNotFoundFault',
    ],
    ['no such target group', () => toElb(new elbv2.DescribeTargetHealthCommand(group()), elsewhere), 'ValidationError'],
    [
      'no security group',
      () => toEc2(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [securityGroupIds.database] }), elsewhere),
      'InvalidGroup.NotFound',
    ],
    [
      'no function',
      () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift' }), elsewhere),
      'ResourceNotFoundException',
    ],
    [
      'no rule',
      () => toEvents(new eventbridge.DisableRuleCommand({ Name: 'orders-rds' }), elsewhere),
      'ResourceNotFoundException',
    ],
    [
      'no schedule',
      () => toScheduler(new scheduler.GetScheduleCommand({ Name: 'orders-drift' }), elsewhere),
      'ResourceNotFoundException',
    ],
  ])('has %s', async (_, send, name) => {
    await expect(send()).rejects.toMatchObject({ name });
  });
});

test('rules are listed by the beginning of their names', async () => {
  const rules = async (NamePrefix?: string) => {
    const { Rules = [] } = (await toEvents(
      new eventbridge.ListRulesCommand({ NamePrefix }),
    )) as eventbridge.ListRulesCommandOutput;
    return Rules;
  };
  const names = async (prefix?: string) => (await rules(prefix)).map(({ Name }) => Name);
  expect(await names()).toEqual(['orders-rds']);
  expect(await names('orders')).toEqual(['orders-rds']);
  expect(await names('x')).toEqual([]);
  expect((await rules())[0]?.EventPattern).toContain('"resources":["arn:aws:rds:eu-central-1:123456789012:db:orders"]');
});
