import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Rule } from 'aws-cdk-lib/aws-events';
import { Policy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { dimensionName, metricNames } from '../../lib/metrics.ts';
import { checkWarmStandby } from '../endpoint-service/warm-standby.ts';
import { type BoundPlacement, Placement } from '../placement/placement.ts';
import { allowedCidrsOf, warnOfAnyAddress } from './allowed-cidrs.ts';
import { environmentOf } from './environment.ts';
import { registerAtDeployment } from './first-registration.ts';
import type { FollowedDatabase } from './followed-database.ts';
import { type Environment, type FunctionName, ReconcilerFunction, traits } from './function.ts';
import { reconcilerCode } from './function-code.ts';
import { checkNotices } from './notices.ts';
import { callsOf, diagnosticStatements, reconcilerStatements } from './permissions.ts';
import { admitProbe, checkProbe, rootsFor } from './probe.ts';
import { checkRivals } from './rivals.ts';
import { problemsOf } from './target-reconciler-checks.ts';
import {
  checkPrefix,
  commonsOf,
  type TargetReconcilerProps,
  targetGroupArnOf,
  verifiesInterfaces,
  wholeMinutes,
} from './target-reconciler-props.ts';
import { createTriggers } from './triggers.ts';

export type { TargetReconcilerProps } from './target-reconciler-props.ts';

/** Keeps a target group equal to the current writer (or the readers) of one database. */
export class TargetReconciler extends Construct {
  /** Woken by the events of the database; watches until the writer has settled. */
  readonly failoverFunction: IFunction;
  /** Woken by the schedule, and by hand. */
  readonly driftFunction: IFunction;
  /** Events that neither function could process. */
  readonly deadLetterQueue: IQueue;

  /** The AWS calls that the functions make, as IAM actions. */
  readonly apiCalls: readonly string[];

  private readonly targetGroupArn: string;
  private readonly metricsNamespace: string;
  private readonly databaseName: string;
  private readonly schedule: Duration;

  constructor(scope: Construct, id: string, props: TargetReconcilerProps) {
    super(scope, id);
    checkPrefix(props.functionNamePrefix);
    warnOfAnyAddress(this, allowedCidrsOf(props));
    const targetGroupArn = targetGroupArnOf(props);
    const problems = problemsOf(this, props, targetGroupArn);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    this.targetGroupArn = targetGroupArn;
    const configuration = environmentOf(props, targetGroupArn, this.node.path);
    const placement = props.placement ?? Placement.outsideVpc();
    checkProbe(props.probe, props.database, placement);
    checkNotices(props.notifyFailovers);
    checkWarmStandby(props.warmStandby, props.database.engine, props.targetGroup);
    this.databaseName = props.databaseName;
    this.metricsNamespace = configuration.METRICS_NAMESPACE ?? '';
    checkRivals(this, props, { group: targetGroupArn, metrics: `${this.metricsNamespace} ${this.databaseName}` });
    this.schedule = wholeMinutes(props.schedule ?? Duration.minutes(1));
    this.deadLetterQueue = this.createQueue(props);
    const statements = reconcilerStatements(Stack.of(this), {
      database: props.database,
      role: props.role ?? 'writer',
      targetGroupArn,
      deadLetterQueueArn: this.deadLetterQueue.queueArn,
      observeOnly: props.observeOnly ?? false,
      verifyInterfaces: verifiesInterfaces(props),
      warmStandby: props.warmStandby !== undefined,
      probe: props.probe && { ...props, probe: props.probe, user: configuration.PROBE_USER ?? '' },
      notifyFailovers: props.notifyFailovers,
      isInsideVpc: placement.isInsideVpc,
      sharedSubnetArns: placement.sharedSubnetArns(Stack.of(this)),
    });
    this.apiCalls = callsOf(statements, props.diagnostics);
    const bound = admitProbe(placement.bind(this, this.apiCalls, props.dnsServers), props.probe);
    const environment = { ...configuration, ...bound.environment };
    const make = (name: FunctionName) => this.createFunction(name, props, { statements, environment, bound });
    this.failoverFunction = make('failover');
    this.driftFunction = make('drift');
    const rules = createTriggers(this, {
      database: props.database,
      every: this.schedule,
      failoverFunction: this.failoverFunction,
      driftFunction: this.driftFunction,
      deadLetterQueue: this.deadLetterQueue,
      mayCreateRoles: props.executionRole === undefined,
    });
    if (props.diagnostics) this.grantDiagnostics(rules, props.database);
    registerAtDeployment(this, props, { ...bound, environment });
  }

  /**
   * Adds the outputs `TargetGroupArn`, `FailoverFunction`, `DriftFunction`, `DeadLetterQueueUrl`.
   *
   * @param scope where the outputs are added; directly in a stack they get these very names
   */
  addOutputs(scope: Construct): void {
    const values = {
      TargetGroupArn: this.targetGroupArn,
      FailoverFunction: this.failoverFunction.functionName,
      DriftFunction: this.driftFunction.functionName,
      DeadLetterQueueUrl: this.deadLetterQueue.queueUrl,
    };
    for (const [id, value] of Object.entries(values)) new CfnOutput(scope, id, { value });
  }

  /** 0 or 1, each drift check: whether the group differed from what is desired. */
  metricDrift(options?: MetricOptions): Metric {
    return this.metric(metricNames.drift, { statistic: 'Maximum', ...options });
  }

  /** 0 or 1, each run: whether the desired state was unknown. */
  metricHeld(options?: MetricOptions): Metric {
    return this.metric(metricNames.held, { statistic: 'Maximum', ...options });
  }

  /** 1 for each run that ended in sync; missing data is an alarm. */
  metricSuccess(options?: MetricOptions): Metric {
    return this.metric(metricNames.success, { statistic: 'Sum', ...options });
  }

  /** Milliseconds from the event to the group being right, when something changed. */
  metricConvergenceLatency(options?: MetricOptions): Metric {
    return this.metric(metricNames.convergenceLatency, { statistic: 'Maximum', ...options });
  }

  /** Errors of both functions together. */
  metricErrors(options?: MetricOptions): MathExpression {
    const { period = this.schedule, label = 'Errors', color } = options ?? {};
    const errors = { statistic: 'Sum', ...options, period };
    return new MathExpression({
      // The failover function runs on events only: without the fill, no data from it would hide the drift function's errors.
      expression: 'FILL(failover, 0) + FILL(drift, 0)',
      usingMetrics: {
        failover: this.failoverFunction.metricErrors(errors),
        drift: this.driftFunction.metricErrors(errors),
      },
      period,
      label,
      color,
    });
  }

  /** Messages that wait in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: this.schedule,
      ...options,
    });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: this.metricsNamespace,
      metricName,
      dimensionsMap: { [dimensionName]: this.databaseName },
      period: this.schedule,
      ...options,
    }).attachTo(this);
  }

  private createQueue({ functionNamePrefix }: TargetReconcilerProps): Queue {
    return new Queue(this, 'DeadLetters', {
      queueName: functionNamePrefix === undefined ? undefined : `${functionNamePrefix}dead-letters`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private createFunction(name: FunctionName, props: TargetReconcilerProps, shared: Shared): IFunction {
    const { description, memorySize, timeout, delivery } = traits[name];
    const { reservedConcurrentExecutions } = props;
    const onFailure = { bind: () => ({ destination: this.deadLetterQueue.queueArn }) };
    return new ReconcilerFunction(this, name === 'failover' ? 'Failover' : 'Drift', {
      ...commonsOf(props),
      name,
      description,
      code: reconcilerCode(rootsFor(Stack.of(this), props.probe)),
      memorySize: memorySize(props),
      timeout: timeout(shared.environment),
      statements: shared.statements,
      environment: shared.environment,
      options: { ...shared.bound.network, ...delivery, reservedConcurrentExecutions, onFailure },
    }).function;
  }

  /** A policy of its own: the policy of a function's role cannot name the function or the rules that wake it. */
  private grantDiagnostics(rules: readonly Rule[], database: FollowedDatabase): void {
    const functions = [this.failoverFunction, this.driftFunction];
    const statements = diagnosticStatements(Stack.of(this), {
      database,
      functions,
      ruleArns: rules.map(({ ruleArn }) => ruleArn),
    });
    const roles = [...new Set(functions.flatMap(({ role }) => role ?? []))];
    new Policy(this, 'Diagnostics', { statements: [...statements], roles });
  }
}

type Shared = {
  readonly statements: readonly PolicyStatement[];
  readonly environment: Environment;
  readonly bound: BoundPlacement;
};
