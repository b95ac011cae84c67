import { App, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test, vi } from 'vitest';
import type { DatabaseEntry } from '../../../infra/config/databases.ts';
import { Placement } from '../../../infra/placement/placement.ts';
import { PrivateApiAccess, type PrivateApiAccessProps } from '../../../infra/placement/private-api-access.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { importedVpc, newStack } from '../endpoint-rig.ts';
import { createApp, entriesFrom, exampleEntries, synthesise } from '../examples-rig.ts';
import { addReconciler, functionOf, resolved, resourcesOf } from '../reconciler-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

function accessWith(props: Partial<PrivateApiAccessProps>, { stack, vpc } = newStack()) {
  return { stack, vpc, access: new PrivateApiAccess(stack, 'Access', { vpc, ...props }) };
}

type Endpoint = { readonly api: string; readonly actions: readonly string[]; readonly type: string };

const endpointsOf = (template: Template): Endpoint[] =>
  resourcesOf(template, 'AWS::EC2::VPCEndpoint')
    .map(([, { Properties }]) => ({
      api: String(resolved(Properties.ServiceName)).split('.').at(-1) ?? '',
      actions: [Properties.PolicyDocument.Statement[0].Action].flat(),
      type: Properties.VpcEndpointType,
    }))
    .sort((a, b) => a.api.localeCompare(b.api));

describe('private API access', () => {
  const calls = [
    'rds:DescribeDBClusters',
    'rds:DescribeDBInstances',
    'elasticloadbalancing:DescribeTargetHealth',
    'cloudwatch:GetMetricData',
    'logs:StartQuery',
    'sts:GetCallerIdentity',
    'secretsmanager:GetSecretValue',
    's3:PutObject',
  ];
  const { stack } = accessWith({ calls, clientCidrs: ['10.0.0.0/16'] });
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  const template = Template.fromStack(stack);

  test('has an endpoint for each API that is called and no other, whose policy allows just the calls', () => {
    expect(endpointsOf(template)).toEqual([
      { api: 'elasticloadbalancing', actions: ['elasticloadbalancing:DescribeTargetHealth'], type: 'Interface' },
      { api: 'logs', actions: ['logs:StartQuery'], type: 'Interface' },
      { api: 'monitoring', actions: ['cloudwatch:GetMetricData'], type: 'Interface' },
      { api: 'rds', actions: ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'], type: 'Interface' },
      { api: 's3', actions: ['s3:PutObject'], type: 'Gateway' },
      { api: 'secretsmanager', actions: ['secretsmanager:GetSecretValue'], type: 'Interface' },
      { api: 'sts', actions: ['sts:GetCallerIdentity'], type: 'Interface' },
    ]);
  });

  test('refuses calls with the rights of another account', () => {
    template.allResourcesProperties('AWS::EC2::VPCEndpoint', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: { StringEquals: { 'aws:PrincipalAccount': '111122223333' } },
            Effect: 'Allow',
          }),
        ],
      },
    });
  });

  test('answers to the usual names, and admits the given ranges on HTTPS', () => {
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { PrivateDnsEnabled: true });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443 })],
    });
  });

  test('reaches S3 by the route tables of the subnets, without interfaces', () => {
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: ['rtb-0aaaaaaaaaaaaaaaa', 'rtb-0bbbbbbbbbbbbbbbb'],
    });
  });
});

test('an existing endpoint is used, not created: the client reaches its security group', () => {
  const rig = newStack();
  const theirs = ec2.SecurityGroup.fromSecurityGroupId(rig.stack, 'Theirs', 'sg-0123456789abcdef0');
  const client = ec2.SecurityGroup.fromSecurityGroupId(rig.stack, 'Client', 'sg-0123456789abcdef1', {
    allowAllOutbound: false,
  });
  const { access } = accessWith({ existing: { rds: theirs } }, rig);
  access.admit(client, ['rds:DescribeDBInstances', 'ec2:DescribeNetworkInterfaces']);
  const template = Template.fromStack(rig.stack);
  expect(endpointsOf(template).map(({ api }) => api)).toEqual(['ec2']);
  template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
    GroupId: 'sg-0123456789abcdef1',
    DestinationSecurityGroupId: 'sg-0123456789abcdef0',
  });
  template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 2);
});

test('in a VPC with other users of the APIs, other calls of the account pass too, if that is asked for', () => {
  const { stack } = accessWith({ calls: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'], allowOtherCalls: true });
  expect(endpointsOf(Template.fromStack(stack))).toEqual([{ api: 'rds', actions: ['*'], type: 'Interface' }]);
});

const statementsOf = (template: Template) =>
  resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.map(({ Action, Condition }: Record<string, unknown>) => ({
      Action,
      ...(Condition as { StringEquals: object }).StringEquals,
    })),
  );

test('other accounts and organisations may be let through, with the same calls', () => {
  const { stack, access } = accessWith({ allowOtherCalls: false, otherCallers: ['444455556666', 'o-a1b2c3d4e5'] });
  const client = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Client', 'sg-0123456789abcdef1');
  access.admit(client, ['rds:DescribeDBInstances', 'rds:DescribeDBClusters']);
  const Action = ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'];
  expect(statementsOf(Template.fromStack(stack))).toEqual([
    [
      { Action, 'aws:PrincipalAccount': ['111122223333', '444455556666'] },
      { Action, 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
    ],
  ]);
});

test.each<[Partial<PrivateApiAccessProps>, number]>([
  [{}, 1],
  [{ allowOtherCalls: false }, 0],
  [{ allowOtherCalls: true }, 0],
  [{ privateDns: false }, 0],
])('with %j there are %i warnings that other calls in the VPC would be denied', (props, count) => {
  const { stack } = accessWith({ calls: ['rds:DescribeDBInstances'], ...props });
  const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('every client in the VPC'));
  expect(found).toHaveLength(count);
});

test('a call to an API without an endpoint here stops the synth, and says which there are', () => {
  expect(() => accessWith({ calls: ['dynamodb:GetItem'] })).toThrow(
    /calls has "dynamodb:GetItem"; allowed: actions of elasticloadbalancing, rds, ec2, .* and s3/,
  );
});

describe('databases that share one', () => {
  test('get one endpoint per API between them, with the calls of all, and no variables', () => {
    const stack = new Stack(new App(), 'orders');
    const vpc = importedVpc(stack);
    const access = new PrivateApiAccess(stack, 'Access', { vpc });
    const placement = Placement.insideVpc({ vpc, endpoints: access });
    addReconciler(stack, { placement });
    const database = FollowedDatabase.cluster({ clusterIdentifier: 'ledger' });
    addReconciler(stack, { placement, databaseName: 'ledger', database }, 'Second');
    const template = Template.fromStack(stack);
    expect(endpointsOf(template).map(({ api }) => api)).toEqual(['ec2', 'elasticloadbalancing', 'rds']);
    expect(endpointsOf(template)[0]?.actions).toEqual(['ec2:DescribeNetworkInterfaces']);
    expect(endpointsOf(template)[2]?.actions).toEqual(['rds:DescribeDBInstances', 'rds:DescribeDBClusters']);
    const { Variables } = functionOf(template, 'Drift').Properties.Environment;
    expect(Object.keys(Variables).filter((name) => name.startsWith('AWS_'))).toEqual([]);
  });

  test('that follow a host name call no RDS API, and have no endpoint for it', () => {
    const stack = new Stack(new App(), 'orders');
    const vpc = importedVpc(stack);
    const database = FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 });
    addReconciler(stack, { database, placement: Placement.insideVpc({ vpc, endpoints: 'create' }) });
    expect(endpointsOf(Template.fromStack(stack)).map(({ api }) => api)).toEqual(['elasticloadbalancing']);
  });

  test('in databases.json, "shared" makes one stack for the VPC, in every zone of theirs, before theirs', () => {
    const { stacks, template } = synthesise(exampleEntries('shared-api-access.json'));
    const names = stacks.map(({ stackName }) => stackName);
    expect(names).toEqual(['ledger', 'invoices', 'private-api-access-vpc-0fe14010b4fe83303']);
    for (const stack of stacks.slice(0, 2)) expect(stack.dependencies).toEqual([stacks[2]]);
    const shared = template('private-api-access-vpc-0fe14010b4fe83303');
    expect(endpointsOf(shared).map(({ api }) => api)).toEqual(['ec2', 'elasticloadbalancing', 'rds']);
    shared.allResourcesProperties('AWS::EC2::VPCEndpoint', {
      PrivateDnsEnabled: true,
      SubnetIds: ['subnet-0b90764f03c7051bc', 'subnet-0d7fb743d72902e4b', 'subnet-0c7fb743d72902e4b'],
    });
    template('ledger').resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });

  test('reaches Secrets Manager for the database that probes with a secret, and for that alone', () => {
    const [iam, secret] = exampleEntries('probe.json').map((entry) => ({
      ...entry,
      placement: { endpoints: 'shared' as const },
    }));
    const services = (...entries: readonly unknown[]) =>
      Object.values(
        synthesise(entriesFrom(entries))
          .template('private-api-access-vpc-0a4f6c1d2e3b59871')
          .findResources('AWS::EC2::VPCEndpoint'),
      ).map(({ Properties }) => String(Properties.ServiceName).replace('com.amazonaws.eu-central-1.', ''));
    expect(services(iam).sort()).toEqual(['ec2', 'elasticloadbalancing', 'rds']);
    expect(services(iam, secret).sort()).toEqual(['ec2', 'elasticloadbalancing', 'rds', 'secretsmanager']);
  });

  test('lets calls of other clients of this account pass, and those of "otherCallers"', () => {
    const name = 'private-api-access-vpc-0fe14010b4fe83303';
    const own = { Action: '*', 'aws:PrincipalAccount': '111122223333' };
    const [ledger, invoices] = exampleEntries('shared-api-access.json');
    const { template } = synthesise([ledger, invoices] as DatabaseEntry[]);
    expect(statementsOf(template(name))).toEqual([[own], [own], [own]]);
    const with_ = (entry: DatabaseEntry | undefined, more: object) => ({
      ...entry,
      placement: { endpoints: 'shared', ...more },
    });
    const more = synthesise(
      entriesFrom([
        with_(ledger, { otherCallers: ['444455556666', 'o-a1b2c3d4e5'], clientCidrs: ['10.61.0.0/16'] }),
        with_(invoices, { otherCallers: ['444455556666'] }),
      ]),
    ).template(name);
    const both = [
      { Action: '*', 'aws:PrincipalAccount': ['111122223333', '444455556666'] },
      { Action: '*', 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
    ];
    expect(statementsOf(more)).toEqual([both, both, both]);
    more.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        Match.objectLike({ CidrIp: '10.60.0.0/16', FromPort: 443 }),
        Match.objectLike({ CidrIp: '10.61.0.0/16', FromPort: 443 }),
      ],
    });
  });

  test.each<[object, object, RegExp]>([
    [
      { placement: { endpoints: 'existing' } },
      {},
      /\[0\]\.placement\.endpoints is "existing"; allowed: "shared", as \[1\] in the same VPC/,
    ],
    [
      {},
      { placement: { endpoints: 'shared', endpointSecurityGroupId: 'sg-0123456789abcdef0' } },
      /\[1\]\.placement\.endpointSecurityGroupId is .*; allowed: nothing: shared/,
    ],
    [
      {},
      { placement: { endpoints: 'create', otherCallers: ['444455556666'] } },
      /\[1\]\.placement\.otherCallers is .*; allowed: nothing, unless "endpoints" is "shared"/,
    ],
    [
      { vpc: { id: 'vpc-0fe14010b4fe83303', subnets: [] } },
      {},
      /\[0\]\.vpc\.cidr is missing; allowed: the range of the VPC/,
    ],
  ])('but not with %j and %j', (first, second, message) => {
    const [one, two] = JSON.parse(JSON.stringify(exampleEntries('shared-api-access.json')));
    expect(() =>
      entriesFrom([
        { ...one, ...first },
        { ...two, ...second },
      ]),
    ).toThrow(message);
  });
});

describe('private DNS, which exists once per VPC and API,', () => {
  const twice = (second: (stack: Stack, vpc: ec2.IVpc) => void) => {
    const app = createApp();
    const env = { account: '111122223333', region: 'eu-west-1' };
    const [one, two] = [new Stack(app, 'One', { env }), new Stack(app, 'Two', { env })];
    new PrivateApiAccess(one, 'Access', { vpc: importedVpc(one), calls: ['rds:DescribeDBInstances'] });
    second(two, importedVpc(two));
    return () => app.synth();
  };

  test('is claimed by two stacks of the app: the synth stops and names both and the remedies', () => {
    const attempt = twice((stack, vpc) => {
      new ec2.InterfaceVpcEndpoint(stack, 'Theirs', {
        vpc,
        service: ec2.InterfaceVpcEndpointAwsService.RDS,
        open: false,
      });
    });
    expect(attempt).toThrow(
      /One\/Access\/RdsEndpoint\/Resource and Two\/Theirs\/Resource both claim private DNS for rds in vpc-0123456789abcdef0 .*"endpoints": "shared"/,
    );
  });

  test('is no conflict for another API, or without private DNS', () => {
    expect(
      twice((stack, vpc) => {
        new PrivateApiAccess(stack, 'Access', { vpc, calls: ['sts:GetCallerIdentity'] });
        new PrivateApiAccess(stack, 'Quiet', { vpc, calls: ['rds:DescribeDBInstances'], privateDns: false });
      }),
    ).not.toThrow();
  });

  test('is seen for a VPC that another stack of the app creates', () => {
    const app = createApp();
    const [one, two] = [new Stack(app, 'One'), new Stack(app, 'Two')];
    const vpc = new ec2.Vpc(one, 'Vpc', {
      subnetConfiguration: [{ name: 'a', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
    for (const stack of [one, two]) new PrivateApiAccess(stack, 'Access', { vpc, calls: ['rds:DescribeDBInstances'] });
    expect(() => app.synth()).toThrow(/both claim private DNS for rds in One\/Vpc/);
  });
});
