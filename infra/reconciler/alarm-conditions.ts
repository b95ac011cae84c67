import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ReconcilerAlarmsProps } from './alarms.ts';
import { healthyTargets } from './target-metrics.ts';

const { IGNORE, NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData;
const { LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const minute = Duration.minutes(1);

/** When an alarm rings. Unless it says otherwise: at 1 or more. */
export type Condition = Pick<
  cloudwatch.AlarmProps,
  'metric' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData' | 'comparisonOperator'
>;

/** As often as the drift function runs: shorter periods would be empty most of the time. */
const periodOf = ({ reconciler }: ReconcilerAlarmsProps): Duration => reconciler.metricDrift().period;

const periodsIn = (duration: Duration | undefined, period: Duration, otherwise: number): number =>
  duration === undefined ? otherwise : Math.ceil(duration.toMinutes() / period.toMinutes());

export const driftFound = (props: ReconcilerAlarmsProps): Condition => ({
  metric: props.reconciler.metricDrift({ statistic: 'Maximum', period: periodOf(props) }),
  evaluationPeriods: 1,
  // A check that did not run found nothing; that it did not run is what noSuccess is for.
  treatMissingData: NOT_BREACHING,
});

export const driftPersisting = (props: ReconcilerAlarmsProps): Condition => ({
  metric: props.reconciler.metricDrift({ statistic: 'Maximum', period: periodOf(props) }),
  evaluationPeriods: periodsIn(props.driftPersistsFor, periodOf(props), 5),
  // A check that failed says nothing about drift: neither that it began, nor that it is over.
  treatMissingData: IGNORE,
});

export const held = (props: ReconcilerAlarmsProps): Condition => ({
  // The minimum: one run that knew the answer is enough, whichever function it was.
  metric: props.reconciler.metricHeld({ statistic: 'Minimum', period: periodOf(props) }),
  evaluationPeriods: periodsIn(props.heldFor, periodOf(props), 3),
  // As for drift: no run, no news.
  treatMissingData: IGNORE,
});

export const noSuccess = (props: ReconcilerAlarmsProps): Condition => ({
  // The metric is 1 or absent. Left absent, CloudWatch would look further back for points that exist, and ring minutes late
  // (CloudWatch guide, "Configuring how CloudWatch alarms treat missing data"); as 0 it cannot.
  metric: new cloudwatch.MathExpression({
    expression: 'FILL(success, 0)',
    usingMetrics: { success: props.reconciler.metricSuccess({ statistic: 'Sum', period: periodOf(props) }) },
    period: periodOf(props),
    label: 'Successful runs',
  }),
  evaluationPeriods: periodsIn(props.noSuccessFor, periodOf(props), 5),
  comparisonOperator: LESS_THAN_THRESHOLD,
  // The absence of success is the alarm. There is nothing to fill when the metric has never existed.
  treatMissingData: BREACHING,
});

export const functionErrors = (props: ReconcilerAlarmsProps): Condition => ({
  metric: props.reconciler.metricErrors({ statistic: 'Sum', period: periodOf(props) }),
  // One failed run is corrected by the next.
  evaluationPeriods: 5,
  datapointsToAlarm: props.errorMinutes ?? 3,
  // No run, no error; noSuccess sees that nothing runs.
  treatMissingData: NOT_BREACHING,
});

export const deadLetters = ({ reconciler }: ReconcilerAlarmsProps): Condition => ({
  metric: reconciler.metricDeadLetters({ statistic: 'Maximum', period: minute }),
  evaluationPeriods: 1,
  // SQS stops reporting on a queue that nobody used for six hours; the message is still there.
  treatMissingData: IGNORE,
});

export const noHealthyTarget = (props: ReconcilerAlarmsProps, targetGroup: elbv2.INetworkTargetGroup): Condition => ({
  metric: healthyTargets(targetGroup, { period: minute }),
  evaluationPeriods: periodsIn(props.noHealthyTargetFor, minute, 3),
  comparisonOperator: LESS_THAN_THRESHOLD,
  // Reported only while targets are registered (NLB guide): no data is an empty group.
  treatMissingData: BREACHING,
});

/** Everything that is wrong with the thresholds, at once. */
export function problemsOf(props: ReconcilerAlarmsProps): string[] {
  const { errorMinutes = 3 } = props;
  const durations = ['driftPersistsFor', 'heldFor', 'noSuccessFor', 'noHealthyTargetFor'] as const;
  return [
    ...durations.flatMap((name) => {
      const minutes = props[name]?.toMinutes({ integral: false }) ?? 1;
      // CloudWatch looks back a day at most when a period is shorter than an hour.
      const isAllowed = Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440;
      return isAllowed ? [] : [`${name} is ${minutes} minutes; allowed: whole minutes from 1 to 1440`];
    }),
    ...(Number.isInteger(errorMinutes) && errorMinutes >= 1 && errorMinutes <= 5
      ? []
      : [`errorMinutes is ${errorMinutes}; allowed: a whole number from 1 to 5`]),
  ];
}
