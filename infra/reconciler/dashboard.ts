import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { alarmIds } from './alarm-catalogue.ts';
import type { ReconcilerAlarms } from './alarms.ts';
import type { IReconcilerMetrics } from './metrics.ts';
import { healthyTargets, knowsLoadBalancer, loadBalancerSum, mostHealthyTargets, unhealthyTargets } from './metrics.ts';

export interface ReconcilerDashboardProps {
  /** A `TargetReconciler`. */
  readonly reconciler: IReconcilerMetrics;
  /** The database's name; the dashboard's name starts with it. */
  readonly databaseName: string;
  /**
   * The group whose health is shown. An imported one has to know its load balancer (`loadBalancerArns`).
   *
   * @default - nothing about targets and connections
   */
  readonly targetGroup?: elbv2.INetworkTargetGroup;
  /**
   * Whether the standby is registered too: then one unhealthy target is normal, and its widget says so.
   *
   * @default false
   */
  readonly warmStandby?: boolean;
  /**
   * Alarms whose status is shown.
   *
   * @default - no alarm status
   */
  readonly alarms?: ReconcilerAlarms;
  /**
   * The functions' log groups: for the table of registrations and holds, read from the report lines.
   *
   * @default - no such table
   */
  readonly logGroups?: readonly logs.ILogGroup[];
  /**
   * The dashboard's name.
   *
   * @default - the database's name, then `-target-reconciler`
   */
  readonly dashboardName?: string;
}

/** One page that answers: does the target group follow the database, and since when? */
export class ReconcilerDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, props: ReconcilerDashboardProps) {
    super(scope, id);
    // A dashboard of a stack that failed to deploy is of no use.
    this.node.addDependency(props.reconciler);
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: props.dashboardName ?? `${props.databaseName}-target-reconciler`,
      defaultInterval: Duration.hours(3),
      widgets: [
        alarmWidgets(props),
        [driftWidget(props), latencyWidget(props), errorWidget(props)],
        targetWidgets(props),
        reportWidgets(props),
      ].filter((row) => row.length > 0),
    });
  }
}

const minute = Duration.minutes(1);
const fromZero = { min: 0, showUnits: false };

/** Three in a row of 24. */
const graph = (title: string, left: cloudwatch.IMetric[], leftYAxis: cloudwatch.YAxisProps = fromZero) =>
  new cloudwatch.GraphWidget({ title, width: 8, height: 6, leftYAxis, left });

function alarmWidgets({ alarms }: ReconcilerDashboardProps): cloudwatch.IWidget[] {
  if (!alarms) return [];
  const shown = alarmIds.map((id) => alarms.alarms[id]).filter((alarm) => alarm !== undefined);
  return [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: shown, width: 24, height: 3 })];
}

const driftWidget = ({ reconciler }: ReconcilerDashboardProps) =>
  graph('Drift, holds, successes', [
    reconciler.metricDrift({ statistic: 'Maximum', label: 'Drift' }),
    reconciler.metricHeld({ statistic: 'Maximum', label: 'Held' }),
    reconciler.metricSuccess({ statistic: 'Sum', label: 'Successful runs' }),
  ]);

const latencyWidget = ({ reconciler }: ReconcilerDashboardProps) =>
  graph(
    'Convergence latency',
    [
      reconciler.metricConvergenceLatency({ statistic: 'p50', label: 'p50' }),
      reconciler.metricConvergenceLatency({ statistic: 'Maximum', label: 'Longest' }),
    ],
    { min: 0 },
  );

const errorWidget = ({ reconciler }: ReconcilerDashboardProps) =>
  graph('Errors, dead letters', [
    reconciler.metricErrors({ statistic: 'Sum', label: 'Failed runs' }),
    reconciler.metricDeadLetters({ statistic: 'Maximum', label: 'Dead letters' }),
  ]);

function targetWidgets({ targetGroup, warmStandby }: ReconcilerDashboardProps): cloudwatch.IWidget[] {
  if (!targetGroup || !knowsLoadBalancer(targetGroup)) return [];
  const sum = (metricName: string, label: string) =>
    loadBalancerSum(targetGroup, metricName, { period: minute, label });
  return [
    graph(warmStandby ? 'Targets: one healthy, and the standby, which is not' : 'Targets', [
      ...(warmStandby
        ? [mostHealthyTargets(targetGroup, { period: minute, label: 'Healthy (two: an alarm)' })]
        : [healthyTargets(targetGroup, { period: minute, label: 'Healthy' })]),
      unhealthyTargets(targetGroup, { period: minute, label: warmStandby ? 'Unhealthy (one is normal)' : 'Unhealthy' }),
    ]),
    graph('Fail open: connections sent to unhealthy targets', [
      // Absent most of the time; a line at 0 shows that it is measured.
      new cloudwatch.MathExpression({
        expression: 'FILL(flows, 0)',
        usingMetrics: { flows: sum('UnhealthyRoutingFlowCount', 'Connections') },
        period: minute,
        label: 'Unhealthy routing (fail open)',
      }),
    ]),
    graph('TCP resets', [
      sum('TCP_Target_Reset_Count', 'By the database'),
      sum('TCP_ELB_Reset_Count', 'By the load balancer'),
      sum('TCP_Client_Reset_Count', 'By consumers'),
    ]),
  ];
}

function reportWidgets({ logGroups = [] }: ReconcilerDashboardProps): cloudwatch.IWidget[] {
  if (logGroups.length === 0) return [];
  return [
    new cloudwatch.LogQueryWidget({
      title: 'Registrations, holds and faults',
      width: 24,
      height: 6,
      logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      // The report line of each run, without those in sync.
      queryLines: [
        'fields @timestamp, level, outcome, reason, message',
        'filter outcome in ["changed", "held", "waiting", "observed"] or level = "ERROR"',
        'sort @timestamp desc',
        'limit 50',
      ],
    }),
  ];
}
