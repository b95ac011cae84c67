import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import { DatabaseListener, type DatabaseListenerProps } from '../../../infra/endpoint-service/database-listener.ts';
import {
  SharedEndpointService,
  type SharedEndpointServiceProps,
} from '../../../infra/endpoint-service/shared-endpoint-service.ts';
import { importedVpc, newStack } from '../endpoint-rig.ts';
import { addReconciler } from '../reconciler-rig.ts';

const group = (stack: Stack, id = 'sg-0123456789abcdef0') =>
  (stack.node.tryFindChild(id) as ec2.ISecurityGroup | undefined) ??
  ec2.SecurityGroup.fromSecurityGroupId(stack, id, id);

function shared(props: Partial<SharedEndpointServiceProps> = {}, { stack, vpc } = newStack()) {
  const service = new SharedEndpointService(stack, 'Shared', { vpc, ...props });
  const listen = (id: string, more: Partial<DatabaseListenerProps> = {}, scope = stack) =>
    new DatabaseListener(scope, id, {
      service,
      vpc,
      port: 5433,
      databaseSecurityGroup: group(scope),
      ...more,
    });
  return { stack, service, listen };
}

describe('listeners of one load balancer', () => {
  test('have ports of their own', () => {
    const { listen } = shared();
    listen('Orders');
    listen('Billing', { port: 5434, databaseSecurityGroup: undefined, databaseCidrs: ['10.0.0.0/24'] });
    expect(() => listen('Again')).toThrow(/orders\/Again: port is 5433; allowed: .*orders\/Orders listens on it/);
  });

  test('are as many as AWS gives', () => {
    const { service } = shared();
    for (let port = 1; port <= 50; port += 1) service.admit(port, 'some');
    expect(() => service.admit(51, 'orders/Late')).toThrow(/orders\/Late: orders\/Shared has 50 listeners/);
  });

  test('are added from other stacks without a change of the load balancer’s own', () => {
    const own = (isShared: boolean) => {
      const app = new App();
      const env = { account: '111122223333', region: 'eu-west-1' };
      const [one, other] = ['balancer', 'orders'].map((id) => new Stack(app, id, { env })) as [Stack, Stack];
      const { service } = shared({ consumerCidrs: ['10.9.0.0/16'] }, { stack: one, vpc: importedVpc(one) });
      service.addOutputs(one);
      const values = {
        ...{
          loadBalancerArn:
            'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/shared/0123456789abcdef',
          securityGroupId: 'sg-0fffffffffffffff0',
          serviceName: 'name',
        },
        databaseSecurityGroupIds: [],
      };
      const made = new DatabaseListener(other, 'Orders', {
        service: isShared ? service : values,
        vpc: importedVpc(other),
        port: 5433,
        databaseSecurityGroup: group(other),
      });
      addReconciler(other, { targetGroup: made.targetGroup });
      const { stacks } = app.synth();
      return Object.fromEntries(stacks.map(({ stackName, template }) => [stackName, template]));
    };
    const [there, without] = [own(true), own(false)];
    expect(there.balancer.Resources).toEqual(without.balancer.Resources);
    const types = Object.values(there.orders.Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
    expect(types).toEqual(
      expect.arrayContaining(['AWS::ElasticLoadBalancingV2::Listener', 'AWS::EC2::SecurityGroupEgress']),
    );
  });

  test('add no rule for a group that the load balancer admits to itself', () => {
    const { stack, vpc } = newStack();
    const { listen } = shared({ databaseSecurityGroups: [group(stack)] }, { stack, vpc });
    listen('Orders');
    listen('Readers', { port: 5434 });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0123456789abcdef0',
      ToPort: 65_535,
    });
  });

  test('admit the consumers of the load balancer to their port, or fewer', () => {
    const { stack, listen } = shared({ consumerCidrs: ['10.8.0.0/16', '10.9.0.0/16'] });
    listen('Orders');
    listen('Billing', {
      port: 5434,
      consumerCidrs: ['10.9.1.0/24'],
      databaseSecurityGroup: group(stack, 'sg-0000000b'),
    });
    const ingress = Object.values(Template.fromStack(stack).findResources('AWS::EC2::SecurityGroupIngress'));
    expect(
      ingress.flatMap(({ Properties: { CidrIp, ToPort } }) => (CidrIp ? [`${CidrIp} ${ToPort}`] : [])).sort(),
    ).toEqual(['10.8.0.0/16 5433', '10.9.0.0/16 5433', '10.9.1.0/24 5434']);
  });

  test('take a group or ranges, not both', () => {
    expect(() => shared().listen('Orders', { databaseCidrs: ['10.0.0.0/24'] })).toThrow(
      'databaseCidrs is 10.0.0.0/24; allowed: nothing beside databaseSecurityGroup',
    );
  });

  test('keep no standby warm: an address that passed to another database would be reached', () => {
    const { stack, listen } = shared();
    const { targetGroup } = listen('Orders');
    expect(() =>
      addReconciler(stack, { targetGroup, warmStandby: { securityGroup: group(stack, 'sg-0fffffffffffffff0') } }),
    ).toThrow(/warmStandby is given for the group of a DatabaseListener; allowed: nothing: .*its other databases/);
  });

  test('are in the Region of their load balancer', () => {
    const { service, stack } = shared();
    const env = { account: stack.account, region: 'eu-central-1' };
    const elsewhere = new Stack(stack.node.root, 'elsewhere', { env, crossRegionReferences: true });
    const props = { service, vpc: importedVpc(elsewhere), port: 5433, databaseCidrs: ['10.0.0.0/24'] };
    expect(() => new DatabaseListener(elsewhere, 'Orders', props)).toThrow(
      /service is in account 111122223333 and Region eu-west-1; allowed: .* Region eu-central-1, as the stack/,
    );
  });

  test('report all that is wrong at once', () => {
    const { listen } = shared({ supportedRegions: ['us-east-1'] });
    const wrong = {
      port: 0,
      databaseSecurityGroup: undefined,
      targetAddressType: 'ipv6',
      idleTimeout: Duration.hours(1),
    } as const;
    expect(() => listen('Wrong', { ...wrong, consumerCidrs: ['10.9.0.0/16'] })).toThrow(
      /port is 0;.*targetAddressType is ipv6;.*idleTimeout is 3600.*neither databaseSecurityGroup nor.*unless the service has consumerCidrs/,
    );
  });
});

test('a shared load balancer that has no listener yet lets nothing in and nothing out', () => {
  const { stack } = shared({ consumerCidrs: ['10.9.0.0/16'] });
  Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
    SecurityGroupEgress: [{ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp', FromPort: 252, ToPort: 86 }],
  });
  expect(() => shared({ allowedPrincipals: ['*'] })).toThrow(/orders\/Shared: allowedPrincipals has "\*"/);
});
