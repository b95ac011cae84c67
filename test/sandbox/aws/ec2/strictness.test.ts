import * as ec2 from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { securityGroupIds } from '../../../../sandbox/world/surroundings.ts';
import { describeRefusals, filter, sandbox, toEc2 } from '../account.ts';

describeRefusals([
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
    'a filter that VPCs do not have',
    () => toEc2(new ec2.DescribeVpcsCommand(filter('colour', 'red'))),
    'InvalidParameterValue',
  ],
  ['a VPC that is not there', () => toEc2(new ec2.DescribeVpcsCommand({ VpcIds: ['vpc-0'] })), 'InvalidVpcID.NotFound'],
  [
    'a security group that is not there',
    () => toEc2(new ec2.DescribeSecurityGroupsCommand({ GroupIds: ['sg-0ffffffffffffffff'] })),
    'InvalidGroup.NotFound',
  ],
  ...['default', 'sg-0ffffffffffffffff,sg-01234567', 'sg-0FFFFFFFFFFFFFFFF', 'sg-1'].map(
    (id) =>
      [
        `"${id}", which is no id of a security group`,
        () => toEc2(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [securityGroupIds.database, id] })),
        'InvalidGroupId.Malformed',
      ] as const,
  ),
  [
    'a filter that interfaces do not have',
    () => toEc2(new ec2.DescribeNetworkInterfacesCommand(filter('colour', 'red'))),
    'InvalidParameterValue',
  ],
  [
    'a call with 201 values in its filters',
    () => {
      const values = (subnet: number, count: number) => Array.from({ length: count }, (_, i) => `10.0.${subnet}.${i}`);
      const Filters = [1, 2].map((n) => ({ Name: 'private-ip-address', Values: values(n, 99 + n) }));
      return toEc2(new ec2.DescribeNetworkInterfacesCommand({ Filters }));
    },
    'FilterLimitExceeded',
  ],
  [
    'a filter that endpoints do not have',
    () => toEc2(new ec2.DescribeVpcEndpointsCommand(filter('colour', 'red'))),
    'InvalidParameterValue',
  ],
  [
    'a filter that services do not have',
    () => toEc2(new ec2.DescribeVpcEndpointServicesCommand(filter('colour', 'red'))),
    'InvalidParameterValue',
  ],
  [
    'a service that AWS does not have',
    () => toEc2(new ec2.DescribeVpcEndpointServicesCommand({ ServiceNames: ['com.amazonaws.eu-central-1.moon'] })),
    'InvalidServiceName',
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
]);

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
    ['service-name', ['com.amazonaws.eu-central-1.rds', 'com.amazonaws.eu-central-1.moon'], 1],
    ['service-name', ['com.amazonaws.*.e*'], 3],
    ['service-type', ['Gateway'], 0],
  ])('services of AWS by %s %j', async (name, values, count) => {
    const command = new ec2.DescribeVpcEndpointServicesCommand(filter(name, ...values));
    expect(await found(command, 'ServiceDetails', 'ServiceName')).toHaveLength(count);
    expect(await toEc2(command)).toMatchObject({ ServiceNames: { length: count } });
  });
  test('endpoints to services of AWS by VPC and tag', async () => {
    const { awsEndpoints } = sandbox().surroundings.endpoints;
    const serviceName = 'com.amazonaws.eu-central-1.rds';
    const vpcId = 'vpc-0123456789abcdef0';
    awsEndpoints.push({ id: 'vpce-0a', serviceName, vpcId, privateDnsEnabled: true, tags: { Name: 'apis' } });
    for (const [name, value] of [
      ['vpc-id', vpcId],
      ['tag:Name', 'apis'],
    ] as const)
      expect(await toEc2(new ec2.DescribeVpcEndpointsCommand(filter(name, value)))).toMatchObject({
        VpcEndpoints: [{ VpcEndpointId: 'vpce-0a', ServiceName: serviceName, PrivateDnsEnabled: true }],
      });
    awsEndpoints.pop();
  });
  test.each([
    ['vpc-id', ['vpc-0123456789abcdef0'], 1],
    ['cidr-block-association.cidr-block', ['10.0.0.0/16'], 1],
    ['cidr', ['10.1.0.0/16'], 0],
    ['is-default', ['true'], 0],
  ])('VPCs by %s %j', async (name, values, count) => {
    expect(await found(new ec2.DescribeVpcsCommand(filter(name, ...values)), 'Vpcs', 'VpcId')).toHaveLength(count);
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
    const { database, surroundings } = sandbox();
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
