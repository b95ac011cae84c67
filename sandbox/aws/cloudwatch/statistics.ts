import { AwsError } from '../wire/aws-error.ts';
import type { Json } from '../wire/json.ts';
import type { Metrics } from './measured.ts';
import { metricOf } from './metric.ts';

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

/** What is asked for, in wall ms: the times come as seconds. */
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

/** GetMetricStatistics. A caller's minutes are AWS's, back from now, however fast this account's time goes. */
export function describedStatistics(input: Json, metrics: Metrics) {
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
