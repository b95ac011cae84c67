import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { describe, expect, test, vi } from 'vitest';
import { ReconcilerAlarms } from '../../../../infra/reconciler/alarms.ts';
import { alarmNames, standbyAlarmNames } from '../../../../lib/doctor/alarm-names.ts';
import { type Condition, conditionsOf, createEvaluation } from '../../../../sandbox/aws/cloudwatch/alarms.ts';
import type { Metrics } from '../../../../sandbox/aws/cloudwatch/measured.ts';
import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import { FakeReconciler, newStack } from '../../../infra/endpoint-rig.ts';
import { createQuietSandbox, settingsFor } from '../../../quiet-sandbox.ts';
import { shared } from '../../../shared.ts';

const conditions = conditionsOf('orders', ['orders-failover', 'orders-drift']);

test('the alarms of a sandbox are those that CDK makes, with their thresholds', () => {
  const { stack } = newStack();
  new ReconcilerAlarms(stack, 'Alarms', {
    reconciler: new FakeReconciler(stack, 'Reconciler', { period: Duration.minutes(1) }),
    databaseName: 'orders',
    warmStandby: true,
    targetGroup: NetworkTargetGroup.fromTargetGroupAttributes(stack, 'Group', {
      targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/0123456789abcdef',
      loadBalancerArns: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders/fedcba9876543210',
    }),
  });
  const made = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => [
      String(Properties.AlarmName).replace('orders-', ''),
      {
        comparison: Properties.ComparisonOperator,
        evaluationPeriods: Properties.EvaluationPeriods,
        datapointsToAlarm: Properties.DatapointsToAlarm ?? Properties.EvaluationPeriods,
        missing: Properties.TreatMissingData,
        threshold: Properties.Threshold,
        // A TargetReconciler's errors are those of two functions, an expression; the fake one's are a plain metric.
        ...(Properties.MetricName && Properties.MetricName !== 'Errors' ? { statistic: Properties.Statistic } : {}),
      },
    ],
  );
  const ours = Object.entries(conditions).map(([name, { metric, statistic, evaluationPeriods, ...condition }]) => [
    name,
    {
      comparison: condition.comparison,
      evaluationPeriods,
      datapointsToAlarm: condition.datapointsToAlarm ?? evaluationPeriods,
      missing: condition.missing,
      threshold: condition.threshold ?? 1,
      ...(metric ? { statistic } : {}),
    },
  ]);
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(made));
  expect(Object.keys(conditions)).toEqual([...alarmNames, ...standbyAlarmNames]);
});

describe('an alarm follows its metric, minute by minute', () => {
  /** The state after each minute; a number is the value of that minute, `-` is no data. */
  function play(name: string, minutes: readonly (number | '-')[]): string {
    let now = 0;
    const value: Condition['value'] = (_, from) => {
      const given = minutes[Math.round(from / 60_000)];
      return given === '-' ? undefined : given;
    };
    const metrics: Metrics = { now: () => now, values: () => [] };
    const condition = conditions[name];
    if (!condition) throw new Error(`no alarm ${name}`);
    const evaluate = createEvaluation({ ...condition, value }, metrics);
    return minutes
      .map(() => {
        now += 60_000;
        return evaluate().state === 'ALARM' ? 'A' : '.';
      })
      .join('');
  }

  test.each<[string, readonly (number | '-')[], string]>([
    ['drift-found', [0, 1, 0, '-'], '.A..'],
    ['drift-persisting', [1, 1, 1, 1, 1, 1, 0], '....AA.'],
    ['drift-persisting', [1, 1, 1, 1, 1, '-', '-', 0], '....AAA.'],
    ['held', [1, 1, 1, 0], '..A.'],
    ['no-success', [0, 0, 0, 0, 0, 3, 0], '....A..'],
    ['function-errors', [1, 0, 2, 0, 1, 0, 0], '....A..'],
    ['dead-letters', [0, 1, '-', 0], '.AA.'],
    ['no-healthy-target', [0, '-', 0, 2], '..A.'],
  ])('%s: %j', (name, minutes, states) => {
    expect(play(name, minutes)).toBe(states);
  });
});

describe('through the API', () => {
  let sandbox: Sandbox;
  let cloudWatch: CloudWatchClient;
  shared(
    async () => {
      sandbox = await createQuietSandbox({ speed: 50 });
      cloudWatch = new CloudWatchClient(settingsFor(sandbox));
    },
    () => sandbox?.close(),
    60_000,
  );

  const alarms = async (input: DescribeAlarmsCommandInput = {}) =>
    (await cloudWatch.send(new DescribeAlarmsCommand(input))).MetricAlarms ?? [];
  const stateOf = async (name: string) => (await alarms({ AlarmNames: [`orders-${name}`] }))[0];

  test('drift rings because a run has found it, and says why', async () => {
    expect(await stateOf('drift-found')).toMatchObject({
      StateValue: 'OK',
      MetricName: 'Drift',
      Statistic: 'Maximum',
      Period: 60,
    });
    const { elbv2, targetGroup, functions } = sandbox;
    const stray = new Map([
      ['TargetGroupArn', targetGroup.arn],
      ['Targets.member.1.Id', '10.0.3.77'],
    ]);
    // It rings for a minute of AWS, which is a second here, and a busy machine may sleep through it: then a run finds drift again.
    const ringing = await vi.waitFor(
      async () => {
        elbv2.service.operations.RegisterTargets?.(stray);
        await functions.drift.invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
        const found = await alarms({ AlarmNamePrefix: 'orders-', StateValue: 'ALARM' });
        expect(found.map(({ AlarmName }) => AlarmName)).toContain('orders-drift-found');
        return found;
      },
      { timeout: 60_000, interval: 50 },
    );
    const { StateReason, StateUpdatedTimestamp } =
      ringing.find(({ AlarmName }) => AlarmName === 'orders-drift-found') ?? {};
    expect(StateReason).toMatch(
      /^Threshold Crossed: 1 out of the last 1 datapoints were greater than or equal to the threshold/,
    );
    expect(Number(StateUpdatedTimestamp)).toBeLessThanOrEqual(Date.now());
    // Nothing runs in a sandbox without a schedule, and that rings, too.
    await vi.waitFor(async () => expect((await stateOf('no-success'))?.StateValue).toBe('ALARM'), {
      timeout: 60_000,
      interval: 100,
    });
  }, 130_000);

  test('alarms come in pages, and statistics in periods', async () => {
    await sandbox.functions.drift.invoke({ action: 'status' });
    const first = await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 4 }));
    const second = await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 4, NextToken: first.NextToken }));
    expect([first.MetricAlarms?.length, second.MetricAlarms?.length, second.NextToken]).toEqual([4, 3, undefined]);
    const end = Date.now();
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Lambda',
        MetricName: 'Invocations',
        Dimensions: [{ Name: 'FunctionName', Value: 'orders-drift' }],
        StartTime: new Date(end - 60 * 60_000),
        EndTime: new Date(end),
        Period: 60,
        Statistics: ['Sum', 'Maximum'],
      }),
    );
    expect(Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)).toBe(sandbox.functions.drift.results().length);
    expect(new Set(Datapoints.map(({ Maximum }) => Maximum))).toEqual(new Set([1]));
  });

  const statistics = (given: object) =>
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      StartTime: new Date(0),
      EndTime: new Date(60_000),
      Period: 60,
      Statistics: ['Sum'],
      ...given,
    });
  test.each([
    ['a token that CloudWatch never gave', new DescribeAlarmsCommand({ NextToken: 'bad' }), 'InvalidNextToken'],
    ['names and a prefix', new DescribeAlarmsCommand({ AlarmNames: ['a'], AlarmNamePrefix: 'b' }), 'Validation'],
    ['an unknown state', new DescribeAlarmsCommand({ StateValue: 'SAD' as never }), 'Validation'],
    ['a page of none', new DescribeAlarmsCommand({ MaxRecords: 0 }), 'Validation'],
    ['an end before the start', statistics({ EndTime: new Date(0) }), 'InvalidParameterValue'],
    ['a period of seven seconds', statistics({ Period: 7 }), 'InvalidParameterValue'],
    ['no statistic', statistics({ Statistics: [] }), 'InvalidParameterCombination'],
    ['1,441 data points', statistics({ EndTime: new Date(1441 * 60_000) }), 'InvalidParameterCombination'],
  ])('%s is refused', async (_, command, name) => {
    await expect(cloudWatch.send(command as never)).rejects.toMatchObject({ name: expect.stringMatching(`^${name}`) });
  });
});
