import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import type { DatabaseEntry } from '../../../infra/config/databases.ts';
import { DatabaseEndpointService } from '../../../infra/endpoint-service/database-endpoint-service.ts';
import { Placement } from '../../../infra/placement/placement.ts';
import { PrivateApiAccess } from '../../../infra/placement/private-api-access.ts';
import { importedVpc, newStack } from '../endpoint-rig.ts';
import { entriesFrom, exampleEntries, examples, synthesise } from '../examples-rig.ts';
import { addReconciler } from '../reconciler-rig.ts';
import { allNeedsOf, circular, idsOf, needsOf, type Resources } from '../template-graph.ts';

const service = 'AWS::EC2::VPCEndpointService';
const configuration = 'AWS::VpcLattice::ResourceConfiguration';

/** What neither carries traffic, nor repairs or watches the way of it. Connections that were accepted outlive permissions and shares. */
const besides = new Set([
  'AWS::EC2::VPCEndpointConnectionNotification',
  'AWS::EC2::VPCEndpointServicePermissions',
  'AWS::Logs::QueryDefinition',
  'AWS::RAM::ResourceShare',
  'AWS::VpcLattice::AccessLogSubscription',
]);
const isBeside = (id: string, { Type }: Resources[string]) =>
  besides.has(Type) || id.startsWith('AutomaticAcceptance') || /^ResourceGateway(AccessLogs|Quiet)/.test(id);

function templatesOf(entries: readonly DatabaseEntry[]): [string, Resources][] {
  const { stacks, template } = synthesise(entries);
  return stacks.map(({ stackName }) => [stackName, template(stackName).toJSON().Resources ?? {}]);
}

/** Whatever CloudFormation may delete before each of the resources that AWS refuses to delete while there are connections. */
function deletableFirst(resources: Resources): string[] {
  const refusing = idsOf(resources, service, configuration);
  if (refusing.length === 0) return [];
  const kept = new Set(refusing.flatMap((id) => [id, ...allNeedsOf(resources, id)]));
  return Object.entries(resources).flatMap(([id, one]) => (kept.has(id) || isBeside(id, one) ? [] : [id]));
}

const entry = (change: Record<string, unknown> = {}) => ({
  name: 'orders',
  account: '111122223333',
  region: 'eu-central-1',
  database: { kind: 'cluster', id: 'orders', port: 5432 },
  vpc: {
    id: 'vpc-0123456789abcdef0',
    cidr: '10.0.0.0/16',
    subnets: [
      { id: 'subnet-0123456789abcdef0', zone: 'eu-central-1a' },
      { id: 'subnet-0123456789abcdef1', zone: 'eu-central-1b' },
    ],
  },
  endpointService: { allowedPrincipals: ['444455556666'], databaseSecurityGroupId: 'sg-0123456789abcdef0' },
  ...change,
});
const groups = { securityGroupId: 'sg-0123456789abcdef1', endpointSecurityGroupId: 'sg-0123456789abcdef2' };

const configurations: [string, () => readonly DatabaseEntry[]][] = [
  ...[...examples, '../databases.json'].map((file): [string, () => readonly DatabaseEntry[]] => [
    file,
    () => exampleEntries(file),
  ]),
  ...Object.entries({
    'own groups for functions and endpoints': { placement: { endpoints: 'create', ...groups } },
    'endpoints that exist': { placement: { endpoints: 'existing', ...groups } },
    'shared endpoints and an own group': {
      placement: { endpoints: 'shared', securityGroupId: groups.securityGroupId },
    },
    'all checks, and no registration': { reconcile: { diagnostics: true, registerAtDeployment: false } },
    'a dashboard and no alarms': { alarms: { enabled: false } },
    'functions that observe': { reconcile: { observeOnly: true } },
    'a role that is brought along': { roles: { executionRoleArn: 'arn:aws:iam::111122223333:role/functions' } },
    'ranges instead of a group': {
      endpointService: { databaseCidrs: ['10.0.0.0/16'], consumerCidrs: ['10.9.0.0/16'] },
    },
  }).map(([what, change]): [string, () => readonly DatabaseEntry[]] => [what, () => entriesFrom([entry(change)])]),
];

describe.each(configurations)('with %s', (_, entries) => {
  const templates = templatesOf(entries());

  test.each(templates)(
    'AWS is asked first to delete what it refuses, before anything that carries, repairs or watches traffic: %s',
    (_, resources) => {
      expect(deletableFirst(resources)).toEqual([]);
    },
  );

  test.each(templates)('a deployment that fails can take everything back: %s', (_, resources) => {
    expect(JSON.stringify(resources)).not.toContain('"deletion_protection.enabled","Value":"true"');
    expect(Object.values(resources).filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')).toEqual([]);
  });

  test.each(templates)('nothing needs itself: %s', (_, resources) => {
    expect(circular(resources)).toEqual([]);
  });
});

describe('a first deployment', () => {
  const [[, resources] = expect.fail('no template')] = templatesOf(exampleEntries('aurora.json'));
  const one = (...types: string[]) => idsOf(resources, ...types)[0] ?? expect.fail(`no ${types}`);
  const needs = (type: string) => [...allNeedsOf(resources, one(type))].map((id) => resources[id]?.Type);

  test('reads and registers the database before there is a load balancer that would have to be removed again', () => {
    expect(needs('AWS::ElasticLoadBalancingV2::LoadBalancer')).toContain('Custom::FirstRegistration');
    expect(needs('Custom::FirstRegistration')).toEqual(
      expect.not.arrayContaining(['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::EC2::SecurityGroupIngress']),
    );
  });

  test('waits for a healthy target once listener and rules are there, and then admits consumers', () => {
    expect(needs('Custom::HealthyTarget')).toEqual(
      expect.arrayContaining([
        'AWS::ElasticLoadBalancingV2::Listener',
        'AWS::EC2::SecurityGroupIngress',
        'AWS::EC2::SecurityGroupEgress',
        'Custom::FirstRegistration',
      ]),
    );
    expect(needs(service)).toContain('Custom::HealthyTarget');
  });

  test.each(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'])(
    'makes each %s when a target is healthy',
    (type) => {
      for (const id of idsOf(resources, type).filter((found) => !found.startsWith('AutomaticAcceptance')))
        expect(allNeedsOf(resources, id)).toContain(one('Custom::HealthyTarget'));
    },
  );
});

test('the stack of shared endpoints is imported by each database, so that CloudFormation keeps it while they use it', () => {
  const { stacks, template } = synthesise(exampleEntries('shared-api-access.json'));
  const outputs = Object.fromEntries(stacks.map(({ stackName }) => [stackName, template(stackName).toJSON().Outputs]));
  const { ledger, invoices, ...access } = outputs;
  const [shared] = Object.values(access);
  for (const { PrivateApiAccess } of [ledger, invoices])
    expect(PrivateApiAccess.Value).toEqual({ 'Fn::ImportValue': shared.SecurityGroup.Export.Name });
});

describe('in an app of a user', () => {
  test('two groups, functions and endpoints of the same stack keep the order', () => {
    const { stack } = newStack();
    const vpc = new ec2.Vpc(stack, 'Network', { natGateways: 0 });
    const databaseSecurityGroup = new ec2.SecurityGroup(stack, 'Database', { vpc });
    const endpoints = new PrivateApiAccess(stack, 'Apis', { vpc });
    const made = new DatabaseEndpointService(stack, 'Service', {
      vpc,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      port: 5432,
      databaseSecurityGroup,
    });
    for (const id of ['Reconciler', 'Observer'])
      addReconciler(
        stack,
        {
          targetGroup: made.targetGroup,
          placement: Placement.insideVpc({ vpc, endpoints }),
          observeOnly: id === 'Observer',
        },
        id,
      );
    const [{ template } = expect.fail('no stack')] = (stack.node.root as App).synth().stacks;
    const { Resources: resources } = template;
    expect(circular(resources)).toEqual([]);
    const kept = idsOf(resources, service).flatMap((id) => [...allNeedsOf(resources, id)]);
    expect(kept).toEqual(
      expect.arrayContaining(
        idsOf(
          resources,
          'AWS::EC2::SecurityGroupIngress',
          'AWS::EC2::SecurityGroupEgress',
          'AWS::EC2::VPCEndpoint',
          'AWS::Lambda::Function',
          'AWS::Events::Rule',
          'AWS::IAM::Policy',
        ),
      ),
    );
  });

  test('rules of the database for others are not waited for', () => {
    const { stack, vpc } = newStack();
    const databaseSecurityGroup = new ec2.SecurityGroup(stack, 'Database', { vpc });
    const made = new DatabaseEndpointService(stack, 'Service', { vpc, port: 5432, databaseSecurityGroup });
    const client = new ec2.SecurityGroup(stack, 'Client', { vpc });
    databaseSecurityGroup.connections.allowFrom(client, ec2.Port.tcp(5432));
    addReconciler(stack, { targetGroup: made.targetGroup });
    const [{ template } = expect.fail('no stack')] = (stack.node.root as App).synth().stacks;
    const [id = ''] = idsOf(template.Resources, service);
    expect([...allNeedsOf(template.Resources, id)].filter((one) => /Client/.test(one))).toEqual([]);
  });

  test('a reconciler in another stack than the load balancer is not waited for: that would be a circle', () => {
    const app = new App();
    const [one, other] = ['network', 'functions'].map((id) => new Stack(app, id)) as [Stack, Stack];
    const made = new DatabaseEndpointService(one, 'Service', { vpc: importedVpc(one), port: 5432 });
    addReconciler(other, { targetGroup: made.targetGroup });
    const { stacks } = app.synth();
    expect(stacks.map(({ stackName }) => stackName)).toEqual(['network', 'functions']);
    expect(stacks[1]?.messages.map(({ entry }) => entry.data).join()).toContain(
      'put them into the stack of network/Service',
    );
  });
});

test('the walk sees every form of reference between resources', () => {
  const sub = (name: string) => `x \u0024{${name}}`;
  const other = Object.fromEntries([...'ABCDEFG'].map((id) => [id, { Type: 'Test::It' }]));
  const resources = {
    ...other,
    H: {
      Type: 'Test::It',
      DependsOn: 'A',
      One: { Ref: 'B' },
      Two: [{ 'Fn::GetAtt': ['C', 'Arn'] }, { 'Fn::GetAtt': 'D.Arn' }],
      Three: { 'Fn::Sub': ['E', 'AWS::Region', '!A'].map(sub).join() },
      Four: { 'Fn::Sub': [`${sub('F.Arn')} ${sub('value')}`, { value: { Ref: 'G' } }] },
    },
  };
  expect(needsOf(resources, 'H').sort()).toEqual([...'ABCDEFG']);
});
