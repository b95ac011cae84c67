import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/** What alarms and dashboards ask of a `TargetReconciler`. The period of its metrics is how often the drift function runs. */
export interface IReconcilerMetrics extends IConstruct {
  /** 1 when a drift check found a difference, else 0. */
  metricDrift(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** 1 when the desired state was unknown, else 0. */
  metricHeld(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** 1 for each run that ended in sync. */
  metricSuccess(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Milliseconds from an event's time to the group being right. */
  metricConvergenceLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Failed runs of both functions. */
  metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.IMetric;
  /** Events that no run could take. */
  metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}
