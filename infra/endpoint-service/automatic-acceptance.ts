import { Duration, Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { limits } from '../config/limits.ts';
import { letServicePublish } from '../placement/access.ts';
import { itemProblems, wholeProblems } from '../placement/checks.ts';
import { createAlarm } from '../reconciler/alarm.ts';
import { otherAlarms } from '../reconciler/alarm-catalogue.ts';
import { bundleDirectory } from '../reconciler/bundles.ts';
import { type FunctionCommons, ReconcilerFunction } from '../reconciler/function.ts';
import { permissionReasons } from '../reconciler/permission-reasons.ts';

export interface AutomaticAcceptanceProps extends FunctionCommons {
  /** The endpoint service, such as `DatabaseEndpointService.endpointService`. */
  readonly endpointService: ec2.VpcEndpointService;
  /** Accounts whose connection requests are accepted: 12 digits each. Requests of other accounts wait for an operator. */
  readonly accounts: readonly string[];
  /**
   * Role that the function runs with.
   * @default - a new one that can read connections, and accept those of this one service
   */
  readonly executionRole?: IRole;
  /**
   * Concurrent runs of the function, reserved from the account's limit: a flood of requests takes no more of it. Accounts with a low limit
   * cannot set it.
   * @default - no concurrency is reserved
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * Whether an alarm rings when the function fails repeatedly.
   * @default true
   */
  readonly alarm?: boolean;
  /**
   * What the alarm does.
   * @default - nothing
   */
  readonly alarmAction?: cloudwatch.IAlarmAction;
  /**
   * Name of the database, for the command in the alarm's description.
   * @default - the description has NAME
   */
  readonly databaseName?: string;
  /**
   * Where the runbook is; the alarm's description ends with this and `#acceptance-errors`.
   * @default - its address in the repository that package.json names; without one the description names the file
   */
  readonly runbookUrl?: string;
}

/**
 * Accepts connection requests of listed accounts: SNS invokes a function for each request. The function takes nothing from the message,
 * but reads the requests from EC2 and compares their owners with the list.
 */
export class AutomaticAcceptance extends Construct {
  readonly function: IFunction;
  /** Rings when repeated attempts have failed: the request waits for an operator. */
  readonly errorsAlarm?: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: AutomaticAcceptanceProps) {
    super(scope, id);
    const problems = [
      ...(props.accounts.length === 0 ? ['accounts is empty; allowed: one account or more'] : []),
      ...itemProblems('accounts', props.accounts, (account) => /^\d{12}$/.test(account), 'accounts of 12 digits'),
      ...wholeProblems('reservedConcurrentExecutions', props.reservedConcurrentExecutions, limits.reservedConcurrency),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    const { vpcEndpointServiceId } = props.endpointService;
    this.function = new ReconcilerFunction(this, 'Acceptance', {
      namePrefix: props.namePrefix,
      logRetention: props.logRetention,
      executionRole: props.executionRole,
      name: 'acceptance',
      description: 'Accepts connection requests of the listed accounts',
      code: Code.fromAsset(bundleDirectory('acceptance')),
      timeout: Duration.seconds(30),
      statements: this.statements(vpcEndpointServiceId),
      environment: { SERVICE_ID: vpcEndpointServiceId, ACCEPTED_ACCOUNTS: props.accounts.join(',') },
      options: { reservedConcurrentExecutions: props.reservedConcurrentExecutions },
    }).function;
    this.listen(vpcEndpointServiceId);
    if (props.alarm ?? true) this.errorsAlarm = this.createAlarm(props);
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: `ReadConnections: ${permissionReasons.ReadConnections?.wildcard}`,
    });
  }

  private statements(serviceId: string): PolicyStatement[] {
    const service = Stack.of(this).formatArn({
      service: 'ec2',
      resource: 'vpc-endpoint-service',
      resourceName: serviceId,
    });
    return [
      new PolicyStatement({
        sid: 'ReadConnections',
        actions: ['ec2:DescribeVpcEndpointConnections'],
        // EC2 has no resource-level permission for its Describe actions.
        resources: ['*'],
      }),
      new PolicyStatement({
        sid: 'AcceptConnections',
        actions: ['ec2:AcceptVpcEndpointConnections'],
        resources: [service],
      }),
    ];
  }

  private createAlarm(props: AutomaticAcceptanceProps): cloudwatch.Alarm {
    return createAlarm(this, 'ErrorsAlarm', otherAlarms.acceptanceErrors, props, {
      metric: this.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(10) }),
      // Lambda tries three times in three minutes, of which two at least fall into one period. One failure is a fault that passed.
      threshold: 2,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  /** A topic of its own: the notification to the operator's topic stays as it is. */
  private listen(serviceId: string): void {
    const topic = new sns.Topic(this, 'Requests', { enforceSSL: true });
    const { policyDependable } = letServicePublish(this, topic, {
      service: 'vpce.amazonaws.com',
      source: { service: 'ec2', resource: 'vpc-endpoint-service/*' },
    });
    topic.addSubscription(new LambdaSubscription(this.function));
    const notification = new ec2.CfnVPCEndpointConnectionNotification(this, 'Notification', {
      serviceId,
      connectionNotificationArn: topic.topicArn,
      connectionEvents: ['Connect'],
    });
    if (policyDependable) notification.node.addDependency(policyDependable);
  }
}
