import { home, type Subnet } from '../../world/network.ts';
import type { Operation, Service } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { aliases, ec2Replies, type Fields, filtered, named, pageOf, refuseDryRun } from './dialect.ts';
import { type InterfaceSpec, interfaceFields, interfaceXml, type NetworkInterface } from './interfaces.ts';
import { describeVpcs } from './vpcs.ts';

/** A rule of a security group: TCP on one port, or everything. */
export type RuleSpec = {
  readonly port: number | 'all';
  readonly groupIds?: readonly string[];
  readonly cidrs?: readonly string[];
  readonly prefixListIds?: readonly string[];
};

export type SecurityGroupSpec = { readonly ingress: readonly RuleSpec[]; readonly egress: readonly RuleSpec[] };

/** The part of EC2 that describes a network. */
export type Ec2 = {
  readonly service: Service;
  /** By id; changes take effect at once. */
  readonly securityGroups: Map<string, SecurityGroupSpec>;
  /** The ranges of each VPC by its id. Subnets, security groups and interfaces are in the first. */
  readonly vpcs: Map<string, readonly string[]>;
  /** Beside the database's, by private address; none at first. */
  readonly interfaces: Map<string, InterfaceSpec>;
  /** Addresses whose interfaces EC2 does not show yet: its views are eventually consistent. */
  readonly unseen: Set<string>;
};

const ruleXml = ({ port, groupIds = [], cidrs = [], prefixListIds = [] }: RuleSpec): XmlValue => ({
  ipProtocol: port === 'all' ? '-1' : 'tcp',
  ...(port === 'all' ? {} : { fromPort: port, toPort: port }),
  groups: { item: groupIds.map((groupId) => ({ groupId, userId: home.account })) },
  ipRanges: { item: cidrs.filter((cidr) => !cidr.includes(':')).map((cidrIp) => ({ cidrIp })) },
  ipv6Ranges: { item: cidrs.filter((cidr) => cidr.includes(':')).map((cidrIpv6) => ({ cidrIpv6 })) },
  prefixListIds: { item: prefixListIds.map((prefixListId) => ({ prefixListId })) },
});

const groupXml = (id: string, { ingress, egress }: SecurityGroupSpec, vpcId: string): XmlValue => ({
  ownerId: home.account,
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
  ownerId: home.account,
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

type Group = readonly [id: string, group: SecurityGroupSpec];

const groupFields = (vpcId: string): Fields<Group> => ({
  'group-id': ([id]) => id,
  'group-name': ([id]) => id,
  description: () => 'of the sandbox',
  'owner-id': () => home.account,
  'vpc-id': () => vpcId,
  'ip-permission.group-id': ([, { ingress }]) => ingress.flatMap(({ groupIds = [] }) => groupIds),
  'ip-permission.cidr': ([, { ingress }]) =>
    ingress.flatMap(({ cidrs = [] }) => cidrs.filter((one) => !one.includes(':'))),
  'ip-permission.from-port': ([, { ingress }]) => ingress.map(({ port }) => String(port)),
  'ip-permission.to-port': ([, { ingress }]) => ingress.map(({ port }) => String(port)),
});

const subnetFields = (vpcId: string): Fields<Subnet> => ({
  'subnet-id': ({ id }) => id,
  'vpc-id': () => vpcId,
  'owner-id': () => home.account,
  state: () => 'available',
  ...aliases<Subnet>(['availability-zone', 'availabilityZone'], ({ availabilityZone }) => availabilityZone),
  ...aliases<Subnet>(['cidr-block', 'cidr', 'cidrBlock'], ({ cidr }) => cidr),
  'ipv6-cidr-block-association.ipv6-cidr-block': ({ ipv6Cidr }) => ipv6Cidr,
});

export function createEc2(
  vpc: { readonly id: string; readonly cidrs?: readonly string[]; readonly subnets: readonly Subnet[] },
  groups: Readonly<Record<string, SecurityGroupSpec>>,
  ofDatabase: () => readonly NetworkInterface[] = () => [],
): Ec2 {
  const securityGroups = new Map(Object.entries(groups));
  const interfaces = new Map<string, InterfaceSpec>();
  const unseen = new Set<string>();
  const vpcs = new Map([[vpc.id, vpc.cidrs ?? []]]);
  const subnets = new Map(vpc.subnets.map((subnet) => [subnet.id, subnet]));
  const describeInterfaces: Operation = (params) => {
    const others = [...interfaces].map(([ip, one]) => ({ ...one, ip }));
    const shown = [...ofDatabase(), ...others].filter(({ ip }) => !unseen.has(ip));
    const byId = new Map(shown.map((one) => [one.id, one] as const));
    const all = named(params, 'NetworkInterfaceId', byId, 'InvalidNetworkInterfaceID.NotFound').map(([, one]) => one);
    const found = filtered(params, all, interfaceFields(vpc));
    return pageOf(
      params,
      'networkInterfaceSet',
      found.map((one) => interfaceXml(one, vpc)),
      'NetworkInterfaceId',
    );
  };
  const describeGroups: Operation = (params) => {
    const form = { prefix: 'sg', code: 'InvalidGroupId.Malformed' };
    const all = named(params, 'GroupId', securityGroups, 'InvalidGroup.NotFound', form);
    const found = filtered(params, all, groupFields(vpc.id));
    return pageOf(
      params,
      'securityGroupInfo',
      found.map(([id, group]) => groupXml(id, group, vpc.id)),
      'GroupId',
    );
  };
  const describeSubnets: Operation = (params) => {
    const all = named(params, 'SubnetId', subnets, 'InvalidSubnetID.NotFound').map(([, subnet]) => subnet);
    const found = filtered(params, all, subnetFields(vpc.id));
    return pageOf(
      params,
      'subnetSet',
      found.map((subnet) => subnetXml(subnet, vpc.id)),
      'SubnetId',
    );
  };
  return {
    service: {
      name: 'ec2',
      version: '2016-11-15',
      xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
      operations: {
        DescribeSecurityGroups: describeGroups,
        DescribeSubnets: describeSubnets,
        DescribeVpcs: describeVpcs(vpcs),
        DescribeNetworkInterfaces: describeInterfaces,
      },
      admit: refuseDryRun,
      replies: ec2Replies,
    },
    securityGroups,
    vpcs,
    interfaces,
    unseen,
  };
}
