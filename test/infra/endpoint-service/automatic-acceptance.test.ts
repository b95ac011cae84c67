import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { AutomaticAcceptance } from '../../../infra/endpoint-service/automatic-acceptance.ts';
import { bundleDirectory } from '../../../infra/reconciler/bundles.ts';
import { serviceWith } from '../endpoint-rig.ts';
import { entriesFrom, exampleEntries, synthesise } from '../examples-rig.ts';
import { resolved, resourcesOf } from '../reconciler-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('automatic acceptance', () => {
  const { template: templateOf } = synthesise(exampleEntries('automatic-acceptance.json'));
  const template = templateOf('partners');
  const [service] = Object.keys(template.findResources('AWS::EC2::VPCEndpointService'));

  test('is a function that knows its one service and the accounts', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'partners-acceptance',
      Environment: { Variables: { SERVICE_ID: { Ref: service }, ACCEPTED_ACCOUNTS: '444455556666' } },
    });
  });

  test('is held to the concurrency of the functions, which are not held to any by default', () => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('automatic-acceptance.json')));
    const acceptanceOf = (reconcile: object) => {
      const found = synthesise(entriesFrom([{ ...entry, reconcile }])).template('partners');
      return Object.values(
        found.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'partners-acceptance' } }),
      )[0]?.Properties;
    };
    expect(acceptanceOf({ reservedConcurrency: 1 })).toMatchObject({ ReservedConcurrentExecutions: 1 });
    expect(acceptanceOf({})).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('gets requests through a topic of its own, beside that of the operator', () => {
    const notifications = resourcesOf(template, 'AWS::EC2::VPCEndpointConnectionNotification').map(
      ([, { Properties }]) => Properties.ConnectionEvents,
    );
    expect(notifications).toEqual(expect.arrayContaining([['Connect'], ['Connect', 'Accept', 'Reject', 'Delete']]));
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'lambda' });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'vpce.amazonaws.com' }, Action: 'sns:Publish' }),
        ]),
      },
    });
  });

  test('may read connections and accept those of this service, and nothing else', () => {
    const statements = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('AutomaticAcceptance'))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    expect(statements.map(({ Action, Resource }) => [[Action].flat(), resolved(Resource)])).toEqual([
      [['ec2:DescribeVpcEndpointConnections'], '*'],
      [['ec2:AcceptVpcEndpointConnections'], `arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/{${service}}`],
      [['logs:CreateLogStream', 'logs:PutLogEvents'], expect.stringContaining('AutomaticAcceptance')],
    ]);
  });

  test('rings when attempts keep failing, through the topic of the other alarms, unless alarms are off', () => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('automatic-acceptance.json')));
    const topicArn = 'arn:aws:sns:eu-central-1:111122223333:database-alarms';
    const stackWith = (alarms: object) => synthesise(entriesFrom([{ ...entry, alarms }])).template('partners');
    stackWith({ topicArn }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'partners-acceptance-errors',
      AlarmDescription: Match.stringLikeRegexp(
        'Accept them by hand .*rds-target connections .*runbook.md#acceptance-errors',
      ),
      AlarmActions: [topicArn],
      OKActions: [topicArn],
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('AutomaticAcceptance') } }],
      Period: 600,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
    stackWith({ enabled: false }).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('is off unless accounts are listed', () => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('aurora.json')));
    const off = synthesise(entriesFrom([entry])).template('orders');
    expect(JSON.stringify(off.toJSON())).not.toContain('AcceptVpcEndpointConnections');
  });

  test('has a built bundle that holds its own code and no payload of a message', () => {
    const file = join(bundleDirectory('acceptance'), 'index.mjs');
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('ACCEPTED_ACCOUNTS');
  });

  test("takes an account that only the deployment knows, like the stack's own", () => {
    const { stack, service } = serviceWith();
    const props = { endpointService: service.endpointService, accounts: [Aws.ACCOUNT_ID] };
    expect(() => new AutomaticAcceptance(stack, 'Acceptance', props)).not.toThrow();
  });

  test.each([[[]], [['*']], [['444455556666', 'partner']]])('refuses the accounts %j', (accounts) => {
    const { stack, service: endpoint } = serviceWith();
    expect(
      () => new AutomaticAcceptance(stack, 'Acceptance', { endpointService: endpoint.endpointService, accounts }),
    ).toThrow(/accounts (is empty|has ".*"); allowed: (one account or more|accounts of 12 digits)/);
  });

  test('refuses a concurrency with which it would never run', () => {
    const { stack, service } = serviceWith();
    const { endpointService } = service;
    const props = { endpointService, accounts: ['444455556666'], reservedConcurrentExecutions: 0 };
    expect(() => new AutomaticAcceptance(stack, 'Acceptance', props)).toThrow(
      'reservedConcurrentExecutions is 0; allowed: a whole number from 1 to 1000',
    );
  });

  test.each<[object, RegExp]>([
    [{ acceptAutomatically: ['*'] }, /acceptAutomatically\[0\] is "\*"; allowed: 12 digits/],
    [
      { acceptAutomatically: ['999999999999'] },
      /acceptAutomatically\[0\] is "999999999999"; allowed: an account that allowedPrincipals allows to connect/,
    ],
    [
      { acceptanceRequired: false },
      /acceptAutomatically is \["444455556666"\]; allowed: nothing with "acceptanceRequired": false/,
    ],
  ])('in databases.json %j is refused', (change, message) => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('automatic-acceptance.json')));
    const endpointService = { ...entry.endpointService, ...change };
    expect(() => entriesFrom([{ ...entry, endpointService }])).toThrow(message);
  });

  test('goes by the accounts of roles and users that may ask, and by the own account', () => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('automatic-acceptance.json')));
    const endpointService = {
      allowedPrincipals: ['arn:aws:iam::444455556666:role/analytics'],
      acceptAutomatically: ['444455556666', '111122223333'],
    };
    expect(() => entriesFrom([{ ...entry, endpointService }])).not.toThrow();
  });
});
