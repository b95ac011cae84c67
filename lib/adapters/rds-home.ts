import type { DBInstance } from '@aws-sdk/client-rds';
import type { Home } from '../nature.ts';

/** Where the instances may be, by their DB subnet groups; those of a cluster share one. Undefined when none is told. */
export function homeOf(instances: readonly DBInstance[]): Home | undefined {
  const groups = instances.flatMap(({ DBSubnetGroup }) => DBSubnetGroup ?? []);
  if (groups.length === 0) return undefined;
  const vpcId = groups.find(({ VpcId }) => VpcId)?.VpcId;
  const subnets = groups
    .flatMap(({ Subnets = [] }) => Subnets)
    .filter(({ SubnetStatus }) => SubnetStatus === 'Active')
    .flatMap(({ SubnetIdentifier: id = 'a subnet without a name', SubnetAvailabilityZone }) =>
      SubnetAvailabilityZone?.Name ? [{ id, zone: SubnetAvailabilityZone.Name }] : [],
    );
  return {
    ...(vpcId ? { vpcId } : {}),
    subnets: [...new Map(subnets.map((one) => [one.id + one.zone, one])).values()],
  };
}
