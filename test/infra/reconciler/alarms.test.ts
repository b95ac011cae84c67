import { type CfnElement, CfnResource, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { alarmCatalogue, alarmIds } from '../../../infra/reconciler/alarm-catalogue.ts';
import { ReconcilerAlarms, type ReconcilerAlarmsProps } from '../../../infra/reconciler/alarms.ts';
import { FakeReconciler, newStack, serviceWith } from '../endpoint-rig.ts';

const type = 'AWS::CloudWatch::Alarm';
const minutely = { period: Duration.minutes(1) };
const groupArn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/0123456789abcdef';
const balancerArn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders/fedcba9876543210';

function alarmsWith(props: Partial<ReconcilerAlarmsProps> = {}, rig = newStack()) {
  const alarms = new ReconcilerAlarms(rig.stack, 'Alarms', {
    reconciler: props.reconciler ?? new FakeReconciler(rig.stack, 'Reconciler', minutely),
    databaseName: 'orders',
    targetGroup: importedGroup(rig.stack, balancerArn),
    ...props,
  });
  return { ...rig, alarms, template: () => Template.fromStack(rig.stack) };
}

const importedGroup = (stack: ReturnType<typeof newStack>['stack'], loadBalancerArns?: string) =>
  NetworkTargetGroup.fromTargetGroupAttributes(stack, 'TargetGroup', { targetGroupArn: groupArn, loadBalancerArns });

const expectAlarm = (name: string, properties: object, props: Partial<ReconcilerAlarmsProps> = {}) =>
  alarmsWith(props)
    .template()
    .hasResourceProperties(type, { AlarmName: `orders-${name}`, ...properties });

const atLeastOne = { Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' };
const belowOne = { Threshold: 1, ComparisonOperator: 'LessThanThreshold' };

describe('each alarm', () => {
  test.each(alarmIds)(
    '%s is named as its section of the runbook, and has severity, summary, command and that section',
    (id) => {
      const { name, severity, summary, command } = alarmCatalogue[id];
      const typed = `npx --no -- rds-target ${command.replace('NAME', 'orders')}`;
      const place = `docs/runbook.md#${name}, a file in the checkout and in the package of rds-target-reconciler`;
      const AlarmDescription = `Severity: ${severity}. ${summary} Run: ${typed} Runbook: ${place}`;
      expectAlarm(name, { AlarmDescription }, { warmStandby: true });
      expect(typed).toContain(' orders');
    },
  );

  test('reads like this', () => {
    expectAlarm('held', {
      AlarmDescription:
        'Severity: High. The reconciler does not know where the database is, so it changes nothing. Act on the reason of the hold. ' +
        'Run: npx --no -- rds-target doctor orders Runbook: docs/runbook.md#held, a file in the checkout and in the package of ' +
        'rds-target-reconciler',
    });
  });

  test('can carry another prefix and lead to a runbook elsewhere', () => {
    alarmsWith({ namePrefix: 'prod-orders', runbookUrl: 'https://wiki.example.com/runbook' })
      .template()
      .hasResourceProperties(type, {
        AlarmName: 'prod-orders-held',
        AlarmDescription: Match.stringLikeRegexp('Runbook: https://wiki.example.com/runbook#held$'),
      });
  });

  test('fits into what CloudWatch takes for a description', () => {
    const resources = alarmsWith().template().findResources(type);
    const lengths = Object.values(resources).map(({ Properties }) => Properties.AlarmDescription.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1024);
    expect(lengths).toHaveLength(7);
  });

  test('notifies the topic when it rings and when it is over', () => {
    const rig = newStack();
    const alarmTopic = new sns.Topic(rig.stack, 'Pager');
    const made = alarmsWith({ alarmTopic }, rig).template();
    const told = [{ Ref: Match.stringLikeRegexp('Pager') }];
    made.allResourcesProperties(type, { AlarmActions: told, OKActions: told });
  });

  test('notifies the topic for what can wait when it is neither urgent nor alone', () => {
    const rig = newStack();
    const [alarmTopic, lowSeverityTopic] = [new sns.Topic(rig.stack, 'Pager'), new sns.Topic(rig.stack, 'Mail')];
    const resources = alarmsWith({ alarmTopic, lowSeverityTopic }, rig).template().findResources(type);
    const told = Object.values(resources).map(({ Properties }) => [
      Properties.AlarmName.replace('orders-', ''),
      Properties.AlarmActions.map(({ Ref }: { Ref: string }) => Ref.replace(/[0-9A-F]{8}$/, '')).join(),
      Properties.OKActions.length,
    ]);
    expect(told.sort()).toEqual([
      ['dead-letters', 'Mail', 1],
      ['drift-found', 'Mail', 1],
      ['drift-persisting', 'Pager', 1],
      ['function-errors', 'Mail', 1],
      ['held', 'Pager', 1],
      ['no-healthy-target', 'Pager', 1],
      ['no-success', 'Pager', 1],
    ]);
  });

  test('has no actions without a topic', () => {
    alarmsWith().template().allResourcesProperties(type, { AlarmActions: Match.absent(), OKActions: Match.absent() });
  });

  test('waits for the first registration, so that missing data does not ring before there can be any', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Reconciler', minutely);
    new CfnResource(reconciler, 'FirstRegistration', { type: 'Custom::FirstRegistration' });
    const made = alarmsWith({ reconciler }, rig).template();
    made.allResources(type, { DependsOn: [Match.stringLikeRegexp('FirstRegistration')] });
  });

  test('is at hand under its id', () => {
    const { alarms } = alarmsWith({ warmStandby: true });
    expect(Object.keys(alarms.alarms).sort()).toEqual([...alarmIds].sort());
    expect(alarms.alarms.driftPersisting.alarmArn).toBeDefined();
  });
});

describe('the topic', () => {
  test('admits the alarms of this account, because a policy of CDK replaces the one that did', () => {
    const rig = newStack();
    const alarmTopic = new sns.Topic(rig.stack, 'Pager', { masterKey: new kms.Key(rig.stack, 'Key') });
    const made = alarmsWith({ alarmTopic }, rig).template();
    made.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': '111122223333' } }),
          }),
        ],
      },
    });
    made.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' } })]),
      },
    });
  });
});

describe('drift', () => {
  const metric = { MetricName: 'Drift', Namespace: 'RdsTargetReconciler', Statistic: 'Maximum', Period: 60 };

  test('rings once a check finds it; no check, no drift', () => {
    expectAlarm('drift-found', { ...metric, ...atLeastOne, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' });
  });

  test('pages after five minutes, and a failed check neither starts nor ends it', () => {
    expectAlarm('drift-persisting', { ...metric, ...atLeastOne, EvaluationPeriods: 5, TreatMissingData: 'ignore' });
  });

  test('pages after as long as wanted', () => {
    expectAlarm('drift-persisting', { EvaluationPeriods: 12 }, { driftPersistsFor: Duration.minutes(12) });
  });
});

describe('a hold', () => {
  test('pages when every run of three minutes held', () => {
    expectAlarm('held', {
      MetricName: 'Held',
      Statistic: 'Minimum',
      Period: 60,
      ...atLeastOne,
      EvaluationPeriods: 3,
      TreatMissingData: 'ignore',
    });
  });

  test('pages after as long as wanted', () => {
    expectAlarm('held', { EvaluationPeriods: 10 }, { heldFor: Duration.minutes(10) });
  });
});

describe('no success', () => {
  const success = (Period: number) => [
    Match.objectLike({ Expression: 'FILL(success, 0)' }),
    Match.objectLike({
      Id: 'success',
      MetricStat: { Metric: Match.objectLike({ MetricName: 'Success' }), Period, Stat: 'Sum' },
      ReturnData: false,
    }),
  ];

  test('for five minutes pages, also when there is no data at all', () => {
    expectAlarm('no-success', {
      Metrics: success(60),
      ...belowOne,
      EvaluationPeriods: 5,
      TreatMissingData: 'breaching',
    });
  });

  test('is evaluated in the periods of the schedule, so that a slow schedule is no failure', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Slow', { period: Duration.minutes(5) });
    const made = alarmsWith({ reconciler, heldFor: Duration.minutes(12) }, rig).template();
    made.hasResourceProperties(type, {
      AlarmName: 'orders-no-success',
      Metrics: success(300),
      EvaluationPeriods: 5,
    });
    made.hasResourceProperties(type, { AlarmName: 'orders-held', Period: 300, EvaluationPeriods: 3 });
  });
});

describe('faults', () => {
  test('ring when runs fail in three of five minutes', () => {
    expectAlarm('function-errors', {
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Statistic: 'Sum',
      ...atLeastOne,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      TreatMissingData: 'notBreaching',
    });
    expectAlarm('function-errors', { DatapointsToAlarm: 1 }, { errorMinutes: 1 });
  });

  test('ring for the first dead letter, and until the queue reports that it is gone', () => {
    expectAlarm('dead-letters', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      ...atLeastOne,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });
});

describe('no healthy target', () => {
  const dimensions = [
    { Name: 'LoadBalancer', Value: 'net/orders/fedcba9876543210' },
    { Name: 'TargetGroup', Value: 'targetgroup/orders/0123456789abcdef' },
  ];

  test('pages by the zone with the fewest, and an empty group counts as none', () => {
    expectAlarm('no-healthy-target', {
      Namespace: 'AWS/NetworkELB',
      MetricName: 'HealthyHostCount',
      Statistic: 'Minimum',
      Period: 60,
      Dimensions: dimensions,
      ...belowOne,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  test('is watched for a group of an endpoint service', () => {
    const { stack, service } = serviceWith();
    const reconciler = new FakeReconciler(stack, 'Reconciler', minutely);
    new ReconcilerAlarms(stack, 'Alarms', { reconciler, databaseName: 'orders', targetGroup: service.targetGroup });
    const [alarm] = Object.values(
      Template.fromStack(stack).findResources(type, { Properties: { AlarmName: 'orders-no-healthy-target' } }),
    );
    const [balancer, group] = alarm?.Properties.Dimensions ?? [];
    expect(balancer.Name).toBe('LoadBalancer');
    // CDK reads the load balancer's name off the listener's ARN: the metric needs one that is attached.
    expect(JSON.stringify(balancer.Value)).toContain(
      stack.getLogicalId(service.listener.node.defaultChild as CfnElement),
    );
    expect(group).toEqual({
      Name: 'TargetGroup',
      Value: { 'Fn::GetAtt': [expect.stringContaining('TargetGroup'), 'TargetGroupFullName'] },
    });
  });

  test('is left out when the load balancer is not known', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Reconciler', minutely);
    for (const [id, targetGroup] of Object.entries({ None: undefined, Unknown: importedGroup(rig.stack) })) {
      const { alarms } = new ReconcilerAlarms(rig.stack, id, { reconciler, databaseName: id, targetGroup });
      expect(alarms.noHealthyTarget).toBeUndefined();
    }
    Template.fromStack(rig.stack).resourceCountIs(type, 12);
  });
});

test('a topic of another Region is refused: CloudWatch would not take it', () => {
  const { stack, vpc } = newStack();
  const alarmTopic = sns.Topic.fromTopicArn(stack, 'Elsewhere', 'arn:aws:sns:us-east-1:111122223333:page');
  expect(() => alarmsWith({ alarmTopic }, { stack, vpc })).toThrow(
    'alarmTopic is in Region us-east-1; allowed: Region eu-west-1, as the stack',
  );
});

describe('two healthy targets', () => {
  const named = (props: Parameters<typeof alarmsWith>[0]) =>
    Object.values(alarmsWith(props).template().findResources(type))
      .map(({ Properties }) => Properties)
      .find(({ AlarmName }) => AlarmName === 'orders-two-healthy-targets');

  test('page by the zone with the most, once a failover is over, with a warm standby alone', () => {
    expect(named({ warmStandby: true })).toMatchObject({
      Namespace: 'AWS/NetworkELB',
      MetricName: 'HealthyHostCount',
      Statistic: 'Maximum',
      Period: 60,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 2,
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
    });
    expect(named({ warmStandby: true, twoHealthyTargetsFor: Duration.minutes(5) })).toMatchObject({
      EvaluationPeriods: 5,
    });
    expect(named({})).toBeUndefined();
    expect(named({ warmStandby: false })).toBeUndefined();
  });

  test('leave the alarm on no healthy target as it is: one unhealthy target rings nothing', () => {
    const alarms = (warmStandby: boolean) =>
      Object.values(alarmsWith({ warmStandby }).template().findResources(type)).map(({ Properties }) => Properties);
    const others = alarms(true).filter(({ AlarmName }) => AlarmName !== 'orders-two-healthy-targets');
    expect(others).toEqual(alarms(false));
    expect(JSON.stringify(others)).not.toContain('UnHealthyHostCount');
  });

  test('ring nothing where the load balancer is not known', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Reconciler', minutely);
    const watched = { reconciler, databaseName: 'orders', targetGroup: importedGroup(rig.stack), warmStandby: true };
    expect(new ReconcilerAlarms(rig.stack, 'Alarms', watched).alarms.twoHealthyTargets).toBeUndefined();
  });
});

describe('wrong thresholds', () => {
  test('are refused, all at once, with what is allowed', () => {
    expect(() =>
      alarmsWith({
        heldFor: Duration.seconds(90),
        noSuccessFor: Duration.days(2),
        twoHealthyTargetsFor: Duration.minutes(0),
        warmStandby: true,
        errorMinutes: 6,
      }),
    ).toThrow(
      'orders/Alarms: heldFor is 1.5 minutes; allowed: whole minutes from 1 to 1440; ' +
        'noSuccessFor is 2880 minutes; allowed: whole minutes from 1 to 1440; ' +
        'twoHealthyTargetsFor is 0 minutes; allowed: whole minutes from 1 to 1440; ' +
        'errorMinutes is 6; allowed: a whole number from 1 to 5',
    );
  });

  test('are refused where no check falls into them, or there is no such alarm', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Slow', { period: Duration.minutes(10) });
    const thresholds = {
      driftPersistsFor: Duration.minutes(10),
      heldFor: Duration.minutes(9),
      noHealthyTargetFor: Duration.minutes(5),
      twoHealthyTargetsFor: Duration.minutes(5),
    };
    expect(() => alarmsWith({ reconciler, targetGroup: undefined, ...thresholds }, rig)).toThrow(
      /Alarms: heldFor is 9 minutes; allowed: at least 10, the schedule of the reconciler; noHealthyTargetFor is given; allowed: nothing without a targetGroup that knows its load balancer: there is no such alarm; twoHealthyTargetsFor is given; allowed: nothing without warmStandby: there is no such alarm$/,
    );
  });

  test('look back a day at most, as CloudWatch does, whatever the schedule', () => {
    const rig = newStack();
    const reconciler = new FakeReconciler(rig.stack, 'Odd', { period: Duration.minutes(7) });
    const made = alarmsWith({ reconciler, noSuccessFor: Duration.days(1) }, rig).template();
    made.hasResourceProperties(type, { AlarmName: 'orders-no-success', EvaluationPeriods: 205 });
    const other = newStack();
    const slow = new FakeReconciler(other.stack, 'Slow', { period: Duration.minutes(100) });
    // With longer periods a week.
    alarmsWith({ reconciler: slow, noSuccessFor: Duration.days(1) }, other)
      .template()
      .hasResourceProperties(type, { AlarmName: 'orders-no-success', EvaluationPeriods: 15 });
  });
});
