import * as cloudwatchLogs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as scheduler from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../../sandbox/world/database/listener-engine.ts';
import { securityGroupIds } from '../../../sandbox/world/surroundings.ts';

/* What AWS refuses is refused, with AWS's code: a test that passes here by mistake would fail there. */

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({ kind: 'instance', engine: createListenerEngine, speed: 30, isScheduled: false });
  sandbox.surroundings.ec2.interfaces.set('10.0.1.200', {
    id: 'eni-1',
    type: 'interface',
    description: 'made by hand',
  });
}, 60_000);
afterAll(() => sandbox?.close());

type Client = { readonly send: (command: never) => Promise<unknown>; readonly destroy: () => void };

/** Sends one command, in one attempt, in the Region. */
const to =
  (Client: new (config: object) => Client) =>
  (command: object, region = 'eu-central-1'): Promise<unknown> => {
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    const client = new Client({ region, endpoint: sandbox.api.url, credentials, maxAttempts: 1 });
    return client.send(command as never).finally(() => client.destroy());
  };
const toRds = to(rds.RDSClient);
const toElb = to(elbv2.ElasticLoadBalancingV2Client);
const toEc2 = to(ec2.EC2Client);
const toLambda = to(lambda.LambdaClient);
const toLogs = to(cloudwatchLogs.CloudWatchLogsClient);
const toEvents = to(eventbridge.EventBridgeClient);
const toScheduler = to(scheduler.SchedulerClient);

const group = () => ({ TargetGroupArn: sandbox.targetGroup.arn });
const banana = { Targets: [{ Id: 'banana' }] };
const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
const at = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe('is refused with the code of AWS', () => {
  const cases: readonly (readonly [string, () => Promise<unknown>, string])[] = [
    // RDS
    [
      'a marker that RDS never gave',
      () => toRds(new rds.DescribeDBInstancesCommand({ Marker: 'bad' })),
      'InvalidParameterValue',
    ],
    [
      'a marker with something behind it',
      () => toRds(new rds.DescribeDBInstancesCommand({ Marker: 'b2Zmc2V0OjA=x' })),
      'InvalidParameterValue',
    ],
    [
      'a filter that RDS does not have',
      () => toRds(new rds.DescribeDBInstancesCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'a filter without a value',
      () => toRds(new rds.DescribeDBInstancesCommand(filter('engine'))),
      'InvalidParameterCombination',
    ],
    ['a negative Duration', () => toRds(new rds.DescribeEventsCommand({ Duration: -5 })), 'InvalidParameterValue'],
    [
      'a Duration beyond 14 days',
      () => toRds(new rds.DescribeEventsCommand({ Duration: 20_161 })),
      'InvalidParameterValue',
    ],
    [
      'a StartTime after the EndTime',
      () => toRds(new rds.DescribeEventsCommand({ StartTime: at(-1), EndTime: at(-2) })),
      'InvalidParameterCombination',
    ],
    [
      'a StartTime before the 14 days',
      () => toRds(new rds.DescribeEventsCommand({ StartTime: at(-20_200) })),
      'InvalidParameterValue',
    ],
    [
      'an unknown category',
      () => toRds(new rds.DescribeEventsCommand({ EventCategories: ['weather'] })),
      'InvalidParameterValue',
    ],
    [
      'an unknown type of source',
      () => toRds(new rds.DescribeEventsCommand({ SourceType: 'db-banana' as never })),
      'InvalidParameterValue',
    ],
    [
      'a source without its type',
      () => toRds(new rds.DescribeEventsCommand({ SourceIdentifier: 'orders' })),
      'InvalidParameterCombination',
    ],
    ...['9bad--', 'bad-', 'a--b', 'a_b', 'x'.repeat(64)].map(
      (name) =>
        [
          `${name} as a new name`,
          () =>
            toRds(
              new rds.ModifyDBInstanceCommand({
                DBInstanceIdentifier: 'orders',
                NewDBInstanceIdentifier: name,
              }),
            ),
          'InvalidParameterValue',
        ] as const,
    ),
    [
      'a new name that is taken',
      () =>
        toRds(
          new rds.ModifyDBInstanceCommand({
            DBInstanceIdentifier: 'orders',
            NewDBInstanceIdentifier: 'Orders',
          }),
        ),
      'DBInstanceAlreadyExistsFault',
    ],
    // ELBv2
    [
      'banana to be registered',
      () => toElb(new elbv2.RegisterTargetsCommand({ ...group(), ...banana })),
      'ValidationError',
    ],
    [
      'banana to be deregistered',
      () => toElb(new elbv2.DeregisterTargetsCommand({ ...group(), ...banana })),
      'ValidationError',
    ],
    [
      'banana to be described',
      () => toElb(new elbv2.DescribeTargetHealthCommand({ ...group(), ...banana })),
      'ValidationError',
    ],
    [
      'an IPv6 address in a group for IPv4',
      () => toElb(new elbv2.DeregisterTargetsCommand({ ...group(), Targets: [{ Id: '2001:db8:0:1::a' }] })),
      'ValidationError',
    ],
    [
      'a marker that ELBv2 never gave',
      () => toElb(new elbv2.DescribeTargetGroupsCommand({ Marker: 'bad' })),
      'ValidationError',
    ],
    [
      'names and ARNs of groups',
      () =>
        toElb(
          new elbv2.DescribeTargetGroupsCommand({
            Names: ['orders'],
            TargetGroupArns: [sandbox.targetGroup.arn],
          }),
        ),
      'ValidationError',
    ],
    [
      'names and ARNs of load balancers',
      () =>
        toElb(
          new elbv2.DescribeLoadBalancersCommand({
            Names: ['orders'],
            LoadBalancerArns: [sandbox.balancer.arn],
          }),
        ),
      'ValidationError',
    ],
    ['tags of nothing', () => toElb(new elbv2.DescribeTagsCommand({ ResourceArns: [] })), 'ValidationError'],
    // EC2
    [
      'a filter that security groups do not have',
      () => toEc2(new ec2.DescribeSecurityGroupsCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'a filter that subnets do not have',
      () => toEc2(new ec2.DescribeSubnetsCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'a filter that interfaces do not have',
      () => toEc2(new ec2.DescribeNetworkInterfacesCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'a filter that endpoints do not have',
      () => toEc2(new ec2.DescribeVpcEndpointsCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'a filter on associations, of which there are none',
      () => toEc2(new ec2.DescribeVpcEndpointAssociationsCommand(filter('colour', 'red'))),
      'InvalidParameterValue',
    ],
    [
      'an association of an endpoint that is not there',
      () => toEc2(new ec2.DescribeVpcEndpointAssociationsCommand({ VpcEndpointIds: ['vpce-0'] })),
      'InvalidVpcEndpointId.NotFound',
    ],
    ['a page of four', () => toEc2(new ec2.DescribeSubnetsCommand({ MaxResults: 4 })), 'InvalidParameterValue'],
    [
      'a token that EC2 never gave',
      () => toEc2(new ec2.DescribeSubnetsCommand({ NextToken: 'bad' })),
      'InvalidParameterValue',
    ],
    [
      'pages of what is named',
      () => toEc2(new ec2.DescribeSubnetsCommand({ MaxResults: 5, SubnetIds: ['subnet-0123456789abcdef1'] })),
      'InvalidParameterCombination',
    ],
    ['a dry run, by its own code', () => toEc2(new ec2.DescribeSubnetsCommand({ DryRun: true })), 'DryRunOperation'],
    // Lambda
    ...['live', '7'].map(
      (qualifier) =>
        [
          `the qualifier ${qualifier}, which was never published,`,
          () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift', Qualifier: qualifier })),
          'ResourceNotFoundException',
        ] as const,
    ),
    [
      'a qualifier in the name',
      () => toLambda(new lambda.GetFunctionConfigurationCommand({ FunctionName: 'orders-drift:live' })),
      'ResourceNotFoundException',
    ],
    [
      'two qualifiers',
      () =>
        toLambda(
          new lambda.GetFunctionConfigurationCommand({
            FunctionName: 'orders-drift:$LATEST',
            Qualifier: 'live',
          }),
        ),
      'InvalidParameterValueException',
    ],
    [
      'an unknown type of invocation',
      () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift', InvocationType: 'Later' as never })),
      'ValidationException',
    ],
    // CloudWatch Logs
    [
      'logs that end before they start',
      () =>
        toLogs(
          new cloudwatchLogs.FilterLogEventsCommand({
            logGroupName: '/aws/lambda/orders-drift',
            startTime: 2,
            endTime: 1,
          }),
        ),
      'InvalidParameterException',
    ],
    [
      'a limit of nothing',
      () => toLogs(new cloudwatchLogs.FilterLogEventsCommand({ logGroupName: '/aws/lambda/orders-drift', limit: 0 })),
      'InvalidParameterException',
    ],
    [
      'a token that Logs never gave',
      () =>
        toLogs(
          new cloudwatchLogs.FilterLogEventsCommand({
            logGroupName: '/aws/lambda/orders-drift',
            nextToken: 'bad',
          }),
        ),
      'InvalidParameterException',
    ],
    ['logs of no group', () => toLogs(new cloudwatchLogs.FilterLogEventsCommand({})), 'InvalidParameterException'],
    // EventBridge
    [
      'a rule with a name that cannot be',
      () => toEvents(new eventbridge.DescribeRuleCommand({ Name: 'or ders' })),
      'ValidationException',
    ],
    [
      'a bus that is not there',
      () => toEvents(new eventbridge.DescribeRuleCommand({ Name: 'orders-rds', EventBusName: 'mine' })),
      'ResourceNotFoundException',
    ],
    [
      'rules of what is no ARN',
      () => toEvents(new eventbridge.ListRuleNamesByTargetCommand({ TargetArn: 'orders-drift' })),
      'ValidationException',
    ],
  ];
  test.each(cases)('%s', async (_, send, name) => {
    await expect(send()).rejects.toMatchObject({ name });
  });
});

describe('an identifier beside filters', () => {
  const ids = async (input: rds.DescribeDBInstancesCommandInput) => {
    const { DBInstances } = (await toRds(
      new rds.DescribeDBInstancesCommand(input),
    )) as rds.DescribeDBInstancesCommandOutput;
    return DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  };
  test('is one more value of the filter by identifier, so that one that is not there does no harm beside one that is', async () => {
    expect(await ids({ DBInstanceIdentifier: 'nope', ...filter('db-instance-id', 'orders') })).toEqual(['orders']);
  });
  test('is narrowed by the other filters, and not found where nothing is left', async () => {
    expect(await ids({ DBInstanceIdentifier: 'orders', ...filter('engine', 'postgres') })).toEqual(['orders']);
    const oracle = ids({ DBInstanceIdentifier: 'orders', ...filter('engine', 'oracle-ee') });
    await expect(oracle).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    expect(await ids(filter('engine', 'oracle-ee'))).toEqual([]);
  });
});

describe('the filters of EC2', () => {
  const found = async (command: object, list: string, id: string) => {
    const answer = (await toEc2(command)) as Record<string, Record<string, unknown>[]>;
    return answer[list]?.map((one) => one[id]);
  };
  test.each([
    ['group-id', [securityGroupIds.database], [securityGroupIds.database]],
    ['group-name', ['sg-*0'], [securityGroupIds.database]],
    ['vpc-id', ['vpc-0123456789abcdef0'], Object.values(securityGroupIds)],
    ['vpc-id', ['vpc-1'], []],
    ['tag:Name', ['orders'], []],
  ])('security groups by %s %j', async (name, values, expected) => {
    const command = new ec2.DescribeSecurityGroupsCommand(filter(name, ...values));
    expect(await found(command, 'SecurityGroups', 'GroupId')).toEqual(expected);
  });
  test.each([
    ['availability-zone', ['eu-central-1?'], 3],
    ['availability-zone', ['eu-central-1a', 'eu-central-1b'], 2],
    ['cidr-block', ['10.0.3.0/24'], 1],
    ['availability-zone', ['EU-CENTRAL-1A'], 0],
  ])('subnets by %s %j', async (name, values, count) => {
    const command = new ec2.DescribeSubnetsCommand(filter(name, ...values));
    expect(await found(command, 'Subnets', 'SubnetId')).toHaveLength(count);
  });
  test.each([
    ['addresses.private-ip-address', ['10.0.1.200'], ['eni-1']],
    ['private-ip-address', ['10.0.1.200', '10.0.1.201'], ['eni-1']],
    ['requester-managed', ['false'], ['eni-1']],
    ['description', ['made*'], ['eni-1']],
    ['network-interface-id', ['eni-2'], []],
  ])('interfaces by %s %j', async (name, values, expected) => {
    const command = new ec2.DescribeNetworkInterfacesCommand(filter(name, ...values));
    expect(await found(command, 'NetworkInterfaces', 'NetworkInterfaceId')).toEqual(expected);
  });
  test("the database's own interfaces, one for each host, as RDS makes them", async () => {
    const command = () => new ec2.DescribeNetworkInterfacesCommand(filter('group-id', securityGroupIds.database));
    const shown = async () =>
      ((await toEc2(command())) as ec2.DescribeNetworkInterfacesResult).NetworkInterfaces?.map(
        ({ PrivateIpAddress, RequesterId, RequesterManaged, Description, InterfaceType }) =>
          [PrivateIpAddress, RequesterId, RequesterManaged, Description, InterfaceType].join(),
      );
    const { database, surroundings } = sandbox;
    const ofRds = database.places().map(({ ip }) => `${ip},amazon-rds,true,RDSNetworkInterface,interface`);
    expect(ofRds).toHaveLength(2);
    expect(await shown()).toEqual(ofRds);
    surroundings.ec2.unseen.add(database.writer().ip);
    expect(await shown()).toEqual(ofRds.slice(1));
    surroundings.ec2.unseen.clear();
  });
  test('endpoints by their state', async () => {
    const command = new ec2.DescribeVpcEndpointsCommand(filter('vpc-endpoint-state', 'pendingAcceptance'));
    expect(await found(command, 'VpcEndpoints', 'OwnerId')).toEqual(['444455556666']);
  });
});

describe('another Region', () => {
  const elsewhere = 'eu-west-1';
  test.each([
    [
      'no DB instance',
      () => toRds(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders' }), elsewhere),
      'DBInstanceNotFoundFault',
    ],
    ['no such target group', () => toElb(new elbv2.DescribeTargetHealthCommand(group()), elsewhere), 'ValidationError'],
    [
      'no security group',
      () => toEc2(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [securityGroupIds.database] }), elsewhere),
      'InvalidGroup.NotFound',
    ],
    [
      'no function',
      () => toLambda(new lambda.InvokeCommand({ FunctionName: 'orders-drift' }), elsewhere),
      'ResourceNotFoundException',
    ],
    [
      'no rule',
      () => toEvents(new eventbridge.DisableRuleCommand({ Name: 'orders-rds' }), elsewhere),
      'ResourceNotFoundException',
    ],
    [
      'no schedule',
      () => toScheduler(new scheduler.GetScheduleCommand({ Name: 'orders-drift' }), elsewhere),
      'ResourceNotFoundException',
    ],
  ])('has %s', async (_, send, name) => {
    await expect(send()).rejects.toMatchObject({ name });
  });
});

test('a load balancer tells the zone of its name', async () => {
  const answer = (await toElb(new elbv2.DescribeLoadBalancersCommand({}))) as elbv2.DescribeLoadBalancersCommandOutput;
  expect(answer.LoadBalancers?.[0]?.CanonicalHostedZoneId).toBe('Z3F0SRJ5LGBH90');
});
