import { Aws } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { INetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IConstruct } from 'constructs';

/** What alarms and dashboards read of a `TargetReconciler`. The period of its metrics is how often the drift function runs. */
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
  /** Events that no run could process. */
  metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/** CloudWatch knows the health of a group only together with its load balancer. An imported group may not know its own. */
export const knowsLoadBalancer = (targetGroup: INetworkTargetGroup): boolean =>
  targetGroup.loadBalancerArns !== Aws.NO_VALUE;

/** Healthy targets as the zone that sees the fewest reports them. */
export const healthyTargets = (
  targetGroup: INetworkTargetGroup,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric => targetGroup.metrics.healthyHostCount({ statistic: 'Minimum', ...options });

/** As the zone that sees the most reports them. */
export const mostHealthyTargets = (
  targetGroup: INetworkTargetGroup,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric => targetGroup.metrics.healthyHostCount({ statistic: 'Maximum', ...options });

export const unhealthyTargets = (
  targetGroup: INetworkTargetGroup,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric => targetGroup.metrics.unHealthyHostCount({ statistic: 'Maximum', ...options });

/** A metric of the load balancer in front of the group. */
export function loadBalancerSum(
  targetGroup: INetworkTargetGroup,
  metricName: string,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  // Only the group's own metrics know the load balancer's name, for created and imported groups alike.
  const { LoadBalancer } = targetGroup.metrics.healthyHostCount().dimensions ?? {};
  return new cloudwatch.Metric({
    namespace: 'AWS/NetworkELB',
    metricName,
    dimensionsMap: { LoadBalancer },
    statistic: 'Sum',
    ...options,
  });
}
