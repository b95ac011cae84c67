import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { triggerFrom } from '../../../lib/events.ts';
import { newStack, reconcilerTemplate, resource, resourcesOf } from '../reconciler-rig.ts';

const cluster = FollowedDatabase.cluster({ clusterIdentifier: 'orders' });

describe('deliveries', () => {
  const template = reconcilerTemplate({ database: cluster });
  const arnOf = (name: 'Failover' | 'Drift') => ({
    'Fn::GetAtt': [resource(template, 'AWS::Lambda::Function', `Reconciler${name}`)[0], 'Arn'],
  });
  const queue = { 'Fn::GetAtt': [resource(template, 'AWS::SQS::Queue', 'Reconciler')[0], 'Arn'] };

  test('of events go to the failover function, with retries, a maximum age and the dead-letter queue', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule').filter(([, { Properties }]) => Properties.EventPattern);
    expect(rules).toHaveLength(1);
    for (const [, { Properties }] of rules)
      expect(Properties.Targets).toEqual([
        expect.objectContaining({
          Arn: arnOf('Failover'),
          DeadLetterConfig: { Arn: queue },
          RetryPolicy: { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 2 },
        }),
      ]);
  });

  test('of the schedule go to the drift function, which the next check retries', () => {
    const [, { Properties }] = resource(template, 'AWS::Scheduler::Schedule', 'Reconciler');
    const [role] = resource(template, 'AWS::IAM::Role', 'ReconcilerScheduleRole');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: arnOf('Drift'),
        RoleArn: { 'Fn::GetAtt': [role, 'Arn'] },
        DeadLetterConfig: { Arn: queue },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      },
    });
  });

  test('of the schedule are scheduled events to the function, once Scheduler has filled them in', () => {
    const [, { Properties }] = resource(template, 'AWS::Scheduler::Schedule', 'Reconciler');
    const filled = Properties.Target.Input.replace('<aws.scheduler.scheduled-time>', '2026-11-03T04:05:00Z');
    const database = { name: 'orders', kind: 'cluster', id: 'orders', role: 'writer' } as const;
    expect(triggerFrom(JSON.parse(filled), database, Date.parse('2026-11-03T04:05:06Z'))).toEqual({
      kind: 'run',
      trigger: { kind: 'schedule', at: Date.parse('2026-11-03T04:05:00Z') },
    });
    expect(Properties.Target.Input.match(/<[^>]+>/g)).toEqual([
      '<aws.scheduler.execution-id>',
      '<aws.scheduler.scheduled-time>',
      '<aws.scheduler.schedule-arn>',
    ]);
  });

  test('of the schedule are found by the name of the function, alone in a group of that name', () => {
    const [, { Properties: schedule }] = resource(template, 'AWS::Scheduler::Schedule', 'Reconciler');
    const [group, { Properties }] = resource(template, 'AWS::Scheduler::ScheduleGroup', 'Reconciler');
    const name = { Ref: resource(template, 'AWS::Lambda::Function', 'ReconcilerDrift')[0] };
    expect([schedule.Name, schedule.GroupName, Properties.Name]).toEqual([name, { Ref: group }, name]);
  });

  test('are permitted to each rule by its ARN', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule').map(([id]) => id);
    const permitted = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({ Principal: 'events.amazonaws.com', Action: 'lambda:InvokeFunction' });
      return Properties.SourceArn['Fn::GetAtt'][0];
    });
    expect(permitted.sort()).toEqual(rules.sort());
  });
});

/*
 * Until 0.1 there was a rule for each kind of event, and one for the schedule. CloudFormation creates what is new before it deletes what is
 * gone, but it cannot change the type of a resource, nor create a second one of the same name.
 */
describe('a stack that still has the former rules', () => {
  const former = newStack();
  const scope = new Construct(former, 'Reconciler');
  for (const id of ['InstanceEvents', 'ClusterEvents', 'BlueGreenEvents', 'ProxyEvents', 'Schedule'])
    new Rule(scope, id, { schedule: Schedule.rate(Duration.minutes(1)) });
  const gone = resourcesOf(Template.fromStack(former)).map(([id]) => id);
  const now = reconcilerTemplate({ database: cluster });
  const isTrigger = ([, { Type }]: [string, { readonly Type: string }]) => /^AWS::(Events|Scheduler)::/.test(Type);

  test('gets the new rule and schedule before the former are deleted', () => {
    const created = resourcesOf(now).map(([id]) => id);
    expect(gone).toHaveLength(5);
    expect(created.filter((id) => gone.includes(id))).toEqual([]);
    expect(resourcesOf(now).filter(isTrigger)).toHaveLength(3);
    for (const [, { Properties }] of resourcesOf(now, 'AWS::Events::Rule')) expect(Properties.Name).toBeUndefined();
  });

  test('registers the writer only once they are there', () => {
    const [, { DependsOn = [] }] = resource(now, 'Custom::FirstRegistration', 'Reconciler');
    expect(DependsOn).toEqual(
      expect.arrayContaining(
        resourcesOf(now)
          .filter(isTrigger)
          .map(([id]) => id),
      ),
    );
  });
});
