import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { andThen, known, read } from '../doctor/reading.ts';
import type { Alarm, Instruments, Metric } from '../doctor/surroundings.ts';
import { listOf } from './asked.ts';

type Described = { readonly AlarmName?: string | undefined; readonly StateValue?: string | undefined };

/** Sums of metrics, and alarms, through the CloudWatch API. `now`: ms since the epoch. */
export function createAlarmsAndMetrics(
  client: CloudWatchClient,
  now: () => number,
  abortSignal?: AbortSignal,
): Pick<Instruments, 'sum' | 'alarmsBeside'> {
  const options = { abortSignal };
  const alarmsOn = (metric: Metric) =>
    read('cloudwatch:DescribeAlarmsForMetric', async () => {
      const reply = await client.send(new DescribeAlarmsForMetricCommand(described(metric)), options);
      return listOf('DescribeAlarmsForMetric', reply.MetricAlarms).map(alarm);
    });
  // Alarms on expressions are not listed by metric; their names say that they belong together.
  const alarmsNamed = (names: readonly string[]) =>
    read('cloudwatch:DescribeAlarms', async () => {
      const reply = await client.send(new DescribeAlarmsCommand({ AlarmNames: [...names] }), options);
      return listOf('DescribeAlarms', reply.MetricAlarms).map(alarm);
    });
  return {
    sum: (metric, minutes) =>
      read('cloudwatch:GetMetricStatistics', async () => {
        const end = now();
        const command = new GetMetricStatisticsCommand({
          ...described(metric),
          StartTime: new Date(end - minutes * 60_000),
          EndTime: new Date(end),
          // At most 1,440 data points come back.
          Period: minutes > 1440 ? 3600 : 60,
          Statistics: ['Sum'],
        });
        const { Datapoints } = await client.send(command, options);
        return listOf('GetMetricStatistics', Datapoints).reduce((sum, point) => sum + (point.Sum ?? 0), 0);
      }),
    alarmsBeside: async (metric, names) =>
      andThen(await alarmsOn(metric), async (found) => {
        const [discovery = ''] = names;
        const first = found.find(({ name }) => name.endsWith(`-${discovery}`))?.name;
        if (first === undefined) return known(found);
        const prefix = first.slice(0, -discovery.length);
        return alarmsNamed(names.map((name) => prefix + name));
      }),
  };
}

const described = ({ namespace, name, dimensions }: Metric) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

const alarm = ({ AlarmName = '', StateValue = 'unknown' }: Described): Alarm => ({
  name: AlarmName,
  state: StateValue,
});
