import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { createAlarmsAndMetrics } from '../../../lib/adapters/cloudwatch.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { mocked, refusal, run, unreadable } from './mocks.ts';

const now = 1_800_000_000_000;
const cloudwatch = mocked(CloudWatchClient);
const api = () => createAlarmsAndMetrics(new CloudWatchClient({ region: 'eu-central-1' }), () => now, run);
const metric = { namespace: 'Databases', name: 'Drift', dimensions: { Database: 'orders', Other: 'x' } };
const asked = {
  Namespace: 'Databases',
  MetricName: 'Drift',
  Dimensions: [
    { Name: 'Database', Value: 'orders' },
    { Name: 'Other', Value: 'x' },
  ],
};

describe('the sum of a metric', () => {
  test.each([
    [15, 60],
    [1440, 60],
    [1441, 3600],
  ])('over the last %d minutes asks for periods of %d s', async (minutes, Period) => {
    const [StartTime, EndTime] = [new Date(now - minutes * 60_000), new Date(now)];
    cloudwatch
      .on(GetMetricStatisticsCommand, { ...asked, StartTime, EndTime, Period, Statistics: ['Sum'] })
      .resolves({ Datapoints: [{ Sum: 2 }, {}, { Sum: 3 }] });
    expect(await api().sum(metric, minutes)).toEqual(known(5));
    expect(cloudwatch.calls()[0]?.args).toEqual([expect.anything(), { abortSignal: run }]);
  });

  test('is nothing without data, and unknown without the permission', async () => {
    cloudwatch.on(GetMetricStatisticsCommand).resolves({ Datapoints: [] });
    expect(await api().sum(metric, 15)).toEqual(known(0));
    cloudwatch.on(GetMetricStatisticsCommand).resolves({});
    expect(await api().sum(metric, 15)).toMatchObject(unreadable('GetMetricStatistics gave no list'));
    cloudwatch.on(GetMetricStatisticsCommand).rejects(refusal);
    expect(await api().sum(metric, 15)).toEqual({ kind: 'denied', action: 'cloudwatch:GetMetricStatistics' });
  });
});

describe('the alarms of a database', () => {
  const names = ['drift-found', 'held'];
  const on = (...MetricAlarms: { AlarmName?: string; StateValue?: 'OK' | 'ALARM' }[]) =>
    cloudwatch.on(DescribeAlarmsForMetricCommand, asked).resolves({ MetricAlarms });

  test('are found by the prefix of the one on its metric', async () => {
    on({ AlarmName: 'x-held', StateValue: 'OK' }, { AlarmName: 'eu-orders-drift-found', StateValue: 'OK' });
    cloudwatch
      .on(DescribeAlarmsCommand, { AlarmNames: ['eu-orders-drift-found', 'eu-orders-held'] })
      .resolves({ MetricAlarms: [{ AlarmName: 'eu-orders-held', StateValue: 'ALARM' }, {}] });
    expect(await api().alarmsBeside(metric, names)).toEqual(
      known([
        { name: 'eu-orders-held', state: 'ALARM' },
        { name: '', state: 'unknown' },
      ]),
    );
    for (const { args } of cloudwatch.calls()) expect(args).toEqual([expect.anything(), { abortSignal: run }]);
    cloudwatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [] });
    expect(await api().alarmsBeside(metric, names)).toEqual(known([]));
    cloudwatch.on(DescribeAlarmsCommand).resolves({});
    expect(await api().alarmsBeside(metric, names)).toMatchObject(unreadable('DescribeAlarms gave no list'));
  });

  test('are those on the metric where none has a name of ours', async () => {
    on({ AlarmName: 'mine', StateValue: 'OK' });
    expect(await api().alarmsBeside(metric, names)).toEqual(known([{ name: 'mine', state: 'OK' }]));
    cloudwatch.on(DescribeAlarmsForMetricCommand).resolves({ MetricAlarms: [] });
    expect(await api().alarmsBeside(metric, names)).toEqual(known([]));
    cloudwatch.on(DescribeAlarmsForMetricCommand).resolves({});
    expect(await api().alarmsBeside(metric, names)).toMatchObject(unreadable('DescribeAlarmsForMetric gave no list'));
    expect(cloudwatch.commandCalls(DescribeAlarmsCommand)).toEqual([]);
  });

  test('need both permissions', async () => {
    on({ AlarmName: 'orders-drift-found' });
    cloudwatch.on(DescribeAlarmsCommand).rejects(refusal);
    expect(await api().alarmsBeside(metric, names)).toEqual({ kind: 'denied', action: 'cloudwatch:DescribeAlarms' });
    cloudwatch.on(DescribeAlarmsForMetricCommand).rejects(refusal);
    expect(await api().alarmsBeside(metric, names)).toEqual({
      kind: 'denied',
      action: 'cloudwatch:DescribeAlarmsForMetric',
    });
  });
});
