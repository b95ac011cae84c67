import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type IpPermission,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { canonicalIp } from '../addresses.ts';
import { known, read } from '../doctor/reading.ts';
import type { Instruments, Rule } from '../doctor/surroundings.ts';
import { listOf } from './asked.ts';

/** Security groups, subnets and interfaces through the EC2 API. */
export const createEc2Network = (
  client: EC2Client,
  abortSignal?: AbortSignal,
): Pick<Required<Instruments>, 'securityGroups' | 'subnets' | 'interfaces'> => ({
  securityGroups: async (ids) =>
    ids.length === 0
      ? known(new Map())
      : read('ec2:DescribeSecurityGroups', async () => {
          const reply = await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [...ids] }), { abortSignal });
          const groups = listOf('DescribeSecurityGroups', reply.SecurityGroups).map((group) => ({
            id: group.GroupId ?? '',
            ingress: (group.IpPermissions ?? []).map(rule),
            egress: (group.IpPermissionsEgress ?? []).map(rule),
          }));
          return new Map(groups.map((group) => [group.id, group]));
        }),
  subnets: async (ids) =>
    ids.length === 0
      ? known(new Map())
      : read('ec2:DescribeSubnets', async () => {
          const reply = await client.send(new DescribeSubnetsCommand({ SubnetIds: [...ids] }), { abortSignal });
          const subnets = listOf('DescribeSubnets', reply.Subnets).map((subnet) => ({
            id: subnet.SubnetId ?? '',
            zone: subnet.AvailabilityZone ?? '',
            cidrs: [subnet, ...(subnet.Ipv6CidrBlockAssociationSet ?? [])].flatMap(rangeOf),
          }));
          return new Map(subnets.map((subnet) => [subnet.id, subnet]));
        }),
  interfaces: async (addresses) =>
    read('ec2:DescribeNetworkInterfaces', async () => {
      const replies = filtersOf(addresses).map((Filters) =>
        client.send(new DescribeNetworkInterfacesCommand({ Filters }), { abortSignal }),
      );
      const found = (await Promise.all(replies)).flatMap(({ NetworkInterfaces, NextToken }) =>
        listOf('DescribeNetworkInterfaces', NextToken ? undefined : NetworkInterfaces),
      );
      const all = found.flatMap(byAddress);
      return new Map(
        addresses.flatMap((ip) => {
          const having = all.filter(([address]) => address === canonicalIp(ip)).map(([, one]) => one);
          return having.length > 0 ? [[ip, having] as const] : [];
        }),
      );
    }),
});

/** EC2 filters by addresses of one family. */
const filtersOf = (addresses: readonly string[]) =>
  (['private-ip-address', 'ipv6-addresses.ipv6-address'] as const).flatMap((Name) => {
    const Values = addresses.filter((ip) => ip.includes(':') === Name.startsWith('ipv6'));
    return Values.length > 0 ? [[{ Name, Values }]] : [];
  });

/** EC2 names the endpoint of an interface in its description only: "VPC Endpoint Interface vpce-…". */
function byAddress({
  NetworkInterfaceId: id = '',
  InterfaceType,
  Description: description = '',
  ...rest
}: NetworkInterface) {
  const [endpointId] = InterfaceType === 'vpc_endpoint' ? (/vpce-[0-9a-f]+/.exec(description) ?? []) : [];
  const found = {
    id,
    ...(endpointId ? { endpointId } : {}),
    ...(rest.RequesterId ? { requester: rest.RequesterId } : {}),
    description,
    ...(rest.Groups?.every(({ GroupId }) => GroupId)
      ? { securityGroups: rest.Groups.flatMap(({ GroupId }) => GroupId ?? []) }
      : {}),
  };
  const addresses = [
    ...(rest.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
    ...(rest.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
  ];
  return addresses.flatMap((address) => (address ? [[canonicalIp(address), found] as const] : []));
}

const rangeOf = (of: { readonly CidrBlock?: string; readonly Ipv6CidrBlock?: string }) =>
  of.CidrBlock ?? of.Ipv6CidrBlock ?? [];

const rule = (permission: IpPermission): Rule => ({
  protocol: permission.IpProtocol ?? '-1',
  ...(permission.FromPort === undefined ? {} : { fromPort: permission.FromPort }),
  ...(permission.ToPort === undefined ? {} : { toPort: permission.ToPort }),
  cidrs: [
    ...(permission.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
    ...(permission.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
  ],
  groupIds: (permission.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  prefixListIds: (permission.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
});
