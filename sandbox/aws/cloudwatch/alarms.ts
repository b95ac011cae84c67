import { defaultNamespace, dimensionName, metricNames } from '../../../lib/metrics.ts';
import type { MetricId, Metrics } from './measured.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** When an alarm rings. Periods are minutes of AWS. */
export type Condition = {
  /** As DescribeAlarms returns it; absent for an expression. */
  readonly metric?: MetricId;
  readonly statistic: 'Sum' | 'Minimum' | 'Maximum';
  /** The value of one period; undefined when there is no data. */
  readonly value: (metrics: Metrics, from: number, to: number) => number | undefined;
  readonly comparison: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  /** 1 when absent. */
  readonly threshold?: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore';
};

const reduce = {
  Sum: (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0),
  Minimum: (all: readonly number[]) => Math.min(...all),
  Maximum: (all: readonly number[]) => Math.max(...all),
};

const on = (
  metric: MetricId,
  statistic: Condition['statistic'],
): Pick<Condition, 'metric' | 'statistic' | 'value'> => ({
  metric,
  statistic,
  value(metrics, from, to) {
    const values = metrics.values(metric, from, to);
    return values.length === 0 ? undefined : reduce[statistic](values);
  },
});

const sums = (metrics: Metrics, all: readonly MetricId[], from: number, to: number): number =>
  all.reduce((sum, metric) => sum + reduce.Sum(metrics.values(metric, from, to)), 0);

const many = 'GreaterThanOrEqualToThreshold' as const;
const few = 'LessThanThreshold' as const;

/** The alarms that our CDK creates for a database; a test compares the two. */
export function conditionsOf(database: string, functions: readonly string[]): Readonly<Record<string, Condition>> {
  const ours = (name: string): MetricId => ({
    namespace: defaultNamespace,
    name,
    dimensions: { [dimensionName]: database },
  });
  const errors = functions.map((FunctionName) => ({
    namespace: 'AWS/Lambda',
    name: 'Errors',
    dimensions: { FunctionName },
  }));
  const healthy = { namespace: 'AWS/NetworkELB', name: 'HealthyHostCount', dimensions: {} };
  const waiting = { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', dimensions: {} };
  return {
    'drift-found': {
      ...on(ours(metricNames.drift), 'Maximum'),
      comparison: many,
      evaluationPeriods: 1,
      missing: 'notBreaching',
    },
    'drift-persisting': {
      ...on(ours(metricNames.drift), 'Maximum'),
      comparison: many,
      evaluationPeriods: 5,
      missing: 'ignore',
    },
    held: { ...on(ours(metricNames.held), 'Minimum'), comparison: many, evaluationPeriods: 3, missing: 'ignore' },
    // Missing data counts as 0.
    'no-success': {
      statistic: 'Sum',
      value: (metrics, from, to) => sums(metrics, [ours(metricNames.success)], from, to),
      comparison: few,
      evaluationPeriods: 5,
      missing: 'breaching',
    },
    'function-errors': {
      statistic: 'Sum',
      value: (metrics, from, to) => sums(metrics, errors, from, to),
      comparison: many,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      missing: 'notBreaching',
    },
    'dead-letters': { ...on(waiting, 'Maximum'), comparison: many, evaluationPeriods: 1, missing: 'ignore' },
    'no-healthy-target': { ...on(healthy, 'Minimum'), comparison: few, evaluationPeriods: 3, missing: 'breaching' },
    'two-healthy-targets': {
      ...on(healthy, 'Maximum'),
      comparison: many,
      threshold: 2,
      evaluationPeriods: 3,
      missing: 'notBreaching',
    },
  };
}

export type Evaluation = { readonly state: AlarmState; readonly reason: string; readonly since: number };

const minute = 60_000;

/** Evaluates one alarm period by period. The sandbox starts long after a deployment: earlier periods count as OK. */
export function createEvaluation(condition: Condition, metrics: Metrics): () => Evaluation {
  const { evaluationPeriods, datapointsToAlarm = evaluationPeriods, comparison, missing, threshold = 1 } = condition;
  let next = 1;
  let last: Evaluation = { state: 'OK', reason: 'Threshold not crossed: all was well before the sandbox', since: 0 };
  const isBad = (value: number | undefined): boolean | undefined => {
    if (value === undefined) return missing === 'ignore' ? undefined : missing === 'breaching';
    return comparison === many ? value >= threshold : value < threshold;
  };
  /** The period that ends at that minute. */
  const badAt = (end: number) => end > 0 && isBad(condition.value(metrics, (end - 1) * minute, end * minute));
  const evaluate = (end: number): Evaluation => {
    const periods = Array.from({ length: evaluationPeriods }, (_, index) => badAt(end - index));
    const bad = periods.filter((one) => one === true).length;
    const good = periods.filter((one) => one === false).length;
    const reason = `Threshold Crossed: ${bad} out of the last ${evaluationPeriods} datapoints were ${comparison === many ? 'greater than or equal to' : 'less than'} the threshold (${threshold.toFixed(1)}) (minimum ${datapointsToAlarm} datapoints for OK -> ALARM transition).`;
    const state = bad >= datapointsToAlarm ? 'ALARM' : good > evaluationPeriods - datapointsToAlarm ? 'OK' : last.state;
    return state === last.state ? last : { state, reason, since: end * minute };
  };
  return () => {
    for (; next * minute <= metrics.now(); next += 1) last = evaluate(next);
    return last;
  };
}
