import type { Subnet } from '../elbv2/vpc.ts';
import type { Operation, QueryParams, Service, XmlValue } from '../types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { listParam, structParam } from '../wire/params.ts';
import { ec2Replies } from './replies.ts';

/** A rule of a security group: TCP on one port, or everything. */
export type RuleSpec = {
  readonly port: number | 'all';
  readonly groupIds?: readonly string[];
  readonly cidrs?: readonly string[];
  readonly prefixListIds?: readonly string[];
};

export type SecurityGroupSpec = { readonly ingress: readonly RuleSpec[]; readonly egress: readonly RuleSpec[] };

export type NetworkInterface = { readonly id: string; readonly type: string; readonly description: string };

/** The part of EC2 that describes a network. */
export type Ec2 = {
  readonly service: Service;
  /** By id; changes take effect at once. */
  readonly securityGroups: Map<string, SecurityGroupSpec>;
  /** By private address; none at first. */
  readonly interfaces: Map<string, NetworkInterface>;
};

const ruleXml = ({ port, groupIds = [], cidrs = [], prefixListIds = [] }: RuleSpec): XmlValue => ({
  ipProtocol: port === 'all' ? '-1' : 'tcp',
  ...(port === 'all' ? {} : { fromPort: port, toPort: port }),
  groups: { item: groupIds.map((groupId) => ({ groupId, userId: '123456789012' })) },
  ipRanges: { item: cidrs.filter((cidr) => !cidr.includes(':')).map((cidrIp) => ({ cidrIp })) },
  ipv6Ranges: { item: cidrs.filter((cidr) => cidr.includes(':')).map((cidrIpv6) => ({ cidrIpv6 })) },
  prefixListIds: { item: prefixListIds.map((prefixListId) => ({ prefixListId })) },
});

const groupXml = (id: string, { ingress, egress }: SecurityGroupSpec, vpcId: string): XmlValue => ({
  ownerId: '123456789012',
  groupId: id,
  groupName: id,
  groupDescription: 'of the sandbox',
  vpcId,
  ipPermissions: { item: ingress.map(ruleXml) },
  ipPermissionsEgress: { item: egress.map(ruleXml) },
});

const subnetXml = ({ id, cidr, ipv6Cidr, availabilityZone }: Subnet, vpcId: string): XmlValue => ({
  subnetId: id,
  state: 'available',
  vpcId,
  cidrBlock: cidr,
  ...(ipv6Cidr
    ? {
        ipv6CidrBlockAssociationSet: {
          item: [{ ipv6CidrBlock: ipv6Cidr, ipv6CidrBlockState: { state: 'associated' } }],
        },
      }
    : {}),
  availabilityZone,
});

const interfaceXml = (ip: string, { id, type, description }: NetworkInterface, vpcId: string): XmlValue => ({
  networkInterfaceId: id,
  vpcId,
  interfaceType: type,
  description,
  privateIpAddress: ip,
  privateIpAddressesSet: { item: [{ privateIpAddress: ip, primary: true }] },
});

/** The addresses that the request asks for; another filter is refused, not passed over. */
function addressFilter(params: QueryParams): readonly string[] | undefined {
  const [filter] = structParam(params, 'Filter');
  const name = filter?.get('Name');
  if (!filter || name === undefined) return undefined;
  if (name === 'addresses.private-ip-address') return listParam(filter, 'Value');
  throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
}

/** The wanted ones, or all; EC2 answers an error when it does not know one of them. */
function select<T>(params: QueryParams, prefix: string, all: ReadonlyMap<string, T>, code: string): [string, T][] {
  const ids = listParam(params, prefix);
  return (ids.length > 0 ? ids : [...all.keys()]).map((id) => {
    const found = all.get(id);
    if (!found) throw new AwsError(code, `The ID '${id}' does not exist`);
    return [id, found];
  });
}

export function createEc2(
  vpc: { readonly id: string; readonly subnets: readonly Subnet[] },
  groups: Readonly<Record<string, SecurityGroupSpec>>,
): Ec2 {
  const securityGroups = new Map(Object.entries(groups));
  const interfaces = new Map<string, NetworkInterface>();
  const describeInterfaces: Operation = (params) => {
    const wanted = addressFilter(params);
    const found = [...interfaces].filter(([ip]) => wanted === undefined || wanted.includes(ip));
    return { networkInterfaceSet: { item: found.map(([ip, one]) => interfaceXml(ip, one, vpc.id)) } };
  };
  const subnets = new Map(vpc.subnets.map((subnet) => [subnet.id, subnet]));
  const describeGroups: Operation = (params) => {
    const found = select(params, 'GroupId', securityGroups, 'InvalidGroup.NotFound');
    return { securityGroupInfo: { item: found.map(([id, group]) => groupXml(id, group, vpc.id)) } };
  };
  const describeSubnets: Operation = (params) => {
    const found = select(params, 'SubnetId', subnets, 'InvalidSubnetID.NotFound');
    return { subnetSet: { item: found.map(([, subnet]) => subnetXml(subnet, vpc.id)) } };
  };
  return {
    service: {
      name: 'ec2',
      version: '2016-11-15',
      xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
      operations: {
        DescribeSecurityGroups: describeGroups,
        DescribeSubnets: describeSubnets,
        DescribeNetworkInterfaces: describeInterfaces,
      },
      replies: ec2Replies,
    },
    securityGroups,
    interfaces,
  };
}
