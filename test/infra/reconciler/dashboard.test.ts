import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { ReconcilerAlarms } from '../../../infra/reconciler/alarms.ts';
import { ReconcilerDashboard, type ReconcilerDashboardProps } from '../../../infra/reconciler/dashboard.ts';
import { FakeReconciler, newStack } from '../endpoint-rig.ts';

type Widget = { type: string; properties: { title: string; metrics?: unknown[][]; alarms?: string[]; query?: string } };

const balancer = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders/fedcba9876543210';

function dashboardWith(make: (stack: ReturnType<typeof newStack>['stack']) => Partial<ReconcilerDashboardProps>) {
  const { stack } = newStack();
  const reconciler = new FakeReconciler(stack, 'Reconciler', { period: Duration.minutes(1) });
  new ReconcilerDashboard(stack, 'Dashboard', { reconciler, databaseName: 'orders', ...make(stack) });
  const [properties] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')).map(
    ({ Properties }) => Properties,
  );
  return { name: properties.DashboardName as string, widgets: widgetsOf(properties.DashboardBody) };
}

/** The body is JSON in pieces, with references between them. */
function widgetsOf(body: string | { 'Fn::Join': [string, unknown[]] }): Widget[] {
  const pieces = typeof body === 'string' ? [body] : body['Fn::Join'][1];
  return JSON.parse(pieces.map((piece) => (typeof piece === 'string' ? piece : 'REFERENCE')).join('')).widgets;
}

const withGroup = (stack: ReturnType<typeof newStack>['stack'], loadBalancerArns?: string) => ({
  targetGroup: NetworkTargetGroup.fromTargetGroupAttributes(stack, 'TargetGroup', {
    targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/0123456789abcdef',
    loadBalancerArns,
  }),
});

const metricsOf = (widgets: readonly Widget[], title: string) =>
  JSON.stringify(widgets.find(({ properties }) => properties.title === title)?.properties.metrics);

describe('the dashboard', () => {
  test('is found under the name of the database, or the one that was asked for', () => {
    expect(dashboardWith(() => ({})).name).toBe('orders-target-reconciler');
    expect(dashboardWith(() => ({ dashboardName: 'prod' })).name).toBe('prod');
  });

  test('shows drift, holds and successes, latency in the middle and at worst, errors and dead letters', () => {
    const { widgets } = dashboardWith(() => ({}));
    for (const metric of ['Drift', 'Held', 'Success']) {
      expect(metricsOf(widgets, 'Drift, holds, successes')).toContain(`"${metric}"`);
    }
    expect(metricsOf(widgets, 'Convergence latency')).toMatch(/"ConvergenceLatency".*"stat":"p50".*"stat":"Maximum"/);
    expect(metricsOf(widgets, 'Errors, dead letters')).toMatch(/"Errors".*"ApproximateNumberOfMessagesVisible"/);
  });

  test('shows the health of the targets, fail open as a line at zero, and which side resets connections', () => {
    const { widgets } = dashboardWith((stack) => withGroup(stack, balancer));
    expect(metricsOf(widgets, 'Targets')).toMatch(/"HealthyHostCount".*"Minimum".*"UnHealthyHostCount".*"Maximum"/);
    const failOpen = metricsOf(widgets, 'Fail open: connections sent to unhealthy targets');
    expect(failOpen).toContain('FILL(flows, 0)');
    expect(failOpen).toContain('"UnhealthyRoutingFlowCount","LoadBalancer","net/orders/fedcba9876543210"');
    for (const who of ['Target', 'ELB', 'Client']) {
      expect(metricsOf(widgets, 'TCP resets')).toContain(`"TCP_${who}_Reset_Count"`);
    }
  });

  test('says that one unhealthy target is normal where a standby is kept warm, and looks for a second healthy one', () => {
    const { widgets } = dashboardWith((stack) => ({ ...withGroup(stack, balancer), warmStandby: true }));
    const shown = metricsOf(widgets, 'Targets: one healthy, and the standby, which is not');
    expect(shown).toMatch(
      /"HealthyHostCount".*Healthy \(two: an alarm\).*"Maximum".*"UnHealthyHostCount".*Unhealthy \(one is normal\)/,
    );
    expect(metricsOf(widgets, 'Targets')).toBeUndefined();
  });

  test('leaves the targets out when the load balancer is not known', () => {
    const titles = [dashboardWith(() => ({})), dashboardWith((stack) => withGroup(stack))].map(({ widgets }) =>
      widgets.map(({ properties }) => properties.title),
    );
    expect(titles[0]).toEqual(['Drift, holds, successes', 'Convergence latency', 'Errors, dead letters']);
    expect(titles[1]).toEqual(titles[0]);
  });

  test('begins with the state of each alarm', () => {
    const { widgets } = dashboardWith((stack) => {
      const reconciler = new FakeReconciler(stack, 'Watched', { period: Duration.minutes(1) });
      return { alarms: new ReconcilerAlarms(stack, 'Alarms', { reconciler, databaseName: 'orders' }) };
    });
    expect(widgets[0]?.type).toBe('alarm');
    expect(widgets[0]?.properties.alarms).toHaveLength(6);
  });

  test('lists what was registered, held or failed, from the report lines of both functions', () => {
    const { widgets } = dashboardWith((stack) => ({
      logGroups: ['failover', 'drift'].map((name) =>
        logs.LogGroup.fromLogGroupName(stack, name, `/aws/lambda/${name}`),
      ),
    }));
    const query = widgets.find(({ type }) => type === 'log')?.properties.query;
    expect(query).toMatch(/^SOURCE '\/aws\/lambda\/failover' \| SOURCE '\/aws\/lambda\/drift' \| fields @timestamp/);
    for (const outcome of ['changed', 'held', 'waiting', 'observed']) expect(query).toContain(`"${outcome}"`);
  });
});
