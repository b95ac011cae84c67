import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import type { DatabaseEndpointServiceProps } from '../../../infra/endpoint-service/database-endpoint-service.ts';
import { serviceWith } from '../endpoint-rig.ts';
import { entriesFrom, exampleEntries, synthesise } from '../examples-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('a dual-stack endpoint service with IPv6 targets', () => {
  const template = synthesise(exampleEntries('dual-stack.json')).template('telemetry');

  test('has a load balancer with both kinds of addresses, and lets consumers have either', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { IpAddressType: 'dualstack' });
    template.hasResourceProperties('AWS::EC2::VPCEndpointService', { SupportedIpAddressTypes: ['ipv4', 'ipv6'] });
  });

  test('has a target group that takes IPv6 addresses', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      IpAddressType: 'ipv6',
      TargetType: 'ip',
    });
  });

  test('admits consumers of both families and reaches the database in its own', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        Match.objectLike({ CidrIp: '10.20.0.0/16', FromPort: 5432 }),
        Match.objectLike({ CidrIpv6: '2001:db8:1234:2a00::/56', FromPort: 5432 }),
      ],
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: '2001:db8:1234:1a00::/56', FromPort: 5432 })]),
    });
  });
});

describe('the IPv6 range of the VPC, which no number tells from the internet,', () => {
  type Entry = { readonly endpointService: { databaseCidrs?: unknown }; readonly reconcile?: object };
  const entry = (): Entry => JSON.parse(JSON.stringify(exampleEntries('dual-stack.json')))[0];

  test.each([undefined, {}, { allowedCidrs: ['10.0.0.0/16'] }])(
    'has to be named where targets are IPv6: %j would leave the group empty',
    (reconcile) => {
      expect(() => entriesFrom([{ ...entry(), reconcile }])).toThrow(
        /\$\[0\]\.reconcile\.allowedCidrs is .*; allowed: a list with the IPv6 range of the VPC/,
      );
    },
  );

  test.each(['2001:db8::/32', '8.8.8.0/24'])('is no larger than a VPC and not the internet: not %s', (range) => {
    expect(() => entriesFrom([{ ...entry(), reconcile: { allowedCidrs: [range] } }])).toThrow(
      /allowedCidrs\[0\] is .*; allowed: a private .* or the IPv6 range of a VPC \(\/44 or longer\)/,
    );
  });

  test('is given to the functions, and is what the load balancer reaches by default', () => {
    const { endpointService, ...rest } = entry();
    delete endpointService.databaseCidrs;
    const template = synthesise(entriesFrom([{ ...rest, endpointService }])).template('telemetry');
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: '2001:db8:1234:1a00::/56', FromPort: 5432 })]),
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('fc00::/7');
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'telemetry-drift',
      Environment: { Variables: Match.objectLike({ ALLOWED_CIDRS: '2001:db8:1234:1a00::/56' }) },
    });
  });
});

test('dual-stack consumers can reach an IPv4 database: the load balancer translates', () => {
  const template = serviceWith({ addressType: 'dual-stack' }).template();
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { IpAddressType: 'dualstack' });
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { IpAddressType: Match.absent() });
});

test('IPv6 targets are reached in the private IPv6 range, unless ranges are given', () => {
  const template = serviceWith({ addressType: 'dual-stack', targetAddressType: 'ipv6' }).template();
  template.hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: 'fc00::/7' })]),
  });
});

test('without asking for it, nothing is dual-stack', () => {
  const template = serviceWith().template();
  for (const type of ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::TargetGroup'])
    template.hasResourceProperties(type, { IpAddressType: Match.absent() });
  template.hasResourceProperties('AWS::EC2::VPCEndpointService', { SupportedIpAddressTypes: Match.absent() });
  expect(JSON.stringify(Template.fromJSON(template.toJSON()).findResources('AWS::EC2::SecurityGroup'))).not.toContain(
    'Ipv6',
  );
});

test.each<[Partial<DatabaseEndpointServiceProps>, RegExp]>([
  [{ targetAddressType: 'ipv6' }, /targetAddressType is ipv6; allowed: ipv4, or ipv6 with addressType 'dual-stack'/],
  [{ consumerCidrs: ['fd00:1::/56'] }, /consumerCidrs has "fd00:1::\/56"; allowed: an IPv4 range/],
  [{ databaseCidrs: ['fd00:1::/56'], addressType: 'dual-stack' }, /databaseCidrs has .*; allowed: an IPv4 range/],
  [
    { databaseCidrs: ['10.0.0.0/8'], addressType: 'dual-stack', targetAddressType: 'ipv6' },
    /databaseCidrs has "10\.0\.0\.0\/8"; allowed: an IPv6 range/,
  ],
])('%j stops the synth', (props, message) => {
  expect(() => serviceWith(props)).toThrow(message);
});

test.each<[object, RegExp]>([
  [{ targetAddressType: 'ipv6' }, /targetAddressType is "ipv6"; allowed: ipv4; ipv6 needs "addressType": "dual-stack"/],
  [{ consumerCidrs: ['fd00:1::/56'] }, /consumerCidrs\[0\] is "fd00:1::\/56"; allowed: an IPv4 range; IPv6 needs/],
  [{ databaseCidrs: ['fd00:1::/56'] }, /databaseCidrs\[0\] is .*; allowed: an IPv4 range, as the targets are/],
  [{ consumerCidrs: ['everybody'] }, /consumerCidrs\[0\] is "everybody"; allowed: an IPv4 or IPv6 range like/],
])('in databases.json %j is refused', (endpointService, message) => {
  const [entry] = JSON.parse(JSON.stringify(exampleEntries('dual-stack.json')));
  expect(() => entriesFrom([{ ...entry, endpointService }])).toThrow(message);
});
