import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { createEc2Network } from '../../../lib/adapters/ec2-network.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { expectCut, mocked, refusal, region, run, unreadable } from './mocks.ts';

const ec2 = mocked(EC2Client);

describe('security groups and subnets', () => {
  const network = () => createEc2Network(new EC2Client(region), run);

  test('are known by their ids, rule by rule', async () => {
    ec2.on(DescribeSecurityGroupsCommand, { GroupIds: ['sg-1', 'sg-2'] }).resolves({
      SecurityGroups: [
        {
          GroupId: 'sg-1',
          IpPermissions: [
            {
              IpProtocol: 'tcp',
              FromPort: 1,
              ToPort: 2,
              IpRanges: [{ CidrIp: '10.0.0.0/8' }, {}],
              Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }, {}],
              UserIdGroupPairs: [{ GroupId: 'sg-9' }, {}],
              PrefixListIds: [{ PrefixListId: 'pl-1' }, {}],
            },
          ],
          IpPermissionsEgress: [{}],
        },
        {},
      ],
    });
    const none = { cidrs: [], groupIds: [], prefixListIds: [] };
    const given = { cidrs: ['10.0.0.0/8', 'fd00::/8'], groupIds: ['sg-9'], prefixListIds: ['pl-1'] };
    expect(await network().securityGroups(['sg-1', 'sg-2'])).toStrictEqual(
      known(
        new Map([
          [
            'sg-1',
            {
              id: 'sg-1',
              ingress: [{ protocol: 'tcp', fromPort: 1, toPort: 2, ...given }],
              egress: [{ protocol: '-1', ...none }],
            },
          ],
          ['', { id: '', ingress: [], egress: [] }],
        ]),
      ),
    );
    ec2.on(DescribeSubnetsCommand, { SubnetIds: ['s1'] }).resolves({
      Subnets: [{ SubnetId: 's1', AvailabilityZone: 'z1', CidrBlock: '10.0.1.0/24' }, {}],
    });
    expect(await network().subnets(['s1'])).toEqual(
      known(
        new Map([
          ['s1', { id: 's1', zone: 'z1', cidrs: ['10.0.1.0/24'] }],
          ['', { id: '', zone: '', cidrs: [] }],
        ]),
      ),
    );
    expectCut(ec2.calls());
  });

  test('are asked for by id only, never all of the account', async () => {
    expect([await network().securityGroups([]), await network().subnets([])]).toEqual([
      known(new Map()),
      known(new Map()),
    ]);
    expect(ec2.calls()).toEqual([]);
  });

  test('that the API leaves out, or keeps to itself, are not there', async () => {
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [] });
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [] });
    expect([await network().securityGroups(['x']), await network().subnets(['x'])]).toEqual([
      known(new Map()),
      known(new Map()),
    ]);
    ec2.on(DescribeSecurityGroupsCommand).resolves({}).on(DescribeSubnetsCommand).resolves({});
    expect([await network().securityGroups(['x']), await network().subnets(['x'])]).toMatchObject([
      unreadable('DescribeSecurityGroups gave no list'),
      unreadable('DescribeSubnets gave no list'),
    ]);
    ec2.on(DescribeSecurityGroupsCommand).rejects(refusal).on(DescribeSubnetsCommand).rejects(refusal);
    expect([await network().securityGroups(['x']), await network().subnets(['x'])]).toEqual([
      { kind: 'denied', action: 'ec2:DescribeSecurityGroups' },
      { kind: 'denied', action: 'ec2:DescribeSubnets' },
    ]);
  });
});

const interfaces = (addresses: readonly string[]) => createEc2Network(new EC2Client(region), run).interfaces(addresses);

const having = (...addresses: (string | undefined)[]) => ({
  PrivateIpAddresses: addresses.map((PrivateIpAddress) => (PrivateIpAddress ? { PrivateIpAddress } : {})),
});

const answering = (...NetworkInterfaces: NetworkInterface[]) =>
  ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces });

describe('the interfaces behind addresses', () => {
  test('are asked for by these addresses, and told with the endpoint that they belong to', async () => {
    answering(
      {
        NetworkInterfaceId: 'eni-1',
        InterfaceType: 'vpc_endpoint',
        Description: 'VPC Endpoint Interface vpce-0123abcd',
        ...having('10.0.7.7', '10.0.7.99'),
      },
      {
        NetworkInterfaceId: 'eni-2',
        Description: 'made beside vpce-0123abcd',
        RequesterId: 'amazon-rds',
        Groups: [{ GroupId: 'sg-1' }, { GroupId: 'sg-2' }],
        ...having('10.0.7.8'),
      },
      { InterfaceType: 'vpc_endpoint', Groups: [], ...having('10.0.7.9', undefined) },
      // Not all of its groups are known.
      { NetworkInterfaceId: 'eni-4', Groups: [{ GroupId: 'sg-1' }, {}], ...having('10.0.7.9') },
      { NetworkInterfaceId: 'eni-5' },
    );
    expect(await interfaces(['10.0.7.7', '10.0.7.8', '10.0.7.9'])).toStrictEqual(
      known(
        new Map([
          [
            '10.0.7.7',
            [
              {
                id: 'eni-1',
                endpointId: 'vpce-0123abcd',
                description: 'VPC Endpoint Interface vpce-0123abcd',
              },
            ],
          ],
          [
            '10.0.7.8',
            [
              {
                id: 'eni-2',
                requester: 'amazon-rds',
                description: 'made beside vpce-0123abcd',
                securityGroups: ['sg-1', 'sg-2'],
              },
            ],
          ],
          [
            '10.0.7.9',
            [
              { id: '', description: '', securityGroups: [] },
              { id: 'eni-4', description: '' },
            ],
          ],
        ]),
      ),
    );
    const [call] = ec2.commandCalls(DescribeNetworkInterfacesCommand);
    expect(call?.args).toEqual([
      expect.objectContaining({
        input: { Filters: [{ Name: 'private-ip-address', Values: ['10.0.7.7', '10.0.7.8', '10.0.7.9'] }] },
      }),
      { abortSignal: run },
    ]);
  });

  test('of IPv6 are asked for by themselves, and told in the spelling that was asked for', async () => {
    answering({ NetworkInterfaceId: 'eni-6', Ipv6Addresses: [{ Ipv6Address: '2001:DB8:0:1:0:0:0:a' }, {}] });
    const found = await interfaces(['2001:db8:0:1::a']);
    expect(found.kind === 'read' && [...found.value].map(([ip, [one]]) => [ip, one?.id])).toEqual([
      ['2001:db8:0:1::a', 'eni-6'],
    ]);
    const [call] = ec2.commandCalls(DescribeNetworkInterfacesCommand);
    expect(call?.args[0].input.Filters).toEqual([{ Name: 'ipv6-addresses.ipv6-address', Values: ['2001:db8:0:1::a'] }]);
  });

  test('are not those of the whole account when there is no address', async () => {
    expect(await interfaces([])).toEqual(known(new Map()));
    expect(ec2.calls()).toEqual([]);
  });

  test('that the API leaves out are not there, and that it refuses are denied', async () => {
    ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
    expect(await interfaces(['10.0.7.7'])).toEqual(known(new Map()));
    // An address on the next page has an owner all the same.
    for (const part of [{}, { NetworkInterfaces: [], NextToken: 'more' }]) {
      ec2.on(DescribeNetworkInterfacesCommand).resolves(part);
      expect(await interfaces(['10.0.7.7'])).toMatchObject(unreadable('DescribeNetworkInterfaces gave no list'));
    }
    ec2.on(DescribeNetworkInterfacesCommand).rejects(refusal);
    expect(await interfaces(['10.0.7.7'])).toEqual({ kind: 'denied', action: 'ec2:DescribeNetworkInterfaces' });
  });
});
