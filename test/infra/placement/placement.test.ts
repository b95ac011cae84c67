import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import { type InsideVpcProps, Placement } from '../../../infra/placement/placement.ts';
import { configFromEnv, configToEnv } from '../../../lib/settings/config.ts';
import { entriesFrom, exampleEntries, synthesise } from '../examples-rig.ts';
import {
  addReconciler,
  functionOf,
  newStack,
  type Resource,
  resolved,
  resource,
  resourcesOf,
} from '../reconciler-rig.ts';

const importedVpc = (stack = newStack()) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidrBlock: '10.0.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    isolatedSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });

function inside(props: Partial<InsideVpcProps> = {}, more: { readonly dnsServers?: readonly string[] } = {}): Template {
  const stack = newStack();
  const vpc = importedVpc(stack);
  addReconciler(stack, { placement: Placement.insideVpc({ vpc, endpoints: 'create', ...props }), ...more });
  return Template.fromStack(stack);
}

const groupId = (template: Template, begin: string) => resource(template, 'AWS::EC2::SecurityGroup', begin)[0];
const egress = (template: Template) =>
  resourcesOf(template, 'AWS::EC2::SecurityGroupEgress').map(([, { Properties }]) => resolved(Properties));
const ingress = (template: Template) =>
  resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => resolved(Properties));
const inlineEgress = ({ Properties }: Resource) => Properties.SecurityGroupEgress;

test('outside a VPC, which is the default, there is no network resource', () => {
  const stack = newStack();
  addReconciler(stack);
  const template = Template.fromStack(stack);
  expect(resourcesOf(template).filter(([, { Type }]) => Type.startsWith('AWS::EC2::'))).toEqual([]);
  expect(functionOf(template, 'Drift').Properties.VpcConfig).toBeUndefined();
});

describe('inside a VPC, with created endpoints', () => {
  const template = inside();
  const functions = groupId(template, 'ReconcilerSecurityGroup');
  const endpoints = groupId(template, 'ReconcilerEndpointSecurityGroup');

  test('both functions run in the isolated subnets with their own security group', () => {
    for (const name of ['Failover', 'Drift'] as const)
      expect(functionOf(template, name).Properties.VpcConfig).toEqual({
        SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        SecurityGroupIds: [{ 'Fn::GetAtt': [functions, 'GroupId'] }],
      });
  });

  test('the function that registers stays outside: it calls Lambda and CloudFormation, for which there is no endpoint', () => {
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    expect(Properties.VpcConfig).toBeUndefined();
  });

  test('there is an interface endpoint for each of the three APIs, without private DNS, so that it serves no other client', () => {
    const found = resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => resolved(Properties));
    expect(found.map(({ ServiceName }) => ServiceName.split('.').at(-1)).sort()).toEqual([
      'ec2',
      'elasticloadbalancing',
      'rds',
    ]);
    for (const properties of found)
      expect(properties).toMatchObject({
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: false,
        SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        SecurityGroupIds: [`{${endpoints}.GroupId}`],
      });
  });

  test('the functions find the endpoints by variables of the AWS SDK, and still read their configuration', () => {
    const { Variables } = functionOf(template, 'Drift').Properties.Environment;
    const [rds] = resource(template, 'AWS::EC2::VPCEndpoint', 'ReconcilerRds');
    const [elb] = resource(template, 'AWS::EC2::VPCEndpoint', 'ReconcilerElastic');
    const [ec2] = resource(template, 'AWS::EC2::VPCEndpoint', 'ReconcilerEc2');
    const variables = resolved(Variables, {
      [`${ec2}.DnsEntries`]: ['Z1:vpce-3.ec2.eu-central-1.vpce.amazonaws.com'],
      [`${rds}.DnsEntries`]: ['Z1:vpce-1.rds.eu-central-1.vpce.amazonaws.com', 'Z1:vpce-1-a.rds.example'],
      [`${elb}.DnsEntries`]: ['Z1:vpce-2.elasticloadbalancing.eu-central-1.vpce.amazonaws.com'],
    });
    const { AWS_ENDPOINT_URL_RDS, AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2, AWS_ENDPOINT_URL_EC2, ...rest } =
      variables;
    expect(AWS_ENDPOINT_URL_EC2).toBe('https://vpce-3.ec2.eu-central-1.vpce.amazonaws.com');
    expect(AWS_ENDPOINT_URL_RDS).toBe('https://vpce-1.rds.eu-central-1.vpce.amazonaws.com');
    expect(AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2).toBe(
      'https://vpce-2.elasticloadbalancing.eu-central-1.vpce.amazonaws.com',
    );
    expect(configToEnv(configFromEnv(variables))).toEqual(rest);
  });

  test('the functions reach nothing but the endpoints on 443, and only they reach the endpoints', () => {
    expect(egress(template)).toEqual([
      expect.objectContaining({
        GroupId: `{${functions}.GroupId}`,
        DestinationSecurityGroupId: `{${endpoints}.GroupId}`,
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
      }),
    ]);
    expect(ingress(template)).toEqual([
      expect.objectContaining({
        GroupId: `{${endpoints}.GroupId}`,
        SourceSecurityGroupId: `{${functions}.GroupId}`,
        FromPort: 443,
        ToPort: 443,
      }),
    ]);
    // CloudFormation lets a group reach everything until a rule says otherwise, inline or beside it (aws/aws-cdk#998): the functions'
    // group has the one above, and the endpoints' group one that no traffic can match.
    expect(resource(template, 'AWS::EC2::SecurityGroup', functions)[1].Properties.SecurityGroupEgress).toBeUndefined();
    expect(inlineEgress(resource(template, 'AWS::EC2::SecurityGroup', endpoints)[1])).toEqual([
      expect.objectContaining({ CidrIp: '255.255.255.255/32' }),
    ]);
    for (const [, { Properties }] of resourcesOf(template, 'AWS::EC2::SecurityGroup'))
      expect(Properties.SecurityGroupIngress).toBeUndefined();
  });

  test('there is neither a NAT nor an internet gateway', () => {
    const types = resourcesOf(template).map(([, { Type }]) => Type);
    expect(types.filter((type) => /Nat|InternetGateway|EIP/.test(type))).toEqual([]);
  });
});

describe('inside a VPC, with existing endpoints', () => {
  test('nothing is created but the security group, which reaches the address range of the VPC on 443', () => {
    const template = inside({ endpoints: 'existing' });
    expect(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).toEqual([]);
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup');
    expect(groups).toHaveLength(1);
    expect(groups[0] && inlineEgress(groups[0][1])).toEqual([
      expect.objectContaining({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
    ]);
    const variables = functionOf(template, 'Drift').Properties.Environment.Variables;
    expect(Object.keys(variables).filter((name) => name.startsWith('AWS_'))).toEqual([]);
  });

  test('a given security group of the endpoints is the only destination, and admits the functions', () => {
    const stack = newStack();
    const vpc = importedVpc(stack);
    const endpointSecurityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Endpoints', 'sg-0123456789abcdef1');
    addReconciler(stack, { placement: Placement.insideVpc({ vpc, endpoints: 'existing', endpointSecurityGroup }) });
    const template = Template.fromStack(stack);
    expect(egress(template)).toEqual([
      expect.objectContaining({ DestinationSecurityGroupId: 'sg-0123456789abcdef1', FromPort: 443 }),
    ]);
    expect(ingress(template)).toEqual([
      expect.objectContaining({ GroupId: 'sg-0123456789abcdef1', FromPort: 443, ToPort: 443 }),
    ]);
  });

  test('a given security group of the functions is used, and untouched when it was imported as unchangeable', () => {
    const stack = newStack();
    const vpc = importedVpc(stack);
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Functions', 'sg-0123456789abcdef2', {
      mutable: false,
    });
    addReconciler(stack, { placement: Placement.insideVpc({ vpc, endpoints: 'existing', securityGroup }) });
    const template = Template.fromStack(stack);
    expect(functionOf(template, 'Failover').Properties.VpcConfig.SecurityGroupIds).toEqual(['sg-0123456789abcdef2']);
    expect(resourcesOf(template).filter(([, { Type }]) => Type.startsWith('AWS::EC2::'))).toEqual([]);
  });
});

test('name servers of the configuration are reached on their port, over UDP and TCP', () => {
  const template = inside({ endpoints: 'existing' }, { dnsServers: ['10.0.0.9', '10.0.0.10:5353', '[fd00::53]:54'] });
  const [, group] = resource(template, 'AWS::EC2::SecurityGroup', 'Reconciler');
  const rules = inlineEgress(group).map(
    (rule: Record<string, unknown>) => `${rule.IpProtocol} ${rule.CidrIp ?? rule.CidrIpv6}:${rule.FromPort}`,
  );
  expect(rules).toEqual([
    'udp 10.0.0.9/32:53',
    'tcp 10.0.0.9/32:53',
    'udp 10.0.0.10/32:5353',
    'tcp 10.0.0.10/32:5353',
    'udp fd00::53/128:54',
    'tcp fd00::53/128:54',
    'tcp 10.0.0.0/16:443',
  ]);
});

test('given subnets are the ones that are used', () => {
  const stack = newStack();
  const vpc = new Vpc(stack, 'Vpc', {
    natGateways: 0,
    subnetConfiguration: [
      { name: 'a', subnetType: SubnetType.PRIVATE_ISOLATED },
      { name: 'b', subnetType: SubnetType.PRIVATE_ISOLATED },
    ],
  });
  addReconciler(stack, {
    placement: Placement.insideVpc({ vpc, endpoints: 'create', subnets: { subnetGroupName: 'b' } }),
  });
  const template = Template.fromStack(stack);
  const { SubnetIds } = functionOf(template, 'Drift').Properties.VpcConfig;
  expect(SubnetIds).toHaveLength(2);
  for (const { Ref } of SubnetIds) expect(Ref).toMatch(/^Vpcb/);
});

describe('subnets that another account shares', () => {
  const owner = '999988887777';
  const ofNetwork = (template: Template): string[] =>
    resourcesOf(template, 'AWS::IAM::Policy')
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Sid }) => Sid === 'ManageNetworkInterfaces')
      .map(({ Resource }) => JSON.stringify(resolved([Resource].flat())));
  const expected = JSON.stringify([
    'arn:aws:ec2:eu-central-1:123456789012:*/*',
    `arn:aws:ec2:eu-central-1:${owner}:subnet/subnet-0123456789abcdef0`,
    `arn:aws:ec2:eu-central-1:${owner}:subnet/subnet-0123456789abcdef1`,
  ]);

  test('are named by their owner, where interfaces are created; by nothing else of that account', () => {
    expect(ofNetwork(inside({ subnetOwnerAccount: owner }))).toEqual([expected, expected]);
  });

  test('are known by the ARN of a VPC that CDK looked up', () => {
    const stack = newStack();
    const shared = Object.create(importedVpc(stack), {
      vpcArn: { value: `arn:aws:ec2:eu-central-1:${owner}:vpc/vpc-0123456789abcdef0` },
    });
    addReconciler(stack, { placement: Placement.insideVpc({ vpc: shared, endpoints: 'create' }) });
    expect(ofNetwork(Template.fromStack(stack))).toEqual([expected, expected]);
  });

  test('are named by a key of databases.json', () => {
    const [entry] = JSON.parse(JSON.stringify(exampleEntries('isolated-subnets.json')));
    const placement = { ...entry.placement, subnetOwnerAccount: owner };
    const { template } = synthesise(entriesFrom([{ ...entry, placement }]));
    for (const resources of ofNetwork(template(entry.name)))
      for (const { id } of entry.vpc.subnets)
        expect(resources).toContain(`"arn:aws:ec2:${entry.region}:${owner}:subnet/${id}"`);
  });
});

describe('subnets that are missing stop the synth', () => {
  test('when the VPC has no isolated ones and none are given', () => {
    const vpc = Vpc.fromVpcAttributes(newStack(), 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
    });
    expect(() => Placement.insideVpc({ vpc, endpoints: 'create' })).toThrow(
      /insideVpc needs subnets: VPC orders\/Vpc has no isolated subnets; allowed: /,
    );
  });

  test('when the given selection is empty', () => {
    const vpc = importedVpc();
    expect(() => Placement.insideVpc({ vpc, endpoints: 'create', subnets: { subnets: [] } })).toThrow(
      /insideVpc needs subnets: the given selection is empty/,
    );
  });
});
