import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type IpPermission,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { known, read } from '../doctor/reading.ts';
import type { Instruments, Rule } from '../doctor/surroundings.ts';

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
          const groups = (reply.SecurityGroups ?? []).map((group) => ({
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
          const subnets = (reply.Subnets ?? []).map((subnet) => ({
            id: subnet.SubnetId ?? '',
            zone: subnet.AvailabilityZone ?? '',
            cidrs: [subnet, ...(subnet.Ipv6CidrBlockAssociationSet ?? [])].flatMap(rangeOf),
          }));
          return new Map(subnets.map((subnet) => [subnet.id, subnet]));
        }),
  interfaces: async (addresses) =>
    addresses.length === 0
      ? known(new Map())
      : read('ec2:DescribeNetworkInterfaces', async () => {
          const command = new DescribeNetworkInterfacesCommand({ Filters: filters(addresses) });
          const { NetworkInterfaces = [] } = await client.send(command, { abortSignal });
          return new Map(NetworkInterfaces.flatMap(byAddress).filter(([address]) => addresses.includes(address)));
        }),
});

const filters = (addresses: readonly string[]) => [{ Name: 'addresses.private-ip-address', Values: [...addresses] }];

/** EC2 names the endpoint of an interface in its description only: "VPC Endpoint Interface vpce-…". */
function byAddress({ NetworkInterfaceId: id = '', InterfaceType, Description = '', ...rest }: NetworkInterface) {
  const [endpointId] = InterfaceType === 'vpc_endpoint' ? (/vpce-[0-9a-f]+/.exec(Description) ?? []) : [];
  const found = { id, ...(endpointId ? { endpointId } : {}) };
  return (rest.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress }) =>
    PrivateIpAddress ? [[PrivateIpAddress, found] as const] : [],
  );
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
