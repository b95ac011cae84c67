import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test, vi } from 'vitest';
import { createApp, entriesFrom, exampleEntries, examples, root, synthesise } from '../examples-rig.ts';

type Resource = { readonly Type: string; readonly Properties?: Record<string, unknown> };

const example = (file: string) => synthesise(exampleEntries(file));
const environmentOf = (template: Template): Record<string, unknown> =>
  Object.values(template.findResources('AWS::Lambda::Function'))
    .map(({ Properties }) => Properties)
    .find(({ FunctionName }) => FunctionName.endsWith('-drift')).Environment.Variables;

const group = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';
const minimal = { name: 'orders', database: { kind: 'cluster', id: 'orders' }, targetGroupArn: group };
const full = exampleEntries('aurora.json')[0];

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('the examples', () => {
  test('are the typical cases', () => {
    expect(examples).toEqual([
      'aurora.json',
      'automatic-acceptance.json',
      'custom-endpoint.json',
      'dual-stack.json',
      'existing-target-group.json',
      'isolated-subnets.json',
      'moving-to-resource-gateway.json',
      'multi-az-instance.json',
      'probe.json',
      'rds-proxy.json',
      'readers-beside-writer.json',
      'resource-gateway-host-name.json',
      'resource-gateway.json',
      'restricted-account.json',
      'shared-api-access.json',
      'shared-endpoint-service.json',
      'warm-standby.json',
    ]);
  });

  test.each([...examples, '../databases.json'])(
    '%s synthesises, clean under AwsSolutions and under the validation of CloudFormation',
    (file) => {
      expect(synthesise(exampleEntries(file)).stacks.length).toBeGreaterThan(0);
    },
  );

  test('synthesise without account and Region as well', () => {
    const { account: _, region: __, ...anywhere } = exampleEntries('isolated-subnets.json')[0] ?? {};
    const { template } = synthesise(entriesFrom([{ ...anywhere, alarms: {} }]));
    template('ledger').resourceCountIs('AWS::EC2::VPCEndpoint', 3);
  });

  test('are held to rules that bite: a queue without TLS and dead letters, and a malformed property, stop synth', () => {
    const withQueue = (properties: Record<string, unknown>, isNagged: boolean) => () => {
      const app = createApp();
      const queue = new CfnQueue(new Stack(app, 'Bad'), 'Queue');
      for (const [name, value] of Object.entries(properties)) queue.addPropertyOverride(name, value);
      if (isNagged) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      try {
        return app.synth();
      } finally {
        rmSync(app.outdir, { recursive: true, force: true });
      }
    };
    expect(withQueue({}, true)).toThrow();
    expect(withQueue({}, false)).not.toThrow();
    expect(withQueue({ DelaySeconds: 'soon' }, false)).toThrow();
  });
});

describe('a database stack', () => {
  test('of an Aurora cluster follows the cluster behind a new endpoint service', () => {
    const template = example('aurora.json').template('orders');
    template.resourceCountIs('AWS::EC2::VPCEndpointService', 1);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 1);
    expect(environmentOf(template)).toMatchObject({
      DATABASE_NAME: 'orders',
      DATABASE_KIND: 'cluster',
      DATABASE_ID: 'orders',
      DATABASE_ENDPOINT: 'orders.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com:5432',
      DATABASE_MEMBER_PREFIX: 'orders-',
      TARGET_GROUP_ARN: { Ref: expect.stringContaining('TargetGroup') },
    });
  });

  test('of an instance passes on what the file says about consumers', () => {
    const template = example('multi-az-instance.json').template('prod-billing');
    expect(environmentOf(template)).toMatchObject({ DATABASE_KIND: 'instance', DATABASE_ID: 'billing-prod' });
    template.hasResourceProperties('AWS::EC2::VPCEndpointService', {
      PrivateDnsName: 'billing.db.example.com',
      SupportedRegions: ['us-east-1', 'us-west-2'],
      AcceptanceRequired: true,
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.20.0.0/16', FromPort: 3306 })],
    });
    template.hasResourceProperties('AWS::EC2::VPCEndpointServicePermissions', {
      AllowedPrincipals: ['arn:aws:iam::444455556666:role/analytics'],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('https://wiki.example.com/runbooks'),
    });
  });

  test('of an existing group adds no load balancer; observing, it may not change the group and registers nothing', () => {
    const template = example('existing-target-group.json').template('legacy');
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
    template.resourceCountIs('Custom::FirstRegistration', 0);
    expect(environmentOf(template)).toMatchObject({
      OBSERVE_ONLY: 'true',
      TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/legacy-db/0123456789abcdef',
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('RegisterTargets');
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'HealthyHostCount' });
  });

  test('of a host name follows its addresses and the events of its proxy', () => {
    const template = example('rds-proxy.json').template('checkout');
    expect(environmentOf(template)).toMatchObject({
      DATABASE_KIND: 'hostname',
      DATABASE_HOSTNAME: 'checkout.proxy-c0ffee123456.eu-central-1.rds.amazonaws.com',
      TARGET_PORT: '5432',
      ALLOWED_CIDRS: '10.40.0.0/16',
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        detail: { EventID: Match.arrayWith(['RDS-EVENT-0071', 'RDS-EVENT-0207']) },
        $or: Match.arrayWith([
          { 'detail-type': ['RDS DB Proxy Event'], detail: { SourceIdentifier: ['checkout', 'rds:checkout'] } },
        ]),
      }),
    });
  });

  test('of readers stands beside that of the writer, each with its own group', () => {
    const { template } = example('readers-beside-writer.json');
    expect(environmentOf(template('orders')).ROLE).toBe('writer');
    expect(environmentOf(template('orders-readers'))).toMatchObject({ ROLE: 'reader', DATABASE_ID: 'orders' });
    template('orders-readers').resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 1);
  });

  test('of a custom endpoint follows its members', () => {
    const template = example('custom-endpoint.json').template('orders-reporting');
    expect(environmentOf(template)).toMatchObject({
      ROLE: 'custom',
      DATABASE_ID: 'orders',
      DATABASE_CUSTOM_ENDPOINT: 'reporting',
      REMOVE_STALE: 'when-replacement-healthy',
    });
  });

  test('in isolated subnets reaches the APIs through endpoints of its own', () => {
    const template = example('isolated-subnets.json').template('ledger');
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 3);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'ledger-drift',
      VpcConfig: { SubnetIds: ['subnet-0b90764f03c7051bc', 'subnet-0d7fb743d72902e4b'] },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('goes inside the VPC on its own when the database is publicly accessible', () => {
    const { placement: _, ...without } = exampleEntries('isolated-subnets.json')[0] ?? {};
    synthesise(entriesFrom([without]))
      .template('ledger')
      .resourceCountIs('AWS::EC2::VPCEndpoint', 3);
  });

  test('gives every role the path and the permissions boundary', () => {
    const template = example('restricted-account.json').template('payments');
    expect(Object.keys(template.findResources('AWS::IAM::Role')).length).toBeGreaterThan(1);
    template.allResourcesProperties('AWS::IAM::Role', {
      Path: '/teams/payments/',
      PermissionsBoundary: 'arn:aws:iam::111122223333:policy/team-boundary',
    });
  });

  test('creates neither role nor policy where the role is brought along', () => {
    const template = example('restricted-account.json').template('payments-us');
    template.resourceCountIs('AWS::IAM::Role', 0);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Role: 'arn:aws:iam::777788889999:role/teams/payments/target-reconciler',
    });
  });

  test('is named by prefix and database, and goes to the account and Region of the entry with its tags', () => {
    const { stacks } = example('multi-az-instance.json');
    expect(
      stacks.map(({ stackName, account, region, tags }) => [stackName, account, region, tags.tagValues()]),
    ).toEqual([['prod-billing', '111122223333', 'us-east-1', { team: 'billing' }]]);
    expect(example('restricted-account.json').stacks.map(({ account, region }) => [account, region])).toEqual([
      ['111122223333', 'eu-central-1'],
      ['777788889999', 'us-west-2'],
    ]);
  });

  test('has the service name, the group and the functions in its outputs', () => {
    expect(Object.keys(example('aurora.json').template('orders').findOutputs('*')).sort()).toEqual([
      'DeadLetterQueueUrl',
      'DriftFunction',
      'EndpointServiceName',
      'FailoverFunction',
      'TargetGroupArn',
    ]);
  });

  test('passes every setting of the reconciler on', () => {
    const reconcile = {
      removeStale: 'never',
      allowedCidrs: ['10.1.0.0/16', '10.2.0.0/16'],
      watchSeconds: 300,
      settleSeconds: 60,
      recheckMilliseconds: 500,
      scheduleMinutes: 5,
      dnsServers: ['10.1.0.2'],
      metricsNamespace: 'Databases',
      logLevel: 'DEBUG',
      logRetentionDays: 90,
      reservedConcurrency: 2,
      registerAtDeployment: false,
    };
    const template = synthesise(entriesFrom([{ ...minimal, reconcile }])).template('orders');
    expect(environmentOf(template)).toMatchObject({
      REMOVE_STALE: 'never',
      ALLOWED_CIDRS: '10.1.0.0/16,10.2.0.0/16',
      WATCH_SECONDS: '300',
      SETTLE_SECONDS: '60',
      RECHECK_MILLISECONDS: '500',
      DNS_SERVERS: '10.1.0.2',
      METRICS_NAMESPACE: 'Databases',
      LOG_LEVEL: 'DEBUG',
    });
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' });
    template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 2 });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    template.resourceCountIs('Custom::FirstRegistration', 0);
  });

  test('has alarms and a dashboard unless the file says no', () => {
    const counts = (change: object) => {
      const template = synthesise(entriesFrom([{ ...minimal, ...change }])).template('orders');
      return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'].map(
        (type) => Object.keys(template.findResources(type)).length,
      );
    };
    expect(counts({})).toEqual([6, 1]);
    expect(counts({ alarms: { enabled: false }, dashboard: false })).toEqual([0, 0]);
  });

  test('sends alarms to the topic of the file', () => {
    example('aurora.json')
      .template('orders')
      .allResourcesProperties('AWS::CloudWatch::Alarm', {
        AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:database-alarms'],
      });
  });

  test('keeps everything that holds connections when the database gets another name and the stack keeps its own', () => {
    const held = /^AWS::(ElasticLoadBalancingV2::|EC2::)/;
    const resources = (name: string) => {
      const { template } = synthesise(entriesFrom([{ ...full, name, stackName: 'orders' }]));
      const { Resources } = template('orders').toJSON() as { Resources: Record<string, Resource> };
      return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => held.test(Type)));
    };
    expect(Object.keys(resources('orders')).length).toBeGreaterThan(6);
    expect(resources('purchases')).toEqual(resources('orders'));
  });
});

describe('cdk.json', () => {
  const settings = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

  test('has every flag that is recommended to new projects, but that for usage metadata', () => {
    const recommended = JSON.parse(
      readFileSync(join(root, 'node_modules/aws-cdk-lib/recommended-feature-flags.json'), 'utf8'),
    );
    expect(settings.context).toMatchObject({
      ...recommended,
      '@aws-cdk/core:enableAdditionalMetadataCollection': false,
      '@aws-cdk/core:validateAgainstDefaultRules': true,
    });
  });

  test('sends nothing to the network', () => {
    expect(settings).toMatchObject({ notices: false, versionReporting: false, context: { 'cli-telemetry': false } });
  });
});
