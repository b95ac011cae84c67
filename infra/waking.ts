import { type Duration, Stack } from 'aws-cdk-lib';
import { CfnRule, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FollowedDatabase } from './followed-database.ts';
import { type FunctionName, traits } from './function-traits.ts';
import { eventPattern } from './rules.ts';

export type Wakers = {
  readonly database: FollowedDatabase;
  readonly every: Duration;
  readonly failoverFunction: IFunction;
  readonly driftFunction: IFunction;
  readonly deadLetterQueue: IQueue;
};

/** What wakes the functions: one rule for the events of the database, where there are any, and the schedule. */
export function createRules(scope: Construct, wakers: Wakers): readonly Rule[] {
  const { deadLetterQueue } = wakers;
  const target = (name: FunctionName, handler: IFunction) =>
    new LambdaTarget(handler, { deadLetterQueue, ...traits[name].delivery });
  const schedule = new Rule(scope, 'Schedule', {
    description: 'Compares the target group with the database',
    schedule: Schedule.rate(wakers.every),
    targets: [target('drift', wakers.driftFunction)],
  });
  const pattern = eventPattern(wakers.database, Stack.of(scope));
  if (!pattern) return [schedule];
  const events = new Rule(scope, 'Events', {
    description: 'RDS events that may change the address of the database',
    eventPattern: { source: ['aws.rds'] },
    targets: [target('failover', wakers.failoverFunction)],
  });
  // CDK's own type of a pattern has no `$or`.
  if (CfnRule.isCfnRule(events.node.defaultChild)) events.node.defaultChild.eventPattern = pattern;
  return [events, schedule];
}
