import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { configurationFrom } from '../../../infra/config/databases.ts';
import { addDatabaseStacks } from '../../../infra/stacks/database-stack.ts';
import { addSharedServiceStacks } from '../../../infra/stacks/shared-service-stack.ts';
import { root } from '../examples-rig.ts';
import { allNeedsOf, circular, idsOf } from '../template-graph.ts';

type Json = Record<string, unknown>;
type File = { loadBalancers: Json[]; databases: Json[] };

const example: File = JSON.parse(readFileSync(join(root, 'examples', 'shared-endpoint-service.json'), 'utf8'));

/** The templates that a configuration gives, as text, by the names of their stacks. */
function synthesised({ loadBalancers, databases }: File) {
  const configuration = configurationFrom(JSON.stringify({ loadBalancers, databases }), 'test');
  const app = new App({ analyticsReporting: false });
  addDatabaseStacks(app, configuration.databases, configuration);
  const { stacks } = app.synth();
  return {
    templates: Object.fromEntries(stacks.map(({ stackName, template }) => [stackName, JSON.stringify(template)])),
    needs: Object.fromEntries(
      stacks.map(({ stackName, dependencies }) => [
        stackName,
        dependencies.map(({ id }) => id).filter((id) => !id.endsWith('.assets')),
      ]),
    ),
  };
}

const whole = synthesised(example);
const template = (name: string) => Template.fromJSON(JSON.parse(whole.templates[name] ?? expect.fail(name)));
const resources = (name: string) => template(name).toJSON().Resources;
const names = ['orders', 'orders-readers', 'billing'];

describe('the stack of a shared load balancer', () => {
  test('is deployed before its databases, and exports what they import, so that CloudFormation keeps it', () => {
    for (const name of names) expect(whole.needs[name]).toEqual(['vendors']);
    expect(whole.needs.vendors).toEqual([]);
    const outputs = Object.values(template('vendors').findOutputs('*')) as { Export?: { Name: string } }[];
    const exported = outputs.flatMap(({ Export }) => Export?.Name ?? []);
    expect(exported).toHaveLength(3);
    for (const name of exported) expect(whole.templates.billing).toContain(`{"Fn::ImportValue":"${name}"}`);
  });

  test('has the consumers: principals, acceptance, enforced rules; and no listener, group or reconciler', () => {
    const vendors = template('vendors');
    vendors.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'on',
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }]),
      Subnets: ['subnet-0e7beb383c23ca670', 'subnet-0ae32464efd984a59', 'subnet-011f899e565e6a42b'],
      Tags: Match.arrayWith([{ Key: 'Name', Value: 'vendors' }]),
    });
    vendors.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'vendors-acceptance' });
    vendors.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'vendors-acceptance-errors',
      AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:database-alarms'],
    });
    vendors.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 0);
    vendors.resourceCountIs('AWS::ElasticLoadBalancingV2::TargetGroup', 0);
    vendors.resourceCountIs('AWS::EC2::VPCEndpointService', 1);
    expect(circular(resources('vendors'))).toEqual([]);
  });

  test('reaches the group that databases share, and by itself nothing else', () => {
    const egress = Object.values(template('vendors').findResources('AWS::EC2::SecurityGroupEgress'));
    expect(egress.map(({ Properties }) => Properties.DestinationSecurityGroupId)).toEqual(['sg-01c168adb00d208e4']);
    template('vendors').hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      // CDK's rule that lets nothing out: without any rule EC2 would let everything out.
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
  });

  test('warns of more rules than a security group has by default, and of no fewer: of IPv4 and IPv6, inbound and outbound', () => {
    const ranges = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, n) => text(n));
    const warnings = (consumerCidrs: readonly string[], ...endpointServices: object[]) => {
      const [{ endpointService, ...vendors }, billing] = [
        example.loadBalancers[0] as Json,
        example.databases[2] as Json,
      ];
      const databases = endpointServices.map((more, index) => ({
        ...billing,
        name: `db${index}`,
        endpointService: { shared: 'vendors', listenerPort: 6000 + index, ...more },
      }));
      const service = { ...(endpointService as Json), addressType: 'dual-stack', consumerCidrs };
      const balancer = { ...vendors, endpointService: service };
      const file = configurationFrom(JSON.stringify({ loadBalancers: [balancer], databases }), 'test');
      const app = new App({ analyticsReporting: false });
      const members = file.databases.map((entry) => ({ entry, stack: new Stack(app, entry.name) }));
      const [stack] = addSharedServiceStacks(app, file.loadBalancers, members);
      return stack?.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data));
    };
    const group = (index: number) => ({ databaseSecurityGroupId: `sg-0000000${index}` });
    const v4 = (count: number) => ranges(count, (index) => `10.20.${index}.0/24`);
    const v6 = (count: number) => ranges(count, (index) => `2600:1f14:${index + 1}::/56`);
    expect(warnings([...v4(20), ...v6(20)], group(1), group(2), { ...group(3), consumerCidrs: v4(20) })).toEqual([]);
    expect(warnings(v4(20), group(1), group(2), { ...group(3), consumerCidrs: v4(21) })).toEqual([
      expect.stringMatching(
        /load balancer "vendors" gets 61 inbound rules for IPv4, .* 60 unless the quota .* was raised/,
      ),
    ]);
    expect(warnings([...v4(1), ...v6(31)], group(1), group(2))).toEqual([
      expect.stringMatching(/gets 62 inbound rules for IPv6/),
    ]);
    // One lets nothing out, and one is the group's that databases share.
    expect(warnings(v4(1), { databaseCidrs: v4(58) })).toEqual([]);
    expect(
      warnings(v4(1), { databaseCidrs: v4(58) }, { databaseSecurityGroupId: 'sg-01c168adb00d208e4' }, group(1)),
    ).toEqual([expect.stringMatching(/gets 61 outbound rules for IPv4/)]);
  });

  test.each(names)('does not change when %s leaves, nor do the stacks of the others', (name) => {
    const { templates } = synthesised({
      ...example,
      databases: example.databases.filter((one) => one.name !== name),
    });
    const { [name]: _, ...others } = whole.templates;
    expect(templates).toEqual(others);
  });
});

describe('the stack of a database behind it', () => {
  test('has a listener of its own port for its own group, and no load balancer', () => {
    const billing = template('billing');
    billing.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      LoadBalancerArn: { 'Fn::ImportValue': 'vendors-load-balancer-arn' },
      Port: 5434,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('ListenerTargetGroup') } }],
      ListenerAttributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '3600' }],
    });
    billing.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 5432, TargetType: 'ip' });
    for (const type of ['LoadBalancer', 'EC2::VPCEndpointService'])
      billing.resourceCountIs(type.includes('::') ? `AWS::${type}` : `AWS::ElasticLoadBalancingV2::${type}`, 0);
    billing.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'HealthyHostCount' });
  });

  test('lets the load balancer reach this database alone, and the consumers this port alone', () => {
    const rules = (name: string, type: string) =>
      Object.values(template(name).findResources(`AWS::EC2::SecurityGroup${type}`)).map(({ Properties }) => {
        const { GroupId, FromPort, ToPort, CidrIp, SourceSecurityGroupId, DestinationSecurityGroupId } = Properties;
        const peer = CidrIp ?? SourceSecurityGroupId ?? DestinationSecurityGroupId;
        const shown = (one: unknown) => (typeof one === 'string' ? one : 'load balancer');
        return `${shown(GroupId)} ${FromPort}-${ToPort} ${shown(peer)}`;
      });
    expect(rules('billing', 'Egress')).toEqual(['load balancer 5432-5432 sg-02c168adb00d208e4']);
    expect(rules('billing', 'Ingress').sort()).toEqual([
      'load balancer 5434-5434 10.20.0.0/16',
      'load balancer 5434-5434 10.30.0.0/16',
      'sg-02c168adb00d208e4 5432-5432 load balancer',
    ]);
    // The group of both is the load balancer's to admit.
    expect(rules('orders-readers', 'Egress')).toEqual([]);
    expect(rules('orders-readers', 'Ingress').map((one) => one.replace(/ 10.*/, ''))).toEqual(
      Array.from({ length: 2 }, () => 'load balancer 5433-5433'),
    );
  });

  test('narrows down the consumers of its own port, and no other stack changes', () => {
    const narrow = { ...(example.databases[1]?.endpointService as Json), consumerCidrs: ['10.20.7.0/24'] };
    const [orders, readers, billing] = example.databases as [Json, Json, Json];
    const { templates } = synthesised({
      ...example,
      databases: [orders, { ...readers, endpointService: narrow }, billing],
    });
    const ingress = Object.values(
      Template.fromJSON(JSON.parse(templates['orders-readers'] ?? '')).findResources('AWS::EC2::SecurityGroupIngress'),
    );
    expect(ingress.map(({ Properties }) => Properties.CidrIp)).toEqual(['10.20.7.0/24']);
    expect({ ...templates, 'orders-readers': '' }).toEqual({ ...whole.templates, 'orders-readers': '' });
  });

  test('tells consumers the service and the port', () => {
    template('billing').hasOutput('EndpointServiceName', {
      Value: { 'Fn::ImportValue': 'vendors-endpoint-service-name' },
    });
    template('billing').hasOutput('ListenerPort', { Value: '5434' });
  });

  test('registers the writer before there is a listener, and then waits for a healthy target', () => {
    const all = resources('billing');
    const needs = (type: string) =>
      idsOf(all, type).flatMap((id) => [...allNeedsOf(all, id)].map((one) => all[one]?.Type));
    expect(needs('AWS::ElasticLoadBalancingV2::Listener')).toContain('Custom::FirstRegistration');
    expect(needs('Custom::HealthyTarget')).toEqual(
      expect.arrayContaining([
        'AWS::ElasticLoadBalancingV2::Listener',
        'AWS::EC2::SecurityGroupIngress',
        'AWS::EC2::SecurityGroupEgress',
      ]),
    );
    expect(circular(all)).toEqual([]);
  });
});

/* docs/provider.md, "From a service of its own": step by step, as the file changes. */
describe('a move from a service of its own', () => {
  const [, , billing] = example.databases as [Json, Json, Json];
  const { shared: _, listenerPort: __, ...own } = billing.endpointService as Json;
  const before = { ...billing, endpointService: { ...own, allowedPrincipals: ['444455556666'] } };
  const beside = { ...billing, name: 'billing-shared' };
  const after = { ...billing, stackName: 'billing-shared' };

  test('leaves the former stack as it is while both are there, and the shared one when the former goes', () => {
    const [first, both, last] = [
      { loadBalancers: example.loadBalancers, databases: [before] },
      { ...example, databases: [before, beside] },
      { ...example, databases: [beside] },
    ].map((file) => synthesised(file).templates);
    expect(both?.billing).toBe(first?.billing);
    expect(both?.vendors).toBe(first?.vendors);
    expect(last).toEqual({ vendors: both?.vendors, 'billing-shared': both?.['billing-shared'] });
  });

  test('gives the name back, and keeps all that connections pass through', () => {
    const carrying = (file: File) =>
      Object.fromEntries(
        Object.entries(JSON.parse(synthesised(file).templates['billing-shared'] ?? '').Resources as Json).filter(
          ([, one]) => /^AWS::(ElasticLoadBalancingV2|EC2)::/.test((one as { Type: string }).Type),
        ),
      );
    const [held, renamed] = [beside, after].map((one) => carrying({ ...example, databases: [one] }));
    expect(Object.keys(held ?? {}).length).toBeGreaterThan(4);
    expect(renamed).toEqual(held);
  });
});
