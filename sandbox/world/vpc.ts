import type { VpcSpec } from '../aws/elbv2/vpc.ts';

/** The VPC of everything in the sandbox: three zones, dual stack. */
export const vpc = {
  id: 'vpc-0123456789abcdef0',
  cidrs: ['10.0.0.0/16', '2001:db8::/56'],
  subnets: ['a', 'b', 'c'].map((zone, index) => ({
    id: `subnet-0123456789abcdef${index + 1}`,
    cidr: `10.0.${index + 1}.0/24`,
    ipv6Cidr: `2001:db8:0:${index + 1}::/64`,
    availabilityZone: `eu-central-1${zone}`,
  })),
} satisfies VpcSpec;
