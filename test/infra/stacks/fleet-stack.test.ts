import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, databasesFrom } from '../../../infra/config/databases.ts';
import { addDatabaseStacks } from '../../../infra/stacks/database-stack.ts';

/* `-c fleet=true`: one dashboard for all databases. */

const entryOf = (name: string, more: object = {}) => ({
  name,
  account: '111122223333',
  region: 'eu-central-1',
  database: { kind: 'instance', id: name },
  targetGroupArn: `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${name}/0123456789abcdef`,
  reconcile: { allowedCidrs: ['10.0.0.0/16'] },
  ...more,
});

const elsewhere = (name: string, region: string, account = '111122223333', more: object = {}) =>
  entryOf(name, {
    region,
    account,
    targetGroupArn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/0123456789abcdef`,
    ...more,
  });

const stacksOf = (entries: readonly object[]): readonly Stack[] =>
  addDatabaseStacks(new App(), databasesFrom(JSON.stringify(entries), 'databases.json'), { hasFleet: true });

type Widget = {
  readonly type: string;
  readonly properties: {
    readonly title?: string;
    readonly alarms?: readonly string[];
    readonly states?: readonly string[];
    readonly metrics?: readonly (readonly { readonly expression: string; readonly region?: string }[])[];
    readonly markdown?: string;
  };
};

/** The body is JSON in pieces, with references between them. */
function dashboardOf(stack: Stack | undefined) {
  if (!stack) throw new Error('no fleet');
  const template = Template.fromStack(stack);
  const [found] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body: string | { 'Fn::Join': [string, unknown[]] } = found?.Properties.DashboardBody;
  const text =
    typeof body === 'string'
      ? body
      : body['Fn::Join'][1]
          .map((one) => (typeof one === 'string' ? one : JSON.stringify(one).replaceAll('"', '')))
          .join('');
  const { widgets } = JSON.parse(text) as { widgets: Widget[] };
  return {
    name: found?.Properties.DashboardName as string,
    template: template.toJSON(),
    alarms: widgets.filter(({ type }) => type === 'alarm').map(({ properties }) => properties),
    graphs: widgets.filter(({ type }) => type === 'metric').map(({ properties }) => properties),
    text: widgets.find(({ type }) => type === 'text')?.properties.markdown,
  };
}

describe('the dashboard of all databases', () => {
  test('is one resource in a stack of its own, which imports nothing of theirs', () => {
    const stacks = stacksOf([entryOf('orders'), entryOf('billing')]);
    expect(stacks.map(({ stackName }) => stackName)).toEqual(['orders', 'billing', 'target-reconciler-fleet']);
    const { name, template } = dashboardOf(stacks[2]);
    expect(name).toBe('target-reconciler-fleet');
    expect(Object.values(template.Resources).map((one) => (one as { Type: string }).Type)).toEqual([
      'AWS::CloudWatch::Dashboard',
    ]);
    expect(JSON.stringify(template)).not.toContain('ImportValue');
    for (const stack of stacks) expect(stack.dependencies).toEqual([]);
  });

  test('shows of every alarm of each database whether it rings, whatever Region it is in', () => {
    const stacks = stacksOf([
      entryOf('orders'),
      elsewhere('billing', 'eu-west-1', undefined, { namePrefix: 'prod' }),
      entryOf('quiet', { alarms: { enabled: false } }),
    ]);
    const { alarms } = dashboardOf(stacks.at(-1));
    expect(alarms).toHaveLength(1);
    expect(alarms[0]?.states).toEqual(['ALARM']);
    const arns = (alarms[0]?.alarms ?? []).map((arn) => arn.replace(/^arn:.*?:cloudwatch:/, ''));
    const of = (place: string) =>
      ['drift-found', 'drift-persisting', 'held', 'no-success', 'function-errors', 'dead-letters'].map(
        (alarm) => `${place}-${alarm}`,
      );
    expect(arns).toEqual([
      ...of('eu-central-1:111122223333:alarm:orders'),
      ...of('eu-west-1:111122223333:alarm:prod-billing'),
    ]);
  });

  test('has a hundred alarms in a widget at most', () => {
    const names = Array.from({ length: 17 }, (_, index) => `db-${index}`);
    const { alarms } = dashboardOf(stacksOf(names.map((name) => entryOf(name))).at(-1));
    expect(alarms.map(({ title, alarms: shown }) => [title, shown?.length])).toEqual([
      ['Alarms that ring (1 of 2)', 100],
      ['Alarms that ring (2 of 2)', 2],
    ]);
  });

  test('draws drift, holds, successes and latency of each, with one search for each Region', () => {
    const { graphs } = dashboardOf(stacksOf([entryOf('orders'), elsewhere('billing', 'eu-west-1')]).at(-1));
    const searches = graphs.map(({ metrics = [] }) => metrics.map(([one]) => [one?.expression, one?.region]));
    const search = (metric: string, statistic: string, seconds = 60) =>
      [undefined, 'eu-west-1'].map((region) => [
        `SEARCH('{RdsTargetReconciler,Database} MetricName="${metric}"', '${statistic}', ${seconds})`,
        region,
      ]);
    expect(searches).toEqual([
      search('Drift', 'Maximum'),
      search('Held', 'Maximum'),
      search('Success', 'Sum', 300),
      search('ConvergenceLatency', 'Maximum'),
    ]);
  });

  test("links to each database's own dashboard, where there is one", () => {
    const { text } = dashboardOf(stacksOf([entryOf('orders'), entryOf('billing', { dashboard: false })]).at(-1));
    expect(text).toBe('[orders](#dashboards:name=orders-target-reconciler) · billing');
  });

  test('is one for each account', () => {
    const stacks = stacksOf([entryOf('orders'), elsewhere('billing', 'eu-west-1', '444455556666')]);
    const fleets = stacks.slice(2);
    expect(fleets.map(({ stackName, account, region }) => [stackName, account, region])).toEqual([
      ['target-reconciler-fleet-111122223333', '111122223333', 'eu-central-1'],
      ['target-reconciler-fleet-444455556666', '444455556666', 'eu-west-1'],
    ]);
    expect(dashboardOf(fleets[1]).text).toBe('[billing](#dashboards:name=billing-target-reconciler)');
  });

  test('says so where a database has the name of its stack', () => {
    const stacks = () => stacksOf([entryOf('orders', { stackName: 'target-reconciler-fleet' })]);
    expect(stacks).toThrow(ConfigurationError);
    expect(stacks).toThrow('is named target-reconciler-fleet, and so is that of orders; allowed: another stackName');
  });
});
