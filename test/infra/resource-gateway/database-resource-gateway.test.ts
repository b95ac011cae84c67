import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test, vi } from 'vitest';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import {
  DatabaseResourceGateway,
  type DatabaseResourceGatewayProps,
} from '../../../infra/resource-gateway/database-resource-gateway.ts';
import { newStack } from '../endpoint-rig.ts';
import { entriesFrom, exampleEntries, synthesise } from '../examples-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const cluster = FollowedDatabase.cluster({ clusterIdentifier: 'orders' });

function gatewayWith(props: Partial<DatabaseResourceGatewayProps> = {}, { stack, vpc } = newStack()) {
  new DatabaseResourceGateway(stack, 'Gateway', { vpc, database: cluster, port: 5432, ...props });
  return stack;
}
const templateWith = (props: Partial<DatabaseResourceGatewayProps> = {}) => Template.fromStack(gatewayWith(props));

describe('a resource gateway', () => {
  const rig = newStack();
  const databaseSecurityGroup = ec2.SecurityGroup.fromSecurityGroupId(rig.stack, 'Database', 'sg-0123456789abcdef0');
  const stack = gatewayWith(
    { databaseSecurityGroup, allowedPrincipals: ['444455556666'], addressesPerInterface: 4 },
    rig,
  );
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  const template = Template.fromStack(stack);
  const [gateway] = Object.keys(template.findResources('AWS::VpcLattice::ResourceGateway'));
  const [configuration] = Object.keys(template.findResources('AWS::VpcLattice::ResourceConfiguration'));

  test('stands in the given subnets with a security group and the asked number of addresses', () => {
    template.hasResourceProperties('AWS::VpcLattice::ResourceGateway', {
      Name: Match.stringLikeRegexp('^[a-z0-9-]{3,40}$'),
      VpcIdentifier: 'vpc-0123456789abcdef0',
      SubnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('SecurityGroup'), 'GroupId'] }],
      Ipv4AddressesPerEni: 4,
    });
  });

  test('shares the cluster by its ARN, without ports: they come with the ARN', () => {
    template.hasResourceProperties('AWS::VpcLattice::ResourceConfiguration', {
      ResourceConfigurationType: 'ARN',
      ResourceGatewayId: { 'Fn::GetAtt': [gateway, 'Id'] },
      ResourceConfigurationDefinition: {
        ArnResource: {
          'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':rds:eu-west-1:111122223333:cluster:orders']],
        },
      },
      PortRanges: Match.absent(),
      ProtocolType: Match.absent(),
      CustomDomainName: Match.absent(),
    });
  });

  test('cannot be shared on by a consumer, through a service network of its own', () => {
    template.hasResourceProperties('AWS::VpcLattice::ResourceConfiguration', {
      AllowAssociationToSharableServiceNetwork: false,
    });
  });

  test('reaches nothing but the database, which admits it', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0123456789abcdef0',
      FromPort: 5432,
      ToPort: 5432,
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
      DestinationSecurityGroupId: 'sg-0123456789abcdef0',
      FromPort: 5432,
    });
    for (const { Properties } of Object.values(template.findResources('AWS::EC2::SecurityGroup')))
      expect(Properties.SecurityGroupIngress).toBeUndefined();
  });

  test('is shared with the principals and no others', () => {
    template.hasResourceProperties('AWS::RAM::ResourceShare', {
      Principals: ['444455556666'],
      ResourceArns: [{ 'Fn::GetAtt': [configuration, 'Arn'] }],
    });
    templateWith().resourceCountIs('AWS::RAM::ResourceShare', 0);
  });

  test('logs each connection, and brings the query that shows to which addresses they went', () => {
    const [logGroup] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    template.hasResourceProperties('AWS::VpcLattice::AccessLogSubscription', {
      ResourceIdentifier: { 'Fn::GetAtt': [configuration, 'Arn'] },
      DestinationArn: { 'Fn::GetAtt': [logGroup, 'Arn'] },
    });
    template.hasResourceProperties('AWS::Logs::QueryDefinition', {
      LogGroupNames: [{ Ref: logGroup }],
      QueryString: Match.stringLikeRegexp('by resourceIpPort'),
    });
  });

  test('has no alarm unless silence is said to be one', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    templateWith({ quietFor: Duration.minutes(30) }).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/Logs',
      MetricName: 'IncomingLogEvents',
      EvaluationPeriods: 30,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });
});

test('of an instance is shared by the ARN of the instance', () => {
  templateWith({ database: FollowedDatabase.instance({ instanceIdentifier: 'billing' }) }).hasResourceProperties(
    'AWS::VpcLattice::ResourceConfiguration',
    {
      ResourceConfigurationDefinition: {
        ArnResource: { 'Fn::Join': ['', Match.arrayWith([':rds:eu-west-1:111122223333:db:billing'])] },
      },
    },
  );
});

test('a host name, which has no ARN, is shared by name and port', () => {
  const database = FollowedDatabase.hostname({
    hostname: 'checkout.proxy-c0ffee.eu-west-1.rds.amazonaws.com.',
    port: 5432,
  });
  const template = templateWith({ database, resolveInVpc: true });
  template.hasResourceProperties('AWS::VpcLattice::ResourceConfiguration', {
    ResourceConfigurationType: 'SINGLE',
    ProtocolType: 'TCP',
    PortRanges: ['5432'],
    ResourceConfigurationDefinition: {
      DnsResource: { DomainName: 'checkout.proxy-c0ffee.eu-west-1.rds.amazonaws.com', IpAddressType: 'IPV4' },
    },
    // What a consumer can take over into its VPC, so that clients and certificates know one name.
    CustomDomainName: 'checkout.proxy-c0ffee.eu-west-1.rds.amazonaws.com',
  });
  template.hasResourceProperties('AWS::VpcLattice::ResourceGateway', { ResourceConfigDnsResolution: 'IN_VPC' });
});

describe('a gateway and its configuration, of which little can be changed in place,', () => {
  type Named = { readonly Properties: { readonly Name: string }; readonly UpdateReplacePolicy?: string };
  const types = ['AWS::VpcLattice::ResourceGateway', 'AWS::VpcLattice::ResourceConfiguration'];
  const namedIn = (template: Template) =>
    types.flatMap((type) => Object.values(template.findResources(type) as Record<string, Named>));
  const names = (props: Partial<DatabaseResourceGatewayProps> = {}) =>
    namedIn(templateWith(props)).map(({ Properties }) => Properties.Name);
  const hostname = (resolveInVpc: boolean) => ({
    database: FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 }),
    resolveInVpc,
  });

  test('have names as VPC Lattice takes them, whatever the stack is called', () => {
    for (const id of ['orders', 'rgw-orders', 'rcfg-orders', `${'Very-Long-'.repeat(9)}Name`]) {
      const stack = new Stack(undefined, id);
      const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
      new DatabaseResourceGateway(stack, 'Gateway', { vpc, database: cluster, port: 5432 });
      // Pattern of both names in the CloudFormation reference, without the capital letters that it does not take either.
      for (const { Properties } of namedIn(Template.fromStack(stack)))
        expect(Properties.Name).toMatch(/^(?=.{3,40}$)(?!rgw-|rcfg-)(?![-])(?!.*[-]$)(?!.*[-]{2})[a-z0-9-]+$/);
    }
  });

  test('get other names with what a replacement needs, as they exist beside those that they replace', () => {
    const [gateway, configuration] = names();
    for (const changed of [names({ addressesPerInterface: 4 }), names(hostname(true))]) {
      expect(changed[0]).not.toBe(gateway);
      expect(changed[1]).not.toBe(configuration);
    }
    expect(names(hostname(true))).not.toEqual(names(hostname(false)));
    expect(names({ databaseCidrs: ['10.0.0.0/16'], allowedPrincipals: ['444455556666'] })).toEqual(names());
  });

  test('stay when they are replaced, for the consumers whose endpoints lead to them, and go with the stack', () => {
    for (const resource of namedIn(templateWith()))
      expect(resource).toMatchObject({ UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Delete' });
  });
});

describe('what a resource gateway cannot do stops the synth, with the reason and the alternative:', () => {
  test('a publicly accessible cluster', () => {
    expect(() => gatewayWith({ publiclyAccessible: true })).toThrow(
      /no publicly accessible cluster; use a DatabaseEndpointService/,
    );
  });

  test('ranges beside a security group, which would not be used', () => {
    const own = newStack();
    const databaseSecurityGroup = ec2.SecurityGroup.fromSecurityGroupId(own.stack, 'Database', 'sg-0123456789abcdef0');
    expect(() => gatewayWith({ databaseSecurityGroup, databaseCidrs: ['10.0.0.0/16'] }, own)).toThrow(
      'databaseCidrs is 10.0.0.0/16; allowed: nothing beside databaseSecurityGroup',
    );
  });

  test('several mistakes are reported in one go', () => {
    const attempt = () =>
      gatewayWith({
        port: 0,
        addressesPerInterface: 63,
        allowedPrincipals: ['*'],
        databaseCidrs: [],
        resolveInVpc: true,
        quietFor: Duration.seconds(90),
      });
    for (const part of [
      /port is 0/,
      /addressesPerInterface is 63/,
      /allowedPrincipals has "\*"/,
      /databaseCidrs is empty/,
    ])
      expect(attempt).toThrow(part);
    expect(attempt).toThrow(/resolveInVpc is true; .*quietFor is 1.5 minutes/);
  });
});

describe('in databases.json', () => {
  const [entry = {}] = JSON.parse(JSON.stringify(exampleEntries('resource-gateway.json'))) as Record<string, unknown>[];
  const withEntry = (change: object) => () => entriesFrom([{ ...entry, ...change }]);

  test('"access": "resource-gateway" makes a stack without load balancer and without any function', () => {
    const template = synthesise(exampleEntries('resource-gateway.json')).template('reports');
    for (const type of ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::Lambda::Function', 'AWS::Events::Rule'])
      template.resourceCountIs(type, 0);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'reports-gateway-quiet',
      AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:database-alarms'],
    });
    // What docs/choose.md and docs/provider.md end with.
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'GatewayAccessLogs',
      'ResourceConfigurationArn',
      'ResourceShareArn',
    ]);
  });

  test('a database moves from the load balancer to the gateway and back, and nothing of either is touched on the way', () => {
    const [both] = JSON.parse(JSON.stringify(exampleEntries('moving-to-resource-gateway.json'))) as Record<
      string,
      unknown
    >[];
    const { resourceGateway, endpointService, access: _, ...base } = both ?? {};
    const resources = (change: object) =>
      synthesise(entriesFrom([{ ...base, ...change }]))
        .template('orders')
        .toJSON().Resources as Record<string, object>;
    const before = resources({ endpointService });
    const after = resources({ access: 'resource-gateway', resourceGateway });
    const during = resources({ access: 'both', endpointService, resourceGateway });
    expect(during).toMatchObject(before);
    expect(during).toMatchObject(after);
    expect(Object.keys(during).sort()).toEqual([...new Set([...Object.keys(before), ...Object.keys(after)])].sort());
  });

  test.each([
    [{ access: 'gateway' }, /\$\[0\]\.access is "gateway"; allowed: "load-balancer" or "resource-gateway" or "both"/],
    [{ access: undefined, targetGroupArn: undefined }, /resourceGateway is .*; allowed: nothing, unless "access" is/],
    [{ vpc: undefined }, /\$\[0\]\.vpc is missing; allowed: the VPC and its subnets, which a resource gateway needs/],
    [{ database: { kind: 'cluster', id: 'reports' } }, /database\.port is missing/],
    [
      { database: { kind: 'cluster', id: 'reports', port: 5432, publiclyAccessible: true } },
      /publiclyAccessible is true; allowed: false: a resource gateway takes no publicly accessible cluster; use .*"access": "load-balancer"/,
    ],
    [
      { role: 'reader' },
      /role is "reader"; allowed: writer: a resource gateway shares a cluster with all its endpoints/,
    ],
    [
      { endpointService: { idleTimeoutSeconds: 600 } },
      /idleTimeoutSeconds is 600; allowed: nothing: the idle time-out .* fixed at 350/,
    ],
    [{ endpointService: { supportedRegions: ['us-east-1'] } }, /supportedRegions is .* of its own Region only/],
    [{ endpointService: {} }, /endpointService is \{\}; allowed: nothing: .*no service name to give to a vendor/],
    [
      {
        database: { kind: 'hostname', hostname: 'p.example.com', port: 5432, proxyName: 'p', identifier: 'reports' },
      },
      /database\.proxyName is "p"; allowed: nothing with "access": "resource-gateway": there are no functions[\s\S]*database\.identifier is "reports"/,
    ],
    [
      { database: { kind: 'cluster', id: 'reports', port: 5432, endpoint: 'reports.example.com' } },
      /database\.endpoint is "reports\.example\.com"; allowed: nothing/,
    ],
    [{ reconcile: { observeOnly: true } }, /reconcile is .*; allowed: nothing with "access": "resource-gateway"/],
    [
      { alarms: { heldMinutes: 5, noSuccessMinutes: 5 } },
      /alarms\.heldMinutes is 5; allowed: nothing with "access": "resource-gateway", whose one alarm is resourceGateway\.quietMinutes[\s\S]*noSuccessMinutes is 5/,
    ],
    [
      { alarms: { enabled: false } },
      /quietMinutes is 60; allowed: nothing with "alarms": \{"enabled": false\}, which leaves the alarm out/,
    ],
    [{ resourceGateway: { allowedPrincipals: ['*'] } }, /allowedPrincipals\[0\] is "\*"; allowed: an account/],
    [{ resourceGateway: { resolveInVpc: true } }, /resolveInVpc is true; allowed: nothing: RDS is shared by ARN/],
  ])('%j is refused with the reason', (change, message) => {
    expect(withEntry(change)).toThrow(message);
  });
});

test('is taken by a stack without account and Region', () => {
  const stack = new Stack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
  new DatabaseResourceGateway(stack, 'Gateway', { vpc, database: cluster, port: 5432 });
  Template.fromStack(stack).resourceCountIs('AWS::VpcLattice::ResourceGateway', 1);
});
