/** What the checks read beyond what every run may read. Granted only where it was asked for (`diagnostics` in our CDK). */
export const diagnosticActions = [
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetGroupAttributes',
  'elasticloadbalancing:DescribeLoadBalancers',
  'elasticloadbalancing:DescribeLoadBalancerAttributes',
  'elasticloadbalancing:DescribeListeners',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeNetworkInterfaces',
  'rds:DescribeDBParameters',
  'rds:DescribeDBClusterParameters',
  'events:ListRuleNamesByTarget',
  'events:DescribeRule',
  'scheduler:GetSchedule',
  'cloudwatch:GetMetricStatistics',
  'cloudwatch:DescribeAlarmsForMetric',
  'cloudwatch:DescribeAlarms',
  'lambda:GetFunctionConfiguration',
] as const;

export type DiagnosticAction =
  | (typeof diagnosticActions)[number]
  | 'rds:DescribeDBInstances'
  | 'rds:DescribeDBClusters';
