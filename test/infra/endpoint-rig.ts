import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, type IConstruct } from 'constructs';
import {
  DatabaseEndpointService,
  type DatabaseEndpointServiceProps,
} from '../../infra/endpoint-service/database-endpoint-service.ts';
import type { IReconcilerMetrics } from '../../infra/reconciler/metrics.ts';
import { metricNames } from '../../lib/metrics.ts';

/** A stack with a network that is only known by its identifiers: nothing is created and nothing is looked up. */
export function newStack(context: Record<string, unknown> = {}) {
  const stack = new Stack(new App({ context }), 'orders', { env: { account: '111122223333', region: 'eu-west-1' } });
  return { stack, vpc: importedVpc(stack) };
}

export const importedVpc = (stack: Stack, id = 'Vpc') =>
  ec2.Vpc.fromVpcAttributes(stack, id, {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
    isolatedSubnetRouteTableIds: ['rtb-0aaaaaaaaaaaaaaaa', 'rtb-0bbbbbbbbbbbbbbbb'],
  });

export function serviceWith(props: Partial<DatabaseEndpointServiceProps> = {}, { stack, vpc } = newStack()) {
  const service = new DatabaseEndpointService(stack, 'Service', { vpc, port: 5432, ...props });
  return { stack, service, template: () => Template.fromStack(stack) };
}

/** What synth would warn of, without a synth. */
export const warningsOf = (scope: IConstruct): string[] =>
  scope.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data)),
    );

/** `10.20.0.0/24`, `10.20.1.0/24`, … */
export const ranges = (count: number): string[] => Array.from({ length: count }, (_, index) => `10.20.${index}.0/24`);

/** Metrics as a `TargetReconciler` gives them. */
export class FakeReconciler extends Construct implements IReconcilerMetrics {
  readonly options: cloudwatch.MetricOptions;

  constructor(scope: Construct, id: string, options: cloudwatch.MetricOptions = {}) {
    super(scope, id);
    this.options = options;
  }

  metricDrift = (props?: cloudwatch.MetricOptions) => this.own(metricNames.drift, props);
  metricHeld = (props?: cloudwatch.MetricOptions) => this.own(metricNames.held, props);
  metricSuccess = (props?: cloudwatch.MetricOptions) => this.own(metricNames.success, props);
  metricConvergenceLatency = (props?: cloudwatch.MetricOptions) => this.own(metricNames.convergenceLatency, props);
  metricErrors = (props?: cloudwatch.MetricOptions) => this.other('AWS/Lambda', 'Errors', props);
  metricDeadLetters = (props?: cloudwatch.MetricOptions) =>
    this.other('AWS/SQS', 'ApproximateNumberOfMessagesVisible', props);

  private own(metricName: string, props?: cloudwatch.MetricOptions) {
    return this.other('RdsTargetReconciler', metricName, props);
  }

  private other(namespace: string, metricName: string, props?: cloudwatch.MetricOptions) {
    return new cloudwatch.Metric({ namespace, metricName, ...this.options, ...props });
  }
}
