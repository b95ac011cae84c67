import { Duration, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { ReconcilerAlarms } from '../../../infra/reconciler/alarms.ts';
import { ReconcilerDashboard } from '../../../infra/reconciler/dashboard.ts';
import { acknowledgedFindings } from '../../../infra/reconciler/permission-reasons.ts';
import { FakeReconciler, importedVpc, newStack, serviceWith } from '../endpoint-rig.ts';
import { cloudFormationRules } from '../examples-rig.ts';

/** Everything at once, with CloudFormation's rules and cdk-nag's AwsSolutions as errors. */
function everything(consumerCidrs?: string[]) {
  const rig = newStack({ '@aws-cdk/core:validateAgainstDefaultRules': true });
  const { stack } = rig;
  Validations.of(stack.node.root).addPlugins(cloudFormationRules, new AwsSolutionsChecks(stack.node.root));
  const topic = new sns.Topic(stack, 'Pager', {
    enforceSSL: true,
    masterKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  });
  const { service } = serviceWith(
    {
      name: 'orders',
      databaseSecurityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0dddddddddddddddd'),
      consumerCidrs,
      allowedPrincipals: ['777788889999'],
      privateDnsName: 'orders.example.com',
      supportedRegions: ['eu-central-1'],
      notificationTopic: topic,
    },
    rig,
  );
  service.addOutputs(stack);
  Validations.of(service.loadBalancer).acknowledge({
    id: 'AwsSolutions-ELB2',
    reason: acknowledgedFindings.accessLogs,
  });
  const reconciler = new FakeReconciler(stack, 'Reconciler', { period: Duration.minutes(1) });
  const { targetGroup } = service;
  const alarms = new ReconcilerAlarms(stack, 'Alarms', {
    reconciler,
    databaseName: 'orders',
    targetGroup,
    alarmTopic: topic,
  });
  const logGroups = [logs.LogGroup.fromLogGroupName(stack, 'Logs', '/aws/lambda/orders-drift')];
  new ReconcilerDashboard(stack, 'Dashboard', { reconciler, databaseName: 'orders', targetGroup, alarms, logGroups });
  return { stack, service };
}

describe('endpoint service, alarms and dashboard together', () => {
  test.each([[undefined], [['10.8.0.0/16']]])(
    'pass the rules of CloudFormation and of cdk-nag (AwsSolutions) with consumer ranges %j',
    (consumerCidrs) => {
      expect(() => Template.fromStack(everything(consumerCidrs).stack)).not.toThrow();
    },
  );

  test('would not pass with a load balancer that is open to the internet', () => {
    expect(() => Template.fromStack(everything(['0.0.0.0/0']).stack)).toThrow(/AwsSolutions-EC23/);
  });

  test('would not pass with a value that CloudFormation does not know', () => {
    const { stack, service } = everything();
    (service.targetGroup.node.findChild('Resource') as CfnTargetGroup).vpcId = 'orders';
    expect(() => Template.fromStack(stack)).toThrow(/ERROR VpcId: 'orders' .*CloudFormation Validate/);
  });

  test('leave one finding to acknowledge, with its reason', () => {
    const { stack } = newStack();
    Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
    serviceWith({}, { stack, vpc: importedVpc(stack, 'OtherVpc') });
    const findings = () => Template.fromStack(stack);
    expect(findings).toThrow(/AwsSolutions-ELB2/);
    expect(findings).not.toThrow(/AwsSolutions-(?!ELB2)/);
    expect(acknowledgedFindings.accessLogs).toMatch(/TLS/);
  });
});
