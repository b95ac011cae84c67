import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test, vi } from 'vitest';
import { consumersFrom, readConsumers } from '../../../infra/config/consumers.ts';
import {
  DatabaseConsumerEndpoint,
  type DatabaseConsumerEndpointProps,
} from '../../../infra/consumer/database-consumer-endpoint.ts';
import { addConsumerStacks } from '../../../infra/stacks/consumer-stack.ts';
import { partitionOf } from '../../../lib/partitions.ts';
import { newStack, ranges, warningsOf } from '../endpoint-rig.ts';
import { entriesFrom, exampleEntries, root, synthesise, synthesiseWith } from '../examples-rig.ts';
import { resolved } from '../reconciler-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const directory = join(root, 'examples', 'consumers');
const files = readdirSync(directory).sort();
const examples = Object.fromEntries(
  files.map((file) => {
    const entries = readConsumers(join(directory, file));
    const { stacks, template } = synthesiseWith((app) => addConsumerStacks(app, entries));
    return [file, template(stacks[0]?.stackName ?? '')];
  }),
);
const example = (file: string): Template => examples[file] ?? Template.fromJSON({});

/** The endpoint's outputs, as they would be for these names of the endpoint. */
function outputsOf(template: Template): Record<string, unknown> {
  const [endpoint] = Object.keys(template.findResources('AWS::EC2::VPCEndpoint'));
  const names = {
    [`${endpoint}.DnsEntries`]: ['Z1:vpce-1-a.vpce-svc-2.eu-central-1.vpce.amazonaws.com', 'Z1:other'],
    [`${endpoint}.NetworkInterfaceIds`]: ['eni-1', 'eni-2'],
  };
  return Object.fromEntries(
    Object.entries(template.findOutputs('*')).map(([id, { Value }]) => [id, resolved(Value, names)]),
  );
}

test('the examples are the access methods to a database in another account', () => {
  expect(files).toEqual(['endpoint-service.json', 'host-name.json', 'other-region.json', 'resource-endpoint.json']);
});

describe('an endpoint to an endpoint service', () => {
  const template = example('endpoint-service.json');

  test('is an interface endpoint in the zones of the file, which admits the clients and no others', () => {
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
      SubnetIds: ['subnet-0c7beb383c23ca670', 'subnet-0ce32464efd984a59'],
      PrivateDnsEnabled: false,
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      SourceSecurityGroupId: 'sg-0aa168adb00d208e4',
      FromPort: 5432,
      ToPort: 5432,
    });
  });

  test("gives the database's own name to the clients, in a private zone of that name alone", () => {
    template.hasResourceProperties('AWS::Route53::HostedZone', {
      Name: 'orders.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com.',
      VPCs: [Match.objectLike({ VPCId: 'vpc-0aa168adb00d208e4' })],
    });
    const [endpoint] = Object.keys(template.findResources('AWS::EC2::VPCEndpoint'));
    const names = { [`${endpoint}.DnsEntries`]: ['Z1:vpce-1-a.vpce-svc-2.eu-central-1.vpce.amazonaws.com'] };
    const records = Object.values(template.findResources('AWS::Route53::RecordSet')).map(({ Properties }) => [
      Properties.Name,
      resolved(Properties.AliasTarget, names),
    ]);
    const alias = (zone = '') => ({
      DNSName: `vpce-1-a${zone}.vpce-svc-2.eu-central-1.vpce.amazonaws.com`,
      HostedZoneId: 'Z1',
    });
    const name = 'orders.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com.';
    expect(records).toEqual([
      [name, alias()],
      [`eu-central-1a.${name}`, alias('-eu-central-1a')],
      [`eu-central-1b.${name}`, alias('-eu-central-1b')],
    ]);
  });

  test('outputs its id, its interfaces, its name and its name in each zone', () => {
    expect(outputsOf(template)).toMatchObject({
      EndpointId: expect.stringContaining('Endpoint'),
      EndpointInterfaceIds: 'eni-1,eni-2',
      EndpointDnsName: 'vpce-1-a.vpce-svc-2.eu-central-1.vpce.amazonaws.com',
      EndpointZonalDnsNames:
        'vpce-1-a-eu-central-1a.vpce-svc-2.eu-central-1.vpce.amazonaws.com,vpce-1-a-eu-central-1b.vpce-svc-2.eu-central-1.vpce.amazonaws.com',
      DatabaseHostName: 'orders.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com',
    });
  });

  test("names the provider's Region when it is another, and can take the provider's private name", () => {
    const other = example('other-region.json');
    other.hasResourceProperties('AWS::EC2::VPCEndpoint', { ServiceRegion: 'us-east-1', PrivateDnsEnabled: true });
    other.resourceCountIs('AWS::Route53::HostedZone', 0);
  });

  test("with the provider's private name outputs the endpoint's own names too, which come first among all names", () => {
    expect(outputsOf(example('other-region.json'))).toMatchObject({
      EndpointDnsName: 'vpce-1-a.vpce-svc-2.eu-central-1.vpce.amazonaws.com',
      EndpointZonalDnsNames: expect.stringMatching(/^vpce-1-a-eu-central-1a\.vpce-svc-2\..*,vpce-1-a-eu-central-1b\./),
      EndpointDnsEntries: 'Z1:vpce-1-a.vpce-svc-2.eu-central-1.vpce.amazonaws.com,Z1:other',
    });
  });
});

test('an endpoint to a shared database is a resource endpoint, which answers to the name that was shared', () => {
  const template = example('resource-endpoint.json');
  template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Resource',
    ResourceConfigurationArn:
      'arn:aws:vpc-lattice:eu-central-1:111122223333:resourceconfiguration/rcfg-0123456789abcdef0',
    ServiceName: Match.absent(),
    PrivateDnsEnabled: true,
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.80.0.0/16', FromPort: 5432, ToPort: 5432 })],
  });
  // CloudFormation tells the names of interface endpoints only; to ask for one would fail the deployment.
  expect(JSON.stringify(template.toJSON())).not.toContain('DnsEntries');
});

const serviceName = 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0';

test.each([
  ['cn-north-1', 'cn-northwest-1', 'cn.com.amazonaws.vpce.cn-north-1.vpce-svc-0123456789abcdef0'],
  ['eusc-de-east-1', 'eusc-de-west-1', 'eu.amazonaws.vpce.eusc-de-east-1.vpce-svc-0123456789abcdef0'],
])(
  "what a provider's stack in %s puts out, consumers.json accepts, here and in another Region",
  (region, other, name) => {
    const [provider] = exampleEntries('aurora.json');
    const placed = JSON.parse(
      JSON.stringify({ ...provider, region, alarms: undefined })
        .replaceAll('eu-central-1', region)
        .replaceAll('arn:aws:', `arn:${partitionOf(region)}:`),
    );
    const made = synthesise(entriesFrom([placed])).template(provider?.name ?? '');
    const [{ Value = '' } = {}] = Object.values(made.findOutputs('EndpointServiceName'));
    const serviceOf = Object.keys(made.findResources('AWS::EC2::VPCEndpointService'))[0] ?? '';
    expect(resolved(Value, { [serviceOf]: 'vpce-svc-0123456789abcdef0' })).toBe(
      // The stand-in for the pseudo parameter is another Region.
      name.replace(region, 'eu-central-1'),
    );

    const [consumer] = readConsumers(join(directory, 'endpoint-service.json'));
    const endpointIn = (here: string) => {
      const entry = JSON.parse(JSON.stringify(consumer).replaceAll('eu-central-1', here));
      const entries = consumersFrom(
        JSON.stringify({ consumers: [{ ...entry, region: here, serviceName: name }] }),
        'test',
      );
      const { stacks, template } = synthesiseWith((app) => addConsumerStacks(app, entries));
      const [endpoint] = Object.values(template(stacks[0]?.stackName ?? '').findResources('AWS::EC2::VPCEndpoint'));
      return endpoint?.Properties;
    };
    expect(endpointIn(region)).toMatchObject({ ServiceName: name });
    expect(endpointIn(region)).not.toHaveProperty('ServiceRegion');
    expect(endpointIn(other)).toMatchObject({ ServiceName: name, ServiceRegion: region });
  },
);

const resourceConfigurationArn =
  'arn:aws:vpc-lattice:eu-west-1:111122223333:resourceconfiguration/rcfg-0123456789abcdef0';

function consumerWith(props: Partial<DatabaseConsumerEndpointProps>) {
  const { stack, vpc } = newStack();
  new DatabaseConsumerEndpoint(stack, 'Consumer', {
    vpc,
    provider: { serviceName },
    port: 5432,
    clientCidrs: ['10.0.0.0/8'],
    ...props,
  });
  return stack;
}

test('a resource endpoint to a shared host name takes that name over, whose domain no provider can prove to be its own', () => {
  const hostName = 'checkout.proxy-c0ffee.eu-west-1.rds.amazonaws.com';
  const stack = consumerWith({
    provider: { resourceConfigurationArn },
    dns: { hostName },
    addressType: 'dual-stack',
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Resource',
    PrivateDnsEnabled: true,
    DnsOptions: {
      DnsRecordIpType: 'dualstack',
      PrivateDnsPreference: 'VERIFIED_DOMAINS_AND_SPECIFIED_DOMAINS',
      PrivateDnsSpecifiedDomains: [hostName],
    },
  });
  // AWS makes the zone: a second one of this name would be refused.
  template.resourceCountIs('AWS::Route53::HostedZone', 0);
});

test('the two examples of a shared host name meet in one name', () => {
  const [entry] = exampleEntries('resource-gateway-host-name.json');
  const shared = synthesise(exampleEntries('resource-gateway-host-name.json')).template('checkout');
  const name = 'checkout.proxy-c0ffee123456.eu-central-1.rds.amazonaws.com';
  expect(entry?.database).toMatchObject({ hostname: name });
  shared.hasResourceProperties('AWS::VpcLattice::ResourceConfiguration', { CustomDomainName: name });
  example('host-name.json').hasResourceProperties('AWS::EC2::VPCEndpoint', {
    DnsOptions: Match.objectLike({ PrivateDnsSpecifiedDomains: [name] }),
  });
  expect(outputsOf(example('host-name.json'))).toMatchObject({ DatabaseHostName: name });
});

test('dual-stack interfaces have names and aliases in both families', () => {
  const template = Template.fromStack(
    consumerWith({ addressType: 'dual-stack', dns: { hostName: 'db.example.com' }, clientCidrs: ['fd00:1::/56'] }),
  );
  template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    IpAddressType: 'dualstack',
    DnsOptions: { DnsRecordIpType: 'dualstack' },
  });
  for (const Type of ['A', 'AAAA'])
    template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Name: 'db.example.com.' });
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupIngress: [Match.objectLike({ CidrIpv6: 'fd00:1::/56' })],
  });
});

test.each<[Partial<DatabaseConsumerEndpointProps>, RegExp]>([
  [{ provider: { serviceName: 'vpce-svc-1' } }, /serviceName has "vpce-svc-1"; allowed: com\.amazonaws\.vpce/],
  [{ provider: { resourceConfigurationArn: 'rcfg-1' } }, /resourceConfigurationArn has "rcfg-1"/],
  [{ clientCidrs: undefined }, /no client is admitted; allowed: clientSecurityGroups or clientCidrs/],
  [
    { provider: { resourceConfigurationArn }, dns: 'provider' },
    /allowed: none for a resource endpoint to an RDS database/,
  ],
  [
    { provider: { resourceConfigurationArn }, dns: { hostName: 'db.example.com' }, zonalNames: true },
    /zonalNames is true; allowed: .*not for a resource endpoint/,
  ],
  [{ zonalNames: true }, /zonalNames is true; allowed: only with a hostName/],
  [{ dns: { hostName: '*.example.com' } }, /hostName has "\*\.example\.com"/],
  [{ port: 70_000 }, /port is 70000/],
  [{ subnets: { subnets: [] } }, /subnets are none; allowed: subnets in two Availability Zones/],
])('%j stops the synth', (props, message) => {
  expect(() => consumerWith(props)).toThrow(message);
});

test('the private zone comes and goes, as in a move, while the endpoint with its connections stays as it is', () => {
  const endpointOf = (dns: DatabaseConsumerEndpointProps['dns']) =>
    Template.fromStack(consumerWith({ dns })).findResources('AWS::EC2::VPCEndpoint');
  expect(endpointOf({ hostName: 'orders.cluster-c0ffee.eu-west-1.rds.amazonaws.com' })).toEqual(endpointOf('none'));
});

test('IPv6 clients need addresses that they can reach', () => {
  const clientCidrs = ['fd00:1::/56'];
  expect(() => consumerWith({ clientCidrs })).toThrow(/clientCidrs has "fd00:1::\/56"; .*IPv6 only with addressType/);
  expect(() => consumerWith({ clientCidrs, addressType: 'dual-stack' })).not.toThrow();
});

test('more clients than a security group has rules for, one for each port, bring a warning', () => {
  expect(warningsOf(consumerWith({ clientCidrs: ranges(30), otherPorts: [5433] }))).toEqual([]);
  expect(warningsOf(consumerWith({ clientCidrs: ranges(31), otherPorts: [5433] }))).toEqual([
    expect.stringMatching(/the security group of the endpoint gets 62 inbound rules for IPv4/),
  ]);
});

test('security groups of the clients are enough', () => {
  const { stack, vpc } = newStack();
  const client = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Client', 'sg-0123456789abcdef0');
  const props = { vpc, provider: { serviceName }, port: 5432, clientSecurityGroups: [client] };
  new DatabaseConsumerEndpoint(stack, 'Consumer', props);
  Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: 'sg-0123456789abcdef0',
  });
});

describe('an endpoint to several databases behind one endpoint service', () => {
  const endpoint = (more: Partial<DatabaseConsumerEndpointProps>) => {
    const { stack, vpc } = newStack();
    const provider = { serviceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0' };
    const made = new DatabaseConsumerEndpoint(stack, 'Consumer', {
      ...{ vpc, provider, port: 5432, clientCidrs: ['10.0.0.0/16'] },
      ...more,
    });
    made.addOutputs(stack);
    return Template.fromStack(stack);
  };

  test('admits the clients to each port, and has a zone for each name', () => {
    const dns = { hostName: 'orders.example.com', otherHostNames: ['billing.example.com'] };
    const template = endpoint({ otherPorts: [5433], dns, zonalNames: true });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [5432, 5433].map((port) => Match.objectLike({ FromPort: port, ToPort: port })),
    });
    const names = Object.values(template.findResources('AWS::Route53::RecordSet')).map(
      ({ Properties }) => Properties.Name,
    );
    expect(names.sort()).toEqual(
      ['', 'eu-west-1a.', 'eu-west-1b.']
        .flatMap((zone) => [`${zone}billing.example.com.`, `${zone}orders.example.com.`])
        .sort(),
    );
    template.hasOutput('DatabaseHostName', { Value: 'orders.example.com,billing.example.com' });
  });

  test('is refused with a port or a name twice, and for a resource endpoint', () => {
    expect(() => endpoint({ otherPorts: [5432] })).toThrow(/allowed: each once/);
    const resourceConfigurationArn =
      'arn:aws:vpc-lattice:eu-west-1:111122223333:resourceconfiguration/rcfg-0123456789abcdef0';
    expect(() => endpoint({ otherPorts: [5433], provider: { resourceConfigurationArn } })).toThrow(
      /neither for a resource endpoint/,
    );
  });
});
