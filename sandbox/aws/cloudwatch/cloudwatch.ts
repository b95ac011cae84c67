import { home } from '../../world/network.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Json, type JsonService, targetRoute } from '../wire/json.ts';
import { paginate } from '../wire/params.ts';
import { type AlarmState, type Condition, createEvaluation, type Evaluation } from './alarms.ts';
import { type MetricId, type Metrics, metricOf } from './measured.ts';

/** An alarm whose state follows its condition, or one that keeps the state it was given, which AWS does not have. */
export type SandboxAlarm =
  | { readonly condition: Condition }
  | { readonly state: AlarmState; readonly metric?: MetricId };

export type CloudWatch = {
  readonly api: JsonService;
  /** By name; changes take effect at once. */
  readonly alarms: Map<string, SandboxAlarm>;
};

const sorted = (dimensions: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(dimensions).sort());

const isSame = (a: MetricId, b: MetricId) =>
  a.namespace === b.namespace && a.name === b.name && sorted(a.dimensions) === sorted(b.dimensions);

const metricFields = ({ namespace, name, dimensions }: MetricId) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

const conditionFields = ({ metric, statistic, ...condition }: Condition) => ({
  ...(metric ? { ...metricFields(metric), Statistic: statistic, Period: 60 } : {}),
  EvaluationPeriods: condition.evaluationPeriods,
  DatapointsToAlarm: condition.datapointsToAlarm ?? condition.evaluationPeriods,
  Threshold: condition.threshold ?? 1,
  ComparisonOperator: condition.comparison,
  TreatMissingData: condition.missing,
});

const invalid = (message: string) => new AwsError('ValidationError', message);
const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** Which alarms a DescribeAlarms asks for; CloudWatch takes names or a prefix. */
function wantedBy({ AlarmNames, AlarmNamePrefix, StateValue }: Json): (name: string, state: string) => boolean {
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
    throw invalid('AlarmNames and AlarmNamePrefix cannot be specified at the same time');
  if (StateValue !== undefined && !states.includes(String(StateValue)))
    throw invalid(`Value '${StateValue}' at 'stateValue' failed to satisfy constraint: [${states.join(', ')}]`);
  const names = AlarmNames as readonly string[] | undefined;
  if (names && names.length > 100) throw invalid('At most 100 names can be specified');
  return (name, state) =>
    (names?.includes(name) ?? name.startsWith(String(AlarmNamePrefix ?? ''))) &&
    (StateValue === undefined || state === StateValue);
}

function pageOf<T>(items: readonly T[], { NextToken, MaxRecords = 50 }: Json) {
  if (!Number.isInteger(MaxRecords) || Number(MaxRecords) < 1 || Number(MaxRecords) > 100)
    throw invalid(
      `Value '${MaxRecords}' at 'maxRecords' failed to satisfy constraint: Member must be between 1 and 100`,
    );
  const marker = NextToken === undefined ? undefined : String(NextToken);
  const badMarker = () => new AwsError('InvalidNextToken', 'The next token specified is invalid.');
  return paginate(items, { marker, pageSize: Number(MaxRecords), min: 1, max: 100, badMarker });
}

/** Alarms that follow their metrics, and statistics of metrics. */
export function createCloudWatch(metrics: Metrics, given: Readonly<Record<string, SandboxAlarm>>): CloudWatch {
  const alarms = new Map(Object.entries(given));
  const evaluations = new WeakMap<Condition, () => Evaluation>();
  const stateOf = (alarm: SandboxAlarm): Evaluation => {
    if ('state' in alarm) return { state: alarm.state, reason: 'Set by hand', since: 0 };
    const evaluation = evaluations.get(alarm.condition) ?? createEvaluation(alarm.condition, metrics);
    evaluations.set(alarm.condition, evaluation);
    return evaluation();
  };
  const shown = () =>
    [...alarms]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, alarm]) => {
        const { state, reason, since } = stateOf(alarm);
        const metric = 'state' in alarm ? alarm.metric : alarm.condition.metric;
        const changed = Date.now() - (metrics.now() - since);
        const told = {
          AlarmName: name,
          AlarmArn: `arn:aws:cloudwatch:${home.region}:${home.account}:alarm:${name}`,
          ActionsEnabled: true,
          StateValue: state,
          StateReason: reason,
          StateUpdatedTimestamp: changed / 1000,
          ...('state' in alarm ? (metric ? metricFields(metric) : {}) : conditionFields(alarm.condition)),
        };
        return { name, state, metric, told };
      });
  return {
    alarms,
    api: {
      source: 'sandbox',
      permissions: 'cloudwatch',
      route: targetRoute('GraniteServiceVersion20100801'),
      operations: {
        DescribeAlarmsForMetric: (input) => {
          const wanted = metricOf(input);
          const found = shown().filter(({ metric }) => metric !== undefined && isSame(metric, wanted));
          return { body: { MetricAlarms: found.map(({ told }) => told) } };
        },
        DescribeAlarms: (input) => {
          const isWanted = wantedBy(input);
          const { items, nextMarker } = pageOf(
            shown().filter(({ name, state }) => isWanted(name, state)),
            input,
          );
          const MetricAlarms = items.map(({ told }) => told);
          return { body: { MetricAlarms, CompositeAlarms: [], ...(nextMarker ? { NextToken: nextMarker } : {}) } };
        },
        GetMetricStatistics: (input) => ({ body: describedStatistics(input, metrics) }),
      },
    },
  };
}

const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SampleCount: (values) => values.length,
  Sum: (values) => values.reduce((sum, one) => sum + one, 0),
  Average: (values) => values.reduce((sum, one) => sum + one, 0) / values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

const most = 1440;

const combination = (message: string) => new AwsError('InvalidParameterCombination', message);
const value = (message: string) => new AwsError('InvalidParameterValue', message);

/** The request's period, in wall ms: its times are in seconds. */
function asked({ StartTime, EndTime, Period, Statistics }: Json) {
  for (const [name, one] of Object.entries({ StartTime, EndTime, Period }))
    if (typeof one !== 'number') throw new AwsError('MissingParameter', `The parameter ${name} is required.`);
  const [start, end, period] = [Number(StartTime) * 1000, Number(EndTime) * 1000, Number(Period) * 1000];
  if (start >= end) throw value('The parameter StartTime must be less than the parameter EndTime.');
  if (!(period > 0) || (period % 60_000 !== 0 && ![1000, 5000, 10_000, 30_000].includes(period)))
    throw value('The parameter Period must be 1, 5, 10, 30, or a multiple of 60.');
  const wanted = (Statistics ?? []) as readonly string[];
  if (wanted.length === 0)
    throw combination('At least one of the parameters Statistics and ExtendedStatistics must be specified.');
  const unknown = wanted.find((one) => !Object.hasOwn(statistics, one));
  if (unknown !== undefined) throw value(`The parameter Statistics must be a known one, and not ${unknown}.`);
  const count = Math.ceil((end - start) / period);
  if (count > most)
    throw combination(
      `You have requested up to ${count} datapoints, which exceeds the limit of ${most}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  return { start, period, wanted, count };
}

/** GetMetricStatistics. The caller's minutes count back from now in AWS time, whatever the sandbox's speed. */
function describedStatistics(input: Json, metrics: Metrics) {
  const { start, period, wanted, count } = asked(input);
  const from = metrics.now() - (Date.now() - start);
  const points = Array.from({ length: count }, (_, index) => {
    const values = metrics.values(metricOf(input), from + index * period, from + (index + 1) * period);
    // No data is no data point, not a zero.
    if (values.length === 0) return undefined;
    const told = Object.fromEntries(wanted.map((name) => [name, statistics[name]?.(values)]));
    return { Timestamp: (start + index * period) / 1000, Unit: 'Count', ...told };
  });
  return { Label: String(input.MetricName), Datapoints: points.filter((one) => one !== undefined) };
}
