import { type Duration, Stack, Token } from 'aws-cdk-lib';
import { CfnRule, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { eventPattern, type Names } from './event-pattern.ts';
import type { FollowedDatabase } from './followed-database.ts';
import { traits } from './function.ts';
import { scheduleStatements } from './permissions.ts';
import { rdsArn } from './rds-arn.ts';

type Triggers = {
  readonly database: FollowedDatabase;
  readonly every: Duration;
  readonly failoverFunction: IFunction;
  readonly driftFunction: IFunction;
  readonly deadLetterQueue: IQueue;
  /** Whether roles may be created: a schedule of EventBridge Scheduler needs one, a rule does not. */
  readonly mayCreateRoles: boolean;
};

/** What wakes the functions: one rule for the events of the database, where there are any, and the schedule. Returns the rules. */
export function createTriggers(scope: Construct, triggers: Triggers): readonly Rule[] {
  const rules = createEventRule(scope, triggers);
  if (!triggers.mayCreateRoles) return [...rules, createScheduledRule(scope, triggers)];
  createSchedule(scope, triggers);
  return rules;
}

function createEventRule(scope: Construct, { database, failoverFunction, deadLetterQueue }: Triggers): Rule[] {
  const pattern = eventPattern(database, namesIn(Stack.of(scope), database));
  if (!pattern) return [];
  const events = new Rule(scope, 'Events', {
    description: 'RDS events that may change the address of the database',
    eventPattern: { source: ['aws.rds'] },
    targets: [new LambdaTarget(failoverFunction, { deadLetterQueue, ...traits.failover.delivery })],
  });
  // CDK's own type of a pattern has no `$or`.
  if (CfnRule.isCfnRule(events.node.defaultChild)) events.node.defaultChild.eventPattern = pattern;
  return [events];
}

/** What only the deployment knows (partition, Region, account, an identifier) counts as if it were long. */
const namesIn = (stack: Stack, database: FollowedDatabase): Names => ({
  ownArn: (resource) => database.arnIn(stack, resource),
  arn: (resource, name) => rdsArn(stack, resource, name),
  isToken: (text) => Token.isUnresolved(text),
  lengthOf: (text) =>
    text.replace(/\$\{Token\[[^\]]*\]\}/g, (token) => 'x'.repeat(/AWS\./.test(token) ? 15 : 63)).length,
});

const description = 'Compares the target group with the database';

function createScheduledRule(scope: Construct, { every, driftFunction, deadLetterQueue }: Triggers): Rule {
  return new Rule(scope, 'Schedule', {
    description,
    schedule: Schedule.rate(every),
    targets: [new LambdaTarget(driftFunction, { deadLetterQueue, ...traits.drift.delivery })],
  });
}

/**
 * A schedule of EventBridge Scheduler, so that a database takes one of a bus's few rules. Its name is the function's, so that the
 * function finds it, in a group of that name, since CloudWatch counts by group. No logical id is that of a former rule: CloudFormation
 * cannot change a resource's type.
 */
function createSchedule(scope: Construct, { every, driftFunction, deadLetterQueue }: Triggers): void {
  const { account } = Stack.of(scope);
  const { maxEventAge, retryAttempts } = traits.drift.delivery;
  const group = new CfnScheduleGroup(scope, 'ScheduleGroup', { name: driftFunction.functionName });
  const role = new Role(scope, 'ScheduleRole', {
    description: 'EventBridge Scheduler wakes the drift function',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html: the group, not the schedule
      conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group.attrArn } },
    }),
  });
  const policy = new Policy(scope, 'SchedulePolicy', {
    statements: scheduleStatements(driftFunction.functionArn, deadLetterQueue.queueArn),
    roles: [role],
  });
  const schedule = new CfnSchedule(scope, 'CheckSchedule', {
    name: driftFunction.functionName,
    groupName: group.ref,
    description,
    scheduleExpression: Schedule.rate(every).expressionString,
    flexibleTimeWindow: { mode: 'OFF' },
    state: 'ENABLED',
    target: {
      arn: driftFunction.functionArn,
      roleArn: role.roleArn,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: maxEventAge.toSeconds(), maximumRetryAttempts: retryAttempts },
      input: JSON.stringify(scheduledEvent),
    },
  });
  schedule.node.addDependency(policy);
}

/** The event that the function gets. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
const scheduledEvent = {
  id: '<aws.scheduler.execution-id>',
  source: 'aws.scheduler',
  'detail-type': 'Scheduled Event',
  time: '<aws.scheduler.scheduled-time>',
  resources: ['<aws.scheduler.schedule-arn>'],
};
