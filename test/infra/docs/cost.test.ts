import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ReconcilerAlarms } from '../../../infra/reconciler/alarms.ts';
import { metricNames } from '../../../lib/metrics.ts';
import {
  type CostInputs,
  dashboardWays,
  metricsInAlarm,
  monthlyCost,
  prices,
  totalOf,
  typicalInputs,
  watchCost,
} from '../../../scripts/cost.ts';
import { FakeReconciler, serviceWith } from '../endpoint-rig.ts';

const costOf = (inputs: Partial<CostInputs>) =>
  Object.fromEntries(
    monthlyCost({ ...typicalInputs, ...inputs }).map(({ item, dollarsPerMonth }) => [item, dollarsPerMonth]),
  );

describe('the cost of a database', () => {
  test('says where and when its prices were read', () => {
    expect(prices.region).toBe('us-east-1');
    expect(prices.date).toMatch(/^20\d\d-\d\d$/);
  });

  test('counts every metric that the functions write', () => {
    expect(costOf({})['Custom metrics']).toBeCloseTo(Object.keys(metricNames).length * 0.3);
  });

  test('counts every alarm that is deployed, and twice the one that covers both functions', () => {
    const { stack, service } = serviceWith();
    const reconciler = new FakeReconciler(stack, 'Reconciler', { period: Duration.minutes(1) });
    const watched = { reconciler, databaseName: 'orders', targetGroup: service.targetGroup };
    new ReconcilerAlarms(stack, 'Alarms', { ...watched, warmStandby: true });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', Object.keys(metricsInAlarm).length);
    expect(costOf({ alarms: 'with-standby' }).Alarms).toBeCloseTo(0.9);
    expect(costOf({}).Alarms).toBeCloseTo(0.8);
    expect(costOf({ alarms: 'without-health' }).Alarms).toBeCloseTo(0.7);
    expect(costOf({ alarms: 'none' })).not.toHaveProperty('Alarms');
  });

  test('follows the schedule: a tenth of the runs costs a tenth', () => {
    const [often, seldom] = [costOf({}), costOf({ scheduleMinutes: 10 })];
    for (const item of ['Drift function, requests', 'Drift function, duration', 'Logs']) {
      expect(seldom[item]).toBeCloseTo((often[item] ?? 0) / 10, 6);
    }
    // 43,800 runs of 0.3 s with 0.25 GB.
    expect(often['Drift function, duration']).toBeCloseTo(43_800 * 0.3 * 0.25 * prices.lambdaGbSecond, 6);
  });

  test('of one failover is a third of a cent: two minutes of a whole vCPU', () => {
    expect(watchCost().dollars).toBeCloseTo(120 * (1769 / 1024) * prices.lambdaGbSecond, 8);
    expect(watchCost().dollars).toBeCloseTo(0.0028, 4);
  });

  test('has the load balancer and interface endpoints by the hour, where there are any', () => {
    expect(costOf({})['Network Load Balancer']).toBeCloseTo(16.425);
    expect(costOf({ interfaceEndpointZones: 4 })['Interface endpoints']).toBeCloseTo(29.2);
    expect(costOf({ hasLoadBalancer: false, hasDashboard: false })).not.toHaveProperty('Network Load Balancer');
    expect(costOf({})).not.toHaveProperty('Interface endpoints');
  });

  test('of dashboards is three dollars for each, or for all of an account together', () => {
    expect(dashboardWays.map(({ dollarsPerMonth }) => [1, 10, 100].map(dollarsPerMonth))).toEqual([
      [3, 30, 300],
      [3, 3, 3],
      [6, 33, 303],
    ]);
  });

  test('adds up to 21.51 dollars for a typical database, three quarters of it the load balancer', () => {
    const items = monthlyCost(typicalInputs);
    expect(totalOf(items)).toBeCloseTo(21.51);
    expect(totalOf(items)).toBeCloseTo(items.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0));
    expect(totalOf(items.filter(({ item }) => item !== 'Network Load Balancer'))).toBeCloseTo(21.51 - 16.425);
  });
});
