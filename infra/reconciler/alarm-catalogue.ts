import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { AlarmEntry, Condition } from './alarm.ts';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { healthyTargets, type IReconcilerMetrics, knowsLoadBalancer, mostHealthyTargets } from './metrics.ts';

const { IGNORE, NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData;
const { LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const minute = Duration.minutes(1);

type Watched = AlarmThresholds & {
  readonly reconciler: IReconcilerMetrics;
  readonly targetGroup?: elbv2.INetworkTargetGroup;
  readonly warmStandby?: boolean;
};

/** As often as the drift function runs: shorter periods would be empty most of the time. */
const periodOf = ({ reconciler }: Watched): Duration => reconciler.metricDrift().period;

/** CloudWatch looks back a day at most where a period is shorter than an hour. */
function periodsIn(duration: Duration | undefined, period: Duration, byDefault: number): number {
  if (duration === undefined) return byDefault;
  const most = period.toMinutes() < 60 ? Math.floor(1440 / period.toMinutes()) : Number.POSITIVE_INFINITY;
  return Math.min(Math.ceil(duration.toMinutes() / period.toMinutes()), most);
}

type Row = AlarmEntry & {
  /** Undefined when its metric is not known. */
  readonly condition: (watched: Watched) => Condition | undefined;
};

/** Every alarm of a reconciler: its urgency, its text, and when it rings. docs/runbook.md has a section for each. */
export const alarmCatalogue = {
  driftFound: {
    name: 'drift-found',
    severity: 'Low',
    command: 'events NAME --since 1h',
    summary:
      'A drift check found the target group different from the database, and corrected it unless another alarm rings. Find out ' +
      'whether an RDS event was missed or something else changed the group.',
    condition: (watched) => ({
      metric: watched.reconciler.metricDrift({ statistic: 'Maximum', period: periodOf(watched) }),
      evaluationPeriods: 1,
      // A check that did not run found nothing; that it did not run is what noSuccess is for.
      treatMissingData: NOT_BREACHING,
    }),
  },
  driftPersisting: {
    name: 'drift-persisting',
    severity: 'High',
    command: 'plan NAME',
    summary:
      'The target group still differs from the database although each drift check tries to correct it. Read the last report: it ' +
      'says what the function waits for or what AWS refused.',
    condition: (watched) => ({
      metric: watched.reconciler.metricDrift({ statistic: 'Maximum', period: periodOf(watched) }),
      evaluationPeriods: periodsIn(watched.driftPersistsFor, periodOf(watched), 5),
      // A check that failed says nothing about drift: neither that it began, nor that it is over.
      treatMissingData: IGNORE,
    }),
  },
  held: {
    name: 'held',
    severity: 'High',
    command: 'doctor NAME',
    summary:
      'The reconciler does not know where the database is, so it changes nothing. Act on the reason of the hold.',
    condition: (watched) => ({
      // The minimum: one run that knew the answer is enough, whichever function it was.
      metric: watched.reconciler.metricHeld({ statistic: 'Minimum', period: periodOf(watched) }),
      evaluationPeriods: periodsIn(watched.heldFor, periodOf(watched), 3),
      // As for drift: no run, no news.
      treatMissingData: IGNORE,
    }),
  },
  noSuccess: {
    name: 'no-success',
    severity: 'High',
    command: 'doctor NAME',
    summary:
      'No run has ended with the target group in sync. If the drift function does not run at all, check its schedule and its throttles.',
    condition: (watched) => ({
      // The metric is 1 or absent. Left absent, CloudWatch would look further back for points that exist, and ring minutes late
      // (CloudWatch guide, "Configuring how CloudWatch alarms treat missing data"); as 0 it cannot.
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(success, 0)',
        usingMetrics: { success: watched.reconciler.metricSuccess({ statistic: 'Sum', period: periodOf(watched) }) },
        period: periodOf(watched),
        label: 'Successful runs',
      }),
      evaluationPeriods: periodsIn(watched.noSuccessFor, periodOf(watched), 5),
      comparisonOperator: LESS_THAN_THRESHOLD,
      // The absence of success is the alarm. There is nothing to fill when the metric has never existed.
      treatMissingData: BREACHING,
    }),
  },
  functionErrors: {
    name: 'function-errors',
    severity: 'Medium',
    command: 'events NAME --since 1h',
    summary:
      'Runs of the functions fail again and again. Read the last ERROR line in their logs: its code has a section in the runbook.',
    condition: (watched) => ({
      metric: watched.reconciler.metricErrors({ statistic: 'Sum', period: periodOf(watched) }),
      // One failed run is corrected by the next.
      evaluationPeriods: 5,
      datapointsToAlarm: watched.errorMinutes ?? 3,
      // No run, no error; noSuccess sees that nothing runs.
      treatMissingData: NOT_BREACHING,
    }),
  },
  deadLetters: {
    name: 'dead-letters',
    severity: 'Medium',
    command: 'status NAME',
    summary:
      'An event could not be delivered or every attempt to handle it failed. Check that the group is in sync, find the cause, then ' +
      'purge the queue: the messages need no replay.',
    condition: ({ reconciler }) => ({
      metric: reconciler.metricDeadLetters({ statistic: 'Maximum', period: minute }),
      evaluationPeriods: 1,
      // SQS stops reporting on a queue that was not used for six hours; the message is still there.
      treatMissingData: IGNORE,
    }),
  },
  noHealthyTarget: {
    name: 'no-healthy-target',
    severity: 'High',
    command: 'status NAME',
    summary:
      'The load balancer sees no healthy database: consumers cannot connect, or reach a target that fails its checks. Check the ' +
      'database, then the security groups, then the targets.',
    condition: ({ targetGroup, noHealthyTargetFor }) =>
      targetGroup && knowsLoadBalancer(targetGroup)
        ? {
            metric: healthyTargets(targetGroup, { period: minute }),
            evaluationPeriods: periodsIn(noHealthyTargetFor, minute, 3),
            comparisonOperator: LESS_THAN_THRESHOLD,
            // Reported only while targets are registered (NLB guide): no data is an empty group.
            treatMissingData: BREACHING,
          }
        : undefined,
  },
  twoHealthyTargets: {
    name: 'two-healthy-targets',
    severity: 'High',
    command: 'status NAME',
    summary:
      'With a warm standby one target is healthy and one is not; now both accept connections, for longer than a failover takes. Consumers may ' +
      'reach either. Check which of the two is the database, and remove the other one.',
    condition: ({ targetGroup, warmStandby, twoHealthyTargetsFor }) =>
      warmStandby && targetGroup && knowsLoadBalancer(targetGroup)
        ? {
            metric: mostHealthyTargets(targetGroup, { period: minute }),
            evaluationPeriods: periodsIn(twoHealthyTargetsFor, minute, 3),
            threshold: 2,
            // No data is an empty group, which is what noHealthyTarget is for.
            treatMissingData: NOT_BREACHING,
          }
        : undefined,
  },
} as const satisfies Readonly<Record<string, Row>>;

export type AlarmId = keyof typeof alarmCatalogue;

export const alarmIds = Object.keys(alarmCatalogue) as readonly AlarmId[];

/** The alarms of other constructs than `ReconcilerAlarms`. */
export const otherAlarms = {
  acceptanceErrors: {
    name: 'acceptance-errors',
    severity: 'Medium',
    command: 'connections NAME',
    summary:
      'The acceptance function could not read or accept connection requests of consumers, and they wait. Accept them by hand with the ' +
      'command, and read the log of the function.',
  },
  gatewayQuiet: {
    name: 'gateway-quiet',
    severity: 'Medium',
    command: 'connect-check HOST PORT',
    summary:
      'No connection came through the resource gateway. Check that the consumer still wants to connect, then that its endpoint is ' +
      'available and the database admits the security group of the gateway. Run the command where the clients run.',
  },
} as const satisfies Readonly<Record<string, AlarmEntry>>;
