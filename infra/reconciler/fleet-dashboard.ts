import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { defaultNamespace, dimensionName, metricNames } from '../../lib/metrics.ts';

/** One database on the fleet's dashboard. */
export type FleetMember = {
  readonly databaseName: string;
  /** Undefined: the dashboard's own. */
  readonly region?: string | undefined;
  readonly alarmArns: readonly string[];
  /** The name of the database's own dashboard, where it has one. */
  readonly dashboardName?: string | undefined;
};

export type FleetDashboardProps = { readonly dashboardName: string; readonly members: readonly FleetMember[] };

/** One page for all databases of an account, in any number of Regions: which alarms ring, what drifts or holds, how long failovers took. */
export class FleetDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { dashboardName, members }: FleetDashboardProps) {
    super(scope, id);
    const regions = [...new Set(members.map(({ region }) => region))];
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName,
      defaultInterval: Duration.hours(3),
      widgets: [
        ...alarmRows(this, members),
        [
          graph('Drift: 1 while a group differs', metricNames.drift, 'Maximum', regions),
          graph('Held: 1 while a writer is not known', metricNames.held, 'Maximum', regions),
        ],
        [
          graph('Successful runs in five minutes', metricNames.success, 'Sum', regions, 300),
          graph('Convergence latency, ms', metricNames.convergenceLatency, 'Maximum', regions),
        ],
        [listOf(members)],
      ],
    });
  }
}

/** CloudWatch shows a hundred alarms in a widget. */
const alarmsInWidget = 100;

/** Only those that ring: a hundred databases have seven hundred. */
function alarmRows(scope: Construct, members: readonly FleetMember[]): cloudwatch.IWidget[][] {
  const arns = members.flatMap(({ alarmArns }) => alarmArns);
  const count = Math.ceil(arns.length / alarmsInWidget);
  return Array.from({ length: count }, (_, index) => [
    new cloudwatch.AlarmStatusWidget({
      title: count === 1 ? 'Alarms that ring' : `Alarms that ring (${index + 1} of ${count})`,
      alarms: arns
        .slice(index * alarmsInWidget, (index + 1) * alarmsInWidget)
        .map((arn, at) => cloudwatch.Alarm.fromAlarmArn(scope, `Alarm${index * alarmsInWidget + at}`, arn)),
      states: [cloudwatch.AlarmState.ALARM],
      sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
      width: 24,
      height: 3,
    }),
  ]);
}

/** A line for each database: the search finds every one that reports, also one that is deployed later. Two in a row of 24. */
function graph(
  title: string,
  metric: string,
  statistic: 'Maximum' | 'Sum',
  regions: readonly (string | undefined)[],
  seconds = 60,
): cloudwatch.IWidget {
  const expression = `SEARCH('{${defaultNamespace},${dimensionName}} MetricName="${metric}"', '${statistic}', ${seconds})`;
  return new cloudwatch.GraphWidget({
    title,
    width: 12,
    height: 7,
    leftYAxis: { min: 0, showUnits: false },
    left: regions.map(
      (searchRegion) =>
        new cloudwatch.MathExpression({ expression, label: '', period: Duration.seconds(seconds), searchRegion }),
    ),
  });
}

const listOf = (members: readonly FleetMember[]): cloudwatch.IWidget =>
  new cloudwatch.TextWidget({
    markdown: members
      .map(({ databaseName, dashboardName }) =>
        dashboardName ? `[${databaseName}](#dashboards:name=${dashboardName})` : databaseName,
      )
      .join(' · '),
    width: 24,
    height: Math.min(12, 2 + Math.ceil(members.length / 12)),
  });
