import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import type { DatabaseEndpointServiceProps } from '../../../infra/endpoint-service/database-endpoint-service.ts';
import { newStack, ranges, serviceWith, warningsOf } from '../endpoint-rig.ts';

const elb = (name: string) => `AWS::ElasticLoadBalancingV2::${name}`;
const attributes = (wanted: Record<string, string>) =>
  Match.arrayWith(Object.entries(wanted).map(([Key, Value]) => Match.objectLike({ Key, Value })));
const template = (props: Partial<DatabaseEndpointServiceProps> = {}) => serviceWith(props).template();

/** Match.arrayWith wants the order of the template; attributes have none. */
function hasAttributes(props: Partial<DatabaseEndpointServiceProps>, type: string, field: string, wanted: object) {
  for (const [key, value] of Object.entries(wanted)) {
    template(props).hasResourceProperties(elb(type), { [field]: attributes({ [key]: value }) });
  }
}

describe('the load balancer', () => {
  test('is internal and stands in the given subnets', () => {
    template().hasResourceProperties(elb('LoadBalancer'), {
      Type: 'network',
      Scheme: 'internal',
      Subnets: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
    });
  });

  test('sends connections across zones and can be deleted: the endpoint service refuses first', () => {
    hasAttributes({}, 'LoadBalancer', 'LoadBalancerAttributes', {
      'load_balancing.cross_zone.enabled': 'true',
      'deletion_protection.enabled': 'false',
    });
  });

  test('refuses to be deleted where that is asked for', () => {
    hasAttributes({ deletionProtection: true }, 'LoadBalancer', 'LoadBalancerAttributes', {
      'deletion_protection.enabled': 'true',
    });
  });

  test('has its own security group from the start', () => {
    template().hasResourceProperties(elb('LoadBalancer'), {
      SecurityGroups: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('SecurityGroup'), 'GroupId'] }],
    });
  });

  test('lets every accepted connection in when no consumer ranges are given', () => {
    const made = template();
    made.hasResourceProperties(elb('LoadBalancer'), { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' });
    made.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  });

  test('enforces the consumer ranges on the listener port when they are given', () => {
    const made = template({ port: 6000, databasePort: 5432, consumerCidrs: ['10.8.0.0/16', '10.9.0.0/16'] });
    made.hasResourceProperties(elb('LoadBalancer'), { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'on' });
    made.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: ['10.8.0.0/16', '10.9.0.0/16'].map((CidrIp) =>
        Match.objectLike({ CidrIp, IpProtocol: 'tcp', FromPort: 6000, ToPort: 6000 }),
      ),
    });
  });
});

describe('access to the database', () => {
  test('is open to private ranges on the database port alone when its security group is not known', () => {
    template({ port: 6000, databasePort: 5432 }).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((CidrIp) =>
        Match.objectLike({ CidrIp, IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 }),
      ),
    });
  });

  test('is open to the given ranges instead', () => {
    template({ databaseCidrs: ['10.1.0.0/24'] }).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '10.1.0.0/24', FromPort: 5432, ToPort: 5432 })],
    });
  });

  test('is opened on both sides when the security group of the database is given', () => {
    const { stack, vpc } = newStack();
    const databaseSecurityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0dddddddddddddddd');
    const made = serviceWith({ port: 6000, databasePort: 5432, databaseSecurityGroup }, { stack, vpc }).template();
    const own = { 'Fn::GetAtt': [Match.stringLikeRegexp('ServiceSecurityGroup'), 'GroupId'] };
    const port = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 };
    made.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0dddddddddddddddd',
      SourceSecurityGroupId: own,
      ...port,
    });
    made.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
      GroupId: own,
      DestinationSecurityGroupId: 'sg-0dddddddddddddddd',
      ...port,
    });
    made.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
    made.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: Match.absent() });
  });

  test('does not tie a database in another stack to this one in a circle', () => {
    const { stack, vpc } = newStack();
    const other = new Stack(stack.node.root, 'database', { env: { account: stack.account, region: stack.region } });
    const databaseSecurityGroup = new ec2.SecurityGroup(other, 'Database', {
      vpc: ec2.Vpc.fromVpcAttributes(other, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-west-1a'],
      }),
    });
    serviceWith({ databaseSecurityGroup }, { stack, vpc })
      .template()
      .resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
    Template.fromStack(other).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });
});

describe('the target group', () => {
  test('takes addresses and is created without any, so that a deployment cannot undo a failover', () => {
    template({ port: 6000, databasePort: 5432 }).hasResourceProperties(elb('TargetGroup'), {
      TargetType: 'ip',
      Protocol: 'TCP',
      Port: 5432,
      VpcId: 'vpc-0123456789abcdef0',
      Targets: Match.absent(),
    });
  });

  test('lets a former writer go at once, with its sessions', () => {
    hasAttributes({}, 'TargetGroup', 'TargetGroupAttributes', {
      'deregistration_delay.timeout_seconds': '0',
      'deregistration_delay.connection_termination.enabled': 'true',
      'preserve_client_ip.enabled': 'false',
    });
  });

  test('notices a dead target after two checks, ten seconds apart', () => {
    template().hasResourceProperties(elb('TargetGroup'), {
      HealthCheckProtocol: 'TCP',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    });
  });
});

describe('the listener', () => {
  test('forwards its own port to the target group', () => {
    template({ port: 6000, databasePort: 5432 }).hasResourceProperties(elb('Listener'), {
      Port: 6000,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: Match.stringLikeRegexp('TargetGroup') } }],
    });
  });

  test.each([
    [undefined, '350'],
    [Duration.hours(1), '3600'],
  ])('with the idle time-out %s forgets silent connections after %s seconds', (idleTimeout, seconds) => {
    hasAttributes({ idleTimeout }, 'Listener', 'ListenerAttributes', { 'tcp.idle_timeout.seconds': seconds });
  });
});

describe('the endpoint service', () => {
  const type = 'AWS::EC2::VPCEndpointService';

  test('offers the load balancer, and each connection has to be accepted', () => {
    template().hasResourceProperties(type, {
      AcceptanceRequired: true,
      NetworkLoadBalancerArns: [{ Ref: Match.stringLikeRegexp('LoadBalancer') }],
      SupportedRegions: Match.absent(),
      PrivateDnsName: Match.absent(),
    });
  });

  test('connects without acceptance when set so', () => {
    template({ acceptanceRequired: false }).hasResourceProperties(type, { AcceptanceRequired: false });
  });

  test('admits accounts and roles', () => {
    const role = 'arn:aws:iam::444455556666:role/vendor/loader';
    template({ allowedPrincipals: ['777788889999', role] }).hasResourceProperties(
      'AWS::EC2::VPCEndpointServicePermissions',
      {
        ServiceId: { Ref: Match.stringLikeRegexp('EndpointService') },
        AllowedPrincipals: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::777788889999:root']] }, role],
      },
    );
  });

  test('can be reached from other Regions, and always from its own, which AWS does not leave out', () => {
    const regions = (supportedRegions: string[]) =>
      Object.values(template({ supportedRegions }).findResources(type))[0]?.Properties.SupportedRegions;
    expect(regions(['eu-central-1'])).toEqual(['eu-west-1', 'eu-central-1']);
    expect(regions(['eu-central-1', 'eu-west-1'])).toEqual(['eu-central-1', 'eu-west-1']);
  });

  test('has the Regions as they are named where the stack does not know its own', () => {
    const stack = new Stack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    serviceWith({ supportedRegions: ['eu-central-1'] }, { stack, vpc });
    Template.fromStack(stack).hasResourceProperties(type, { SupportedRegions: ['eu-central-1'] });
  });

  test('takes no idle time-out of its own where consumers come from other Regions, as AWS does not', () => {
    const idle = (seconds: number, region: string) => () =>
      serviceWith({ idleTimeout: Duration.seconds(seconds), supportedRegions: [region] });
    expect(idle(3600, 'eu-central-1')).toThrow(/idleTimeout is 3600 seconds; allowed: 350 with supportedRegions/);
    expect(idle(350, 'eu-central-1')).not.toThrow();
    expect(idle(3600, 'eu-west-1')).not.toThrow();
  });

  test('exposes its name, and the record that proves a private DNS name', () => {
    const { stack, service } = serviceWith({ privateDnsName: 'orders.db.example.com' });
    service.addOutputs(stack);
    const made = Template.fromStack(stack);
    made.hasResourceProperties(type, { PrivateDnsName: 'orders.db.example.com' });
    const id = Match.stringLikeRegexp('EndpointService');
    made.hasOutput('EndpointServiceName', {
      Value: { 'Fn::Join': ['.', ['com.amazonaws.vpce', { Ref: 'AWS::Region' }, { Ref: id }]] },
    });
    for (const part of ['Name', 'Type', 'Value']) {
      made.hasOutput(`PrivateDnsVerification${part}`, {
        Value: { 'Fn::GetAtt': [id, `PrivateDnsNameConfiguration.${part}`] },
      });
    }
  });

  test('has no verification record without a private DNS name', () => {
    const { stack, service } = serviceWith();
    service.addOutputs(stack);
    expect(service.privateDnsVerification).toBeUndefined();
    expect(Object.keys(Template.fromStack(stack).findOutputs('*'))).toEqual(['EndpointServiceName']);
  });
});

describe('connection requests', () => {
  const type = 'AWS::EC2::VPCEndpointConnectionNotification';

  test('notify the topic, which PrivateLink may publish to for this account', () => {
    const { stack, vpc } = newStack();
    const notificationTopic = new sns.Topic(stack, 'Requests', { masterKey: new kms.Key(stack, 'Key') });
    const made = serviceWith({ notificationTopic }, { stack, vpc }).template();
    made.hasResource(type, {
      Properties: {
        ConnectionEvents: ['Connect', 'Accept', 'Reject', 'Delete'],
        ConnectionNotificationArn: { Ref: Match.stringLikeRegexp('Requests') },
        ServiceId: { Ref: Match.stringLikeRegexp('EndpointService') },
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('RequestsPolicy')]),
    });
    made.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'sns:Publish',
            Effect: 'Allow',
            Principal: { Service: 'vpce.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '111122223333' },
              ArnLike: {
                'aws:SourceArn': {
                  'Fn::Join': [
                    '',
                    ['arn:', { Ref: 'AWS::Partition' }, ':ec2:eu-west-1:111122223333:vpc-endpoint-service/*'],
                  ],
                },
              },
            },
          }),
        ],
      },
    });
    made.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'vpce.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          }),
        ]),
      },
    });
  });

  test('of a topic from elsewhere come with a word about its policy', () => {
    const { stack, vpc } = newStack();
    const notificationTopic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:requests');
    serviceWith({ notificationTopic }, { stack, vpc });
    Annotations.fromStack(stack).hasInfo(
      '/orders/Service',
      Match.stringLikeRegexp('sns:Publish to vpce.amazonaws.com'),
    );
  });

  test('notify no topic unless one is given', () => {
    template().resourceCountIs(type, 0);
  });
});

describe('wrong props', () => {
  const messageOf = (props: Partial<DatabaseEndpointServiceProps>): string => {
    try {
      serviceWith(props);
      return 'accepted';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const subnet = (stack: Stack, id: string, availabilityZone?: string) =>
    ec2.Subnet.fromSubnetAttributes(stack, id, { subnetId: `subnet-${id}`, availabilityZone, routeTableId: 'rtb' });
  const withSubnets = (...zones: (string | undefined)[]) => {
    const { stack, vpc } = newStack();
    const subnets = zones.map((zone, index) => subnet(stack, `s${index}`, zone));
    return () => serviceWith({ subnets: { subnets } }, { stack, vpc });
  };

  test.each<[Partial<DatabaseEndpointServiceProps>, string]>([
    [{ port: 0 }, 'port is 0; allowed: a whole number from 1 to 65535'],
    [{ databasePort: 70000 }, 'databasePort is 70000; allowed: a whole number from 1 to 65535'],
    [{ idleTimeout: Duration.seconds(59) }, 'idleTimeout is 59 seconds; allowed: whole seconds from 60 to 6000'],
    [{ idleTimeout: Duration.hours(2) }, 'idleTimeout is 7200 seconds; allowed'],
    [{ allowedPrincipals: ['*'] }, 'allowedPrincipals has "*"; allowed: an account id (12 digits) or arn:aws:iam::'],
    [{ allowedPrincipals: ['arn:aws:s3:::bucket'] }, 'allowedPrincipals has "arn:aws:s3:::bucket"; allowed'],
    [{ supportedRegions: ['Ireland'] }, 'supportedRegions has "Ireland"; allowed: a Region such as eu-west-1'],
    [{ privateDnsName: 'orders' }, 'privateDnsName has "orders"; allowed: a full DNS name'],
    [{ consumerCidrs: ['10.8.0.1/16'] }, 'consumerCidrs has "10.8.0.1/16"; allowed: an IPv4 range such as 10.0.0.0/16'],
    [{ consumerCidrs: [] }, 'consumerCidrs is empty; allowed: one IPv4 range or more, or leave it out'],
    [{ consumerCidrs: ['10.0.0.1'] }, 'consumerCidrs has "10.0.0.1"; allowed: an IPv4 range such as 10.0.0.0/16'],
    [{ databaseCidrs: ['fd00::/8'] }, 'databaseCidrs has "fd00::/8"; allowed: an IPv4 range'],
  ])('%j are refused with what is allowed', (props, message) => {
    expect(messageOf(props)).toContain(message);
  });

  test('ranges beside the group that they would not be used beside are refused', () => {
    const { stack, vpc } = newStack();
    const databaseSecurityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0123456789abcdef0');
    expect(() => serviceWith({ databaseSecurityGroup, databaseCidrs: ['10.1.0.0/24'] }, { stack, vpc })).toThrow(
      /: databaseCidrs is 10\.1\.0\.0\/24; allowed: nothing beside databaseSecurityGroup, by which the database is reached$/,
    );
  });

  test.each(['consumerCidrs', 'databaseCidrs', 'allowedPrincipals', 'supportedRegions'])(
    'a list of unknown length as %s is refused with what is allowed, and not by the text of a token',
    (name) => {
      const list = Fn.split(',', Fn.importValue('list'));
      expect(messageOf({ [name]: list })).toContain(
        `${name} is a list whose length only the deployment knows; allowed: a`,
      );
      expect(messageOf({ [name]: [Fn.select(0, list)] })).toBe('accepted');
    },
  );

  test('consumer ranges in which no client has an address bring a warning that says which clients get in', () => {
    const warned = (consumerCidrs: string[]) =>
      Annotations.fromStack(serviceWith({ consumerCidrs }).stack).findWarning(
        '*',
        Match.stringLikeRegexp(
          'by which no client gets in; allowed: .*PrivateLink shows clients by their own addresses',
        ),
      );
    expect(warned(['203.0.113.10/32'])).toHaveLength(1);
    expect(warned(['10.8.0.0/16', '0.0.0.0/0'])).toEqual([]);
  });

  test('a topic of another Region is refused, where AWS would halfway through a deployment', () => {
    const { stack, vpc } = newStack();
    const notificationTopic = sns.Topic.fromTopicArn(stack, 'T', 'arn:aws:sns:us-east-1:999922223333:requests');
    expect(() => serviceWith({ notificationTopic }, { stack, vpc })).toThrow(
      'orders/Service: notificationTopic is in Region us-east-1; allowed: Region eu-west-1, as the stack',
    );
  });

  test('more ranges than a security group has rules for by default bring a warning, as many do not', () => {
    expect(warningsOf(serviceWith({ consumerCidrs: ranges(60), databaseCidrs: ranges(60) }).stack)).toEqual([]);
    expect(warningsOf(serviceWith({ consumerCidrs: ranges(61) }).stack)).toEqual([
      expect.stringMatching(/gets 61 inbound rules for IPv4, and AWS gives a group 60 unless the quota .* was raised/),
    ]);
    expect(warningsOf(serviceWith({ databaseCidrs: ranges(61) }).stack)).toEqual([
      expect.stringMatching(/gets 61 outbound rules for IPv4/),
    ]);
  });

  test('are all named at once', () => {
    expect(messageOf({ port: 0, allowedPrincipals: ['x'] })).toMatch(
      /^orders\/Service: port is 0; .*; allowedPrincipals/,
    );
  });

  test('are subnets of fewer than two zones', () => {
    expect(withSubnets('eu-west-1a')).toThrow(
      'subnets are subnet-s0 in eu-west-1a; allowed: subnets in two Availability Zones or more',
    );
    expect(withSubnets('eu-west-1a', 'eu-west-1a')).toThrow('allowed: subnets in two Availability Zones or more');
    expect(withSubnets()).toThrow('subnets are none');
    expect(withSubnets(undefined)).toThrow('subnets are subnet-s0 in an unknown zone');
  });

  test('are two subnets of the same zone, which a load balancer cannot have', () => {
    expect(withSubnets('eu-west-1a', 'eu-west-1b', 'eu-west-1b')).toThrow('allowed: one subnet per Availability Zone');
  });

  test('are not subnets whose zones only the deployment knows', () => {
    expect(withSubnets(undefined, undefined)).not.toThrow();
  });
});

describe('a new version of the configuration', () => {
  /** What CloudFormation cannot change in place, by its documentation ("Update requires: Replacement"). */
  const replacing: Record<string, string[]> = {
    [elb('LoadBalancer')]: ['Name', 'Scheme', 'Type'],
    [elb('TargetGroup')]: ['Name', 'Port', 'Protocol', 'ProtocolVersion', 'TargetType', 'VpcId', 'IpAddressType'],
    [elb('Listener')]: ['LoadBalancerArn'],
    'AWS::EC2::SecurityGroup': ['GroupName', 'GroupDescription', 'VpcId'],
    'AWS::EC2::VPCEndpointService': [],
    'AWS::EC2::VPCEndpointServicePermissions': ['ServiceId'],
  };

  type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

  function replacedBetween(
    before: Partial<DatabaseEndpointServiceProps>,
    after: Partial<DatabaseEndpointServiceProps>,
  ) {
    const [old, young] = [before, after].map((props) => template(props).toJSON().Resources as Resources);
    return Object.entries(old ?? {})
      .filter(([id, { Type, Properties }]) => {
        const now = young?.[id];
        const keys = replacing[Type];
        if (!keys) throw new Error(`the table of replacing properties has no ${Type}`);
        return !now || keys.some((key) => JSON.stringify(Properties?.[key]) !== JSON.stringify(now.Properties?.[key]));
      })
      .map(([, { Type }]) => Type);
  }

  const full: Partial<DatabaseEndpointServiceProps> = { name: 'orders', allowedPrincipals: ['777788889999'] };

  test('with another name replaces nothing, and shows the new name', () => {
    expect(replacedBetween(full, { ...full, name: 'orders-eu' })).toEqual([]);
    for (const type of [elb('LoadBalancer'), elb('TargetGroup'), 'AWS::EC2::VPCEndpointService']) {
      template({ name: 'orders-eu' }).hasResourceProperties(type, {
        Tags: Match.arrayWith([{ Key: 'Name', Value: 'orders-eu' }]),
      });
    }
  });

  test.each<Partial<DatabaseEndpointServiceProps>>([
    { idleTimeout: Duration.hours(1) },
    { supportedRegions: ['eu-central-1'] },
  ])('with other consumers, time-outs or Regions, DNS name and listener port replaces nothing: %j', (change) => {
    expect(
      replacedBetween(
        { ...full, databasePort: 5432 },
        {
          ...full,
          databasePort: 5432,
          port: 6000,
          consumerCidrs: ['10.8.0.0/16'],
          ...change,
          privateDnsName: 'orders.example.com',
          allowedPrincipals: ['777788889999', '444455556666'],
          acceptanceRequired: false,
          deletionProtection: true,
        },
      ),
    ).toEqual([]);
  });

  test('with another port of the database replaces the target group, as the documentation of the option says', () => {
    expect(replacedBetween({ port: 6000, databasePort: 5432 }, { port: 6000, databasePort: 5433 })).toEqual([
      elb('TargetGroup'),
    ]);
  });
});
