import { type Json, type JsonService, targetRoute } from '../wire/json.ts';

export type MetricId = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** `metric` is absent for an alarm on an expression. */
export type SandboxAlarm = { readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'; readonly metric?: MetricId };

export type CloudWatch = {
  readonly api: JsonService;
  /** By name; changes take effect at once. */
  readonly alarms: Map<string, SandboxAlarm>;
};

const sorted = (dimensions: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(dimensions).sort());

const isSame = (a: MetricId, b: MetricId) =>
  a.namespace === b.namespace && a.name === b.name && sorted(a.dimensions) === sorted(b.dimensions);

function metricOf({ Namespace, MetricName, Dimensions }: Json): MetricId {
  const dimensions = (Dimensions ?? []) as { Name: string; Value: string }[];
  return {
    namespace: String(Namespace),
    name: String(MetricName),
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
  };
}

/**
 * Alarms, and sums of metrics. `sumOf` looks back over so many AWS ms: a caller's minutes are AWS's, however fast this account's
 * time goes.
 */
export function createCloudWatch(
  sumOf: (metric: MetricId, awsMs: number) => number,
  given: Readonly<Record<string, SandboxAlarm>>,
): CloudWatch {
  const alarms = new Map(Object.entries(given));
  const shown = (wanted: (name: string, alarm: SandboxAlarm) => boolean) => ({
    MetricAlarms: [...alarms]
      .filter(([name, alarm]) => wanted(name, alarm))
      .map(([name, { state }]) => ({ AlarmName: name, StateValue: state, ActionsEnabled: true })),
  });
  return {
    alarms,
    api: {
      source: 'sandbox',
      permissions: 'cloudwatch',
      route: targetRoute('GraniteServiceVersion20100801'),
      operations: {
        DescribeAlarmsForMetric: (input) => {
          const metric = metricOf(input);
          return { body: shown((_, alarm) => alarm.metric !== undefined && isSame(alarm.metric, metric)) };
        },
        DescribeAlarms: ({ AlarmNames }) => ({
          body: shown((name) => ((AlarmNames ?? [...alarms.keys()]) as string[]).includes(name)),
        }),
        GetMetricStatistics: (input) => {
          const { StartTime, EndTime } = input as unknown as { StartTime: number; EndTime: number };
          const sum = sumOf(metricOf(input), (EndTime - StartTime) * 1000);
          // No data is no data point, not a zero.
          const points = sum > 0 ? [{ Timestamp: StartTime, Sum: sum, Unit: 'Count' }] : [];
          return { body: { Label: String(input.MetricName), Datapoints: points } };
        },
      },
    },
  };
}
