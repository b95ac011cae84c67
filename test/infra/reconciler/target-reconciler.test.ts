import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { Placement } from '../../../infra/placement/placement.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { dimensionName, metricNames } from '../../../lib/metrics.ts';
import { warningsOf } from '../endpoint-rig.ts';
import {
  account,
  addReconciler,
  functionOf,
  newStack,
  reconcilerTemplate,
  region,
  resource,
  resourcesOf,
  targetGroupArn,
} from '../reconciler-rig.ts';

describe('the functions', () => {
  test.each([
    ['Failover', 1769, 140],
    ['Drift', 256, 56],
  ] as const)('%s runs on Node 24 and arm64 with %i MB, and has %i seconds', (name, MemorySize, Timeout) => {
    expect(functionOf(reconcilerTemplate(), name).Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize,
      Timeout,
    });
  });

  test('have a whole vCPU where a failover waits for it, or as much as is asked', () => {
    const template = reconcilerTemplate({ failoverMemorySize: 512 });
    const memory = (name: 'Failover' | 'Drift') => functionOf(template, name).Properties.MemorySize;
    expect([memory('Failover'), memory('Drift')]).toEqual([512, 256]);
  });

  test.each([0, 127, 10_241, 512.5, Number.NaN])('have no memory that Lambda does not sell: %d MB', (size) => {
    expect(() => reconcilerTemplate({ failoverMemorySize: size })).toThrow(
      `failoverMemorySize is ${size}; allowed: a whole number of MB from 128 to 10240`,
    );
  });

  test("have a time-out that follows the watch and the settle time, within Lambda's 15 minutes", () => {
    const timeouts = (watch: number, settle: number) => {
      const template = reconcilerTemplate({ watch: Duration.seconds(watch), settle: Duration.seconds(settle) });
      return (['Failover', 'Drift'] as const).map((name) => functionOf(template, name).Properties.Timeout);
    };
    expect(timeouts(60, 10)).toEqual([80, 32]);
    expect(timeouts(890, 600)).toEqual([900, 740]);
  });

  test('have minutes for a check of a name, which may show some of its addresses at a time', () => {
    const database = FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 });
    expect(functionOf(reconcilerTemplate({ database }), 'Drift').Properties.Timeout).toBe(380);
    expect(functionOf(reconcilerTemplate({ database }), 'Failover').Properties.Timeout).toBe(140);
  });

  test('reserve no concurrency, unless asked', () => {
    const reserved = (template: Template) =>
      resourcesOf(template, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties.ReservedConcurrentExecutions,
      );
    expect(reserved(reconcilerTemplate())).toEqual([undefined, undefined, undefined]);
    expect(reserved(reconcilerTemplate({ reservedConcurrentExecutions: 1 }))).toEqual([1, 1, undefined]);
  });

  test('send what fails for good to the dead-letter queue; events are tried again, the schedule comes anyway', () => {
    const template = reconcilerTemplate();
    const [queue] = resource(template, 'AWS::SQS::Queue', 'Reconciler');
    const invoked = (name: 'Failover' | 'Drift') =>
      resource(template, 'AWS::Lambda::EventInvokeConfig', `Reconciler${name}`)[1].Properties;
    const DestinationConfig = { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } };
    expect(invoked('Failover')).toMatchObject({
      DestinationConfig,
      MaximumEventAgeInSeconds: 900,
      MaximumRetryAttempts: 2,
    });
    expect(invoked('Drift')).toMatchObject({
      DestinationConfig,
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });

  test('log to a group of their own, for a month or as long as asked, that goes with the stack', () => {
    for (const [props, days] of [
      [{}, 30],
      [{ logRetention: RetentionDays.ONE_YEAR }, 365],
    ] as const) {
      const template = reconcilerTemplate(props);
      const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
      expect(groups).toHaveLength(3);
      for (const [, { Properties, DeletionPolicy }] of groups) {
        expect(Properties.RetentionInDays).toBe(days);
        expect(DeletionPolicy).toBe('Delete');
      }
      const used = resourcesOf(template, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties.LoggingConfig.LogGroup.Ref,
      );
      expect(used.sort()).toEqual(groups.map(([id]) => id).sort());
    }
  });

  test('get names that can be found from a prefix', () => {
    const template = reconcilerTemplate({ functionNamePrefix: 'orders-' });
    const names = resourcesOf(template, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName);
    expect(names).toEqual(['orders-failover', 'orders-drift', 'orders-registration']);
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.LogGroupName);
    expect(groups).toEqual(names.map((name) => `/aws/lambda/${name}`));
    expect(resource(template, 'AWS::SQS::Queue', 'Reconciler')[1].Properties.QueueName).toBe('orders-dead-letters');
  });

  test('run every minute, or as often as asked', () => {
    const rate = (props = {}) =>
      resource(reconcilerTemplate(props), 'AWS::Scheduler::Schedule', 'Reconciler')[1].Properties.ScheduleExpression;
    expect(rate()).toBe('rate(1 minute)');
    expect(rate({ schedule: Duration.minutes(5) })).toBe('rate(5 minutes)');
  });
});

test('the one dead-letter queue is encrypted, keeps messages for two weeks and takes them over TLS only', () => {
  const template = reconcilerTemplate();
  const queues = resourcesOf(template, 'AWS::SQS::Queue');
  expect(queues).toHaveLength(1);
  expect(queues[0]?.[1].Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  const [, { Properties }] = resource(template, 'AWS::SQS::QueuePolicy', 'Reconciler');
  expect(Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sqs:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  );
});

describe('what is wrong stops the synth', () => {
  const group = () => {
    const stack = newStack();
    return { stack, targetGroup: new NetworkTargetGroup(stack, 'Group', { vpc: new Vpc(stack, 'Vpc'), port: 5432 }) };
  };

  test('two target groups', () => {
    const { stack, targetGroup } = group();
    expect(() => addReconciler(stack, { targetGroup, targetGroupArn })).toThrow(
      'both targetGroup and targetGroupArn are given; allowed: exactly one of them',
    );
  });

  test('no target group', () => {
    expect(() => reconcilerTemplate({ targetGroupArn: undefined })).toThrow(
      'neither targetGroup nor targetGroupArn is given; allowed: exactly one of them',
    );
  });

  test.each([
    [Duration.seconds(30), '30 seconds'],
    [Duration.seconds(90), '1 minute 30 seconds'],
  ])('a schedule of %s', (schedule, shown) => {
    expect(() => reconcilerTemplate({ schedule })).toThrow(`schedule is ${shown}; allowed: a whole number of minutes`);
  });

  test.each([
    ['the target group', 'eu-west-1', { targetGroupArn: targetGroupArn.replace(region, 'eu-west-1') }],
    ['the target group', region, { targetGroupArn: targetGroupArn.replace(account, '999922223333') }],
    [
      'the database',
      'us-east-1',
      {
        database: FollowedDatabase.cluster({
          clusterIdentifier: 'orders',
          arn: `arn:aws:rds:us-east-1:${account}:cluster:orders`,
        }),
      },
    ],
  ])('%s in another place than the stack (%s)', (what, where, props) => {
    const stack = new Stack(new App(), 'orders', { env: { account, region } });
    expect(() => addReconciler(stack, props)).toThrow(
      new RegExp(
        `${what} is in account \\d+ and Region ${where}; allowed: account ${account} and Region ${region}, as the stack`,
      ),
    );
  });

  test('concurrency with which a function would never run, ranges that limit nothing, and the ARN of another database', () => {
    const arn = `arn:aws:rds:${region}:${account}:db:sales`;
    const database = FollowedDatabase.instance({ instanceIdentifier: 'Orders', arn });
    const stack = new Stack(new App(), 'orders', { env: { account, region } });
    expect(() => addReconciler(stack, { reservedConcurrentExecutions: 0, allowedCidrs: [], database })).toThrow(
      `the ARN of the database is ${arn}; allowed: one that ends in :db:orders; ` +
        'reservedConcurrentExecutions is 0; allowed: a whole number from 1 to 1000; ' +
        'allowedCidrs is empty; allowed: one range or more, or leave it out',
    );
    const own = FollowedDatabase.instance({ instanceIdentifier: 'Orders', arn: arn.replace('sales', 'orders') });
    expect(() => addReconciler(stack, { reservedConcurrentExecutions: 1, database: own }, 'Own')).not.toThrow();
    const ofCluster = FollowedDatabase.instance({ instanceIdentifier: 'sales', arn: arn.replace(':db:', ':cluster:') });
    expect(() => addReconciler(stack, { database: ofCluster }, 'Cluster')).toThrow(
      'allowed: one that ends in :db:sales',
    );
  });

  test('a topic in another Region, and the endpoint of readers or of another database as that of the writer', () => {
    const stack = new Stack(new App(), 'orders', { env: { account, region } });
    const topic = Topic.fromTopicArn(stack, 'Topic', `arn:aws:sns:eu-west-1:999922223333:failovers`);
    const followed = (endpointAddress: string) =>
      FollowedDatabase.cluster({ clusterIdentifier: 'orders', endpointAddress, port: 5432 });
    const name = `orders.cluster-c0ffee123456.${region}.rds.amazonaws.com`;
    const [readers, other] = [name.replace('cluster-', 'cluster-ro-'), name.replace('orders', 'sales')];
    const added = (props: Parameters<typeof addReconciler>[1], id: string) => () => addReconciler(stack, props, id);
    expect(added({ notifyFailovers: { topic } }, 'A')).toThrow(
      `orders/A: notifyFailovers.topic is in Region eu-west-1; allowed: Region ${region}, as the stack`,
    );
    expect(added({ database: followed(readers) }, 'B')).toThrow(
      `endpointAddress is ${readers}:5432; allowed: the cluster's writer endpoint; this is the reader endpoint`,
    );
    expect(added({ database: followed(other) }, 'C')).toThrow('this is the endpoint of sales, not of orders');
    expect(added({ database: followed(readers), role: 'reader' }, 'D')).not.toThrow();
    expect(added({ database: followed(name) }, 'E')).not.toThrow();
  });

  test('a message names the construct, and says of a token what it is, not an example that stands for it', () => {
    const stack = newStack();
    const notifyFailovers = { topic: new Topic(stack, 'Topic') };
    expect(() => addReconciler(stack, { role: 'reader', notifyFailovers })).toThrow(
      /^orders\/Reconciler: the configuration has 1 problem\(s\):\n- FAILOVER_TOPIC_ARN is a value that only the deployment knows; allowed: nothing/,
    );
  });

  test('the target group of a stack in another Region', () => {
    const app = new App();
    const [here, there] = [region, 'eu-west-1'].map(
      (one) => new Stack(app, one, { env: { account, region: one }, crossRegionReferences: true }),
    ) as [Stack, Stack];
    const targetGroup = new NetworkTargetGroup(there, 'Group', { vpc: new Vpc(there, 'Vpc'), port: 5432 });
    expect(() => addReconciler(here, { targetGroup })).toThrow('the target group is in account');
  });

  test('two reconcilers that change one group, but none that looks on; one name of two databases brings a warning', () => {
    const stack = newStack();
    addReconciler(stack, { targetGroupArn }, 'One');
    addReconciler(stack, { targetGroupArn, observeOnly: true, databaseName: 'observed' }, 'Observer');
    expect(() => addReconciler(stack, { targetGroupArn, databaseName: 'two' }, 'Two')).toThrow(
      "orders/Two: orders/One keeps this target group; allowed: one TargetReconciler for each group, as two would undo each other's work",
    );
    addReconciler(stack, {}, 'Three');
    expect(warningsOf(stack)).toContainEqual(expect.stringContaining('orders/One has the same databaseName'));
  });

  test.each(['', 'a b', 'x'.repeat(51)])('the name prefix "%s"', (functionNamePrefix) => {
    expect(() => reconcilerTemplate({ functionNamePrefix })).toThrow(
      `functionNamePrefix is "${functionNamePrefix}"; allowed: 1 to 50 of`,
    );
  });
});

describe('the metrics', () => {
  const stack = newStack();
  const reconciler = addReconciler(stack, { metricsNamespace: 'Ours' });

  test.each([
    ['metricDrift', metricNames.drift, 'Maximum'],
    ['metricHeld', metricNames.held, 'Maximum'],
    ['metricSuccess', metricNames.success, 'Sum'],
    ['metricConvergenceLatency', metricNames.convergenceLatency, 'Maximum'],
  ] as const)('%s is what the functions measure', (method, metricName, statistic) => {
    const metric = reconciler[method]();
    expect(metric).toMatchObject({
      namespace: 'Ours',
      metricName,
      dimensions: { [dimensionName]: 'orders' },
      statistic,
    });
    expect(metric.period.toSeconds()).toBe(60);
    expect(reconciler[method]({ statistic: 'p99', period: Duration.minutes(5) })).toMatchObject({ statistic: 'p99' });
  });

  test('have the namespace of the functions when none is given', () => {
    expect(addReconciler(newStack()).metricDrift().namespace).toBe('RdsTargetReconciler');
  });

  test('metricErrors adds up both functions', () => {
    const { expression, usingMetrics, period } = reconciler.metricErrors({ period: Duration.minutes(5) });
    expect(expression).toBe('FILL(failover, 0) + FILL(drift, 0)');
    expect(period.toSeconds()).toBe(300);
    for (const [name, handler] of [
      ['failover', reconciler.failoverFunction],
      ['drift', reconciler.driftFunction],
    ] as const)
      expect(stack.resolve(usingMetrics[name])).toMatchObject({
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        statistic: 'Sum',
        dimensions: { FunctionName: stack.resolve(handler.functionName) },
      });
  });

  test('metricDeadLetters counts what waits in the queue', () => {
    expect(stack.resolve(reconciler.metricDeadLetters())).toMatchObject({
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      statistic: 'Maximum',
      dimensions: { QueueName: stack.resolve(reconciler.deadLetterQueue.queueName) },
    });
  });
});

describe('a changed configuration', () => {
  const template = (props = {}) =>
    reconcilerTemplate((stack) => ({
      functionNamePrefix: 'orders-',
      placement: Placement.insideVpc({ vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }), endpoints: 'create' }),
      ...props,
    }));
  // All of these update in place, by the CloudFormation reference of their types.
  const inPlace = [
    'AWS::Lambda::Function.Environment',
    'AWS::IAM::Policy.PolicyDocument',
    'AWS::Events::Rule.EventPattern',
    'Custom::FirstRegistration.Environment',
  ];

  test.each([
    ['name', { databaseName: 'invoices' }],
    ['target group', { targetGroupArn: targetGroupArn.replace('orders', 'invoices') }],
    ['database', { database: FollowedDatabase.instance({ instanceIdentifier: 'invoices' }) }],
  ])('(another %s) replaces no resource', (_, props) => {
    const before = resourcesOf(template());
    const after = new Map(resourcesOf(template(props)));
    expect([...after.keys()]).toEqual(before.map(([id]) => id));
    const changed = before.flatMap(([id, { Type, Properties }]) =>
      Object.keys({ ...Properties, ...after.get(id)?.Properties })
        .filter((name) => JSON.stringify(Properties[name]) !== JSON.stringify(after.get(id)?.Properties[name]))
        .map((name) => `${Type}.${name}`),
    );
    expect(changed).toContain('AWS::Lambda::Function.Environment');
    expect(changed.filter((one) => !inPlace.includes(one))).toEqual([]);
  });
});

test('two reconcilers live in one stack', () => {
  const stack = newStack();
  addReconciler(stack, {}, 'Writer');
  addReconciler(stack, { role: 'reader', databaseName: 'orders-readers' }, 'Readers');
  expect(warningsOf(stack).join()).not.toContain('databaseName');
  expect(resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function')).toHaveLength(6);
});
