import { home } from '../../world/network.ts';
import type { Operation } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { aliases, type Fields, filtered, named, pageOf } from './dialect.ts';

type Vpc = { readonly id: string; readonly cidrs: readonly string[] };

const isSix = (cidr: string): boolean => cidr.includes(':');
const fourOf = ({ cidrs }: Vpc): readonly string[] => cidrs.filter((cidr) => !isSix(cidr));

/** The first IPv4 range is the one that the VPC was made with; all stand in the set. */
const vpcXml = (vpc: Vpc): XmlValue => ({
  vpcId: vpc.id,
  ownerId: home.account,
  state: 'available',
  cidrBlock: fourOf(vpc)[0],
  cidrBlockAssociationSet: {
    item: fourOf(vpc).map((cidrBlock, index) => ({
      cidrBlock,
      associationId: `vpc-cidr-assoc-${index}`,
      cidrBlockState: { state: 'associated' },
    })),
  },
  ipv6CidrBlockAssociationSet: {
    item: vpc.cidrs.filter(isSix).map((ipv6CidrBlock, index) => ({
      ipv6CidrBlock,
      associationId: `vpc-cidr-assoc-6${index}`,
      ipv6CidrBlockState: { state: 'associated' },
    })),
  },
  dhcpOptionsId: 'dopt-0123456789abcdef0',
  instanceTenancy: 'default',
  isDefault: false,
  tagSet: {},
});

const vpcFields: Fields<Vpc> = {
  'vpc-id': ({ id }) => id,
  'owner-id': () => home.account,
  state: () => 'available',
  'is-default': () => 'false',
  ...aliases<Vpc>(['cidr', 'cidr-block', 'cidrBlock'], (vpc) => fourOf(vpc)[0]),
  'cidr-block-association.cidr-block': fourOf,
  'ipv6-cidr-block-association.ipv6-cidr-block': ({ cidrs }) => cidrs.filter(isSix),
};

/** DescribeVpcs over ranges by the VPC's id. */
export const describeVpcs =
  (vpcs: ReadonlyMap<string, readonly string[]>): Operation =>
  (params) => {
    const all = named(params, 'VpcId', vpcs, 'InvalidVpcID.NotFound').map(([id, cidrs]) => ({ id, cidrs }));
    const found = filtered(params, all, vpcFields);
    return pageOf(params, 'vpcSet', found.map(vpcXml), 'VpcId');
  };
