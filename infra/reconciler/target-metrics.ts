import { Aws } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { INetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';

/** CloudWatch knows the health of a group only together with its load balancer. An imported group may not know its own. */
export const knowsLoadBalancer = (targetGroup: INetworkTargetGroup): boolean =>
  targetGroup.loadBalancerArns !== Aws.NO_VALUE;

/** Healthy targets as the least lucky zone sees them. */
export const healthyTargets = (
  targetGroup: INetworkTargetGroup,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric => targetGroup.metrics.healthyHostCount({ statistic: 'Minimum', ...options });

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
