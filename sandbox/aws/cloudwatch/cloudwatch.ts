import { AwsError } from '../wire/aws-error.ts';
import { type Json, type JsonService, targetRoute } from '../wire/json.ts';
import { paginate } from '../wire/params.ts';
import { type AlarmState, type Condition, createEvaluation, type Evaluation } from './alarms.ts';
import type { Metrics } from './measured.ts';
import { type MetricId, metricOf } from './metric.ts';
import { describedStatistics } from './statistics.ts';

/** An alarm whose state follows its condition, or one that stays as it was set, as nothing of AWS would. */
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
  Threshold: 1,
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
          AlarmArn: `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`,
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
