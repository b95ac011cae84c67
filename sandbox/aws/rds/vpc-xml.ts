import type { XmlValue } from '../../world/types.ts';

export const VPC_SECURITY_GROUPS: XmlValue = {
  VpcSecurityGroupMembership: { VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' },
};

export const SUBNET_GROUP_NAME = 'sandbox';

export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

const subnet = (region: string, letter: string, index: number): XmlValue => ({
  SubnetIdentifier: `subnet-0123456789abcdef${index}`,
  SubnetAvailabilityZone: { Name: `${region}${letter}` },
  SubnetOutpost: {},
  SubnetStatus: 'Active',
});

export const subnetGroup = (region: string, vpcId: string): XmlValue => ({
  DBSubnetGroupName: SUBNET_GROUP_NAME,
  DBSubnetGroupDescription: 'The private subnets',
  VpcId: vpcId,
  SubnetGroupStatus: 'Complete',
  Subnets: { Subnet: ['a', 'b', 'c'].map((letter, index) => subnet(region, letter, index + 1)) },
});
