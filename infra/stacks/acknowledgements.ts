import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { DatabaseEndpointService } from '../endpoint-service/database-endpoint-service.ts';
import { acknowledgedFindings, permissionReasons } from '../reconciler/permission-reasons.ts';
import type { TargetReconciler } from '../reconciler/target-reconciler.ts';

/** Tells cdk-nag (AwsSolutions) which of its findings stand, each at the construct that it is about, and why. */
export function acknowledgeFindings(reconciler: TargetReconciler, service: DatabaseEndpointService | undefined): void {
  const { accessLogs, deadLetterQueue } = acknowledgedFindings;
  Validations.of(reconciler.deadLetterQueue).acknowledge({ id: 'AwsSolutions-SQS3', reason: deadLetterQueue });
  if (service) Validations.of(service.loadBalancer).acknowledge({ id: 'AwsSolutions-ELB2', reason: accessLogs });
  for (const [resource, sids] of wildcards(Stack.of(reconciler)))
    Validations.of(reconciler).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: reasonOf(sids) });
}

const reasonOf = (sids: readonly string[]): string =>
  sids.map((sid) => `${sid}: ${permissionReasons[sid]?.wildcard ?? ''}`).join(' ');

/** As cdk-nag writes them: pseudo parameters in angle brackets. */
function wildcards(stack: Stack): readonly (readonly [string, readonly string[]])[] {
  const region = Token.isUnresolved(stack.region) ? '<AWS::Region>' : stack.region;
  const account = Token.isUnresolved(stack.account) ? '<AWS::AccountId>' : stack.account;
  const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
  return [
    [
      '*',
      [
        'ReadTargets',
        'ReadNetworkInterfaces',
        'VerifyInterfaces',
        'DiagnoseLoadBalancing',
        'DiagnoseNetwork',
        'DiagnoseMetrics',
        'DiagnoseRuleNames',
      ],
    ],
    [`arn:${partition}:cloudwatch:${region}:${account}:alarm:*`, ['DiagnoseAlarms']],
    [`arn:${partition}:rds:${region}:${account}:db:*`, ['ReadMembers', 'ReadReplicas']],
    [`arn:${partition}:rds:${region}:${account}:cluster-endpoint:*`, ['ReadCustomEndpoints']],
    [`arn:${partition}:rds:${region}:${account}:pg:*`, ['DiagnoseParameters']],
    [`arn:${partition}:rds:${region}:${account}:cluster-pg:*`, ['DiagnoseParameters']],
    [`arn:${partition}:ec2:${region}:${account}:*/*`, ['ManageNetworkInterfaces']],
  ];
}
