import {
  DescribeVpcEndpointServicesCommand,
  type EC2Client,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpointServiceConfigurations,
  paginateDescribeVpcEndpoints,
} from '@aws-sdk/client-ec2';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { createEc2Network } from '../../lib/adapters/ec2-network.ts';
import type { Groups, Subnets } from '../../lib/doctor/admission.ts';
import { type Account, type Ask, databaseIn, type Inventory, inventoryOf, rangesOf } from '../init/account.ts';
import { CliError } from '../terminal/errors.ts';
import { idsIn } from './findings.ts';

/* What the account has, as far as these entries concern it. The calls are nearly as many for a hundred entries as for one. */

/** What was read; or why not, for want of a permission. */
export type Tried<T> = { readonly value: T } | { readonly why: string };

export type PlacedSubnet = { readonly vpcId: string; readonly zone: string };

/** Of this account. `stack`: the CloudFormation stack that made it. */
export type InterfaceEndpoint = {
  readonly id: string;
  readonly service: string;
  readonly vpcId: string;
  readonly hasPrivateDns: boolean;
  readonly stack?: string;
};

export type OwnService = { readonly id: string; readonly name: string };

export type Ground = {
  readonly inventory: Inventory;
  /** IPv4 ranges by VPC. */
  readonly vpcs: Tried<ReadonlyMap<string, readonly string[]>>;
  readonly subnets: Tried<ReadonlyMap<string, PlacedSubnet>>;
  /** The VPC of each security group. */
  readonly groups: Tried<ReadonlyMap<string, string>>;
  /** What the doctor reads of them. */
  readonly rules: Groups;
  readonly ranges: Subnets;
  readonly endpoints: Tried<readonly InterfaceEndpoint[]>;
  /** The zones of AWS's own endpoint services, by their names. */
  readonly services: Tried<ReadonlyMap<string, readonly string[]>>;
  /** The account's endpoint services, with their tag Name. */
  readonly ours: Tried<readonly OwnService[]>;
};

/** What AWS denies is left unread; any other error ends the command. */
export async function tried<T>(work: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const { name = '' } = (error instanceof CliError ? (error.cause as Error | undefined) : undefined) ?? {};
    if (!/^AccessDenied|^UnauthorizedOperation/.test(name)) throw error;
    return { why: `not read: ${(error as CliError).lines.at(-1)?.replace(/^Next: /, '')}` };
  }
}

export async function groundOf(account: Account, entries: readonly DatabaseEntry[]): Promise<Ground> {
  const { ec2, ask } = account;
  const inventory = await inventoryOf(account);
  const found = entries.flatMap(({ database: one }) =>
    one.kind === 'hostname' ? [] : (databaseIn(inventory, one.kind, one.id) ?? []),
  );
  const homes = found.flatMap(({ topology }) => topology.home ?? []);
  const vpcIds = unique(entries.flatMap((entry) => idsIn(entry, 'vpc').map(({ id }) => id)));
  const subnetIds = unique([
    ...entries.flatMap((entry) => idsIn(entry, 'subnet').map(({ id }) => id)),
    ...homes.flatMap(({ subnets }) => subnets.map(({ id }) => id)),
  ]);
  const groupIds = unique([
    ...entries.flatMap((entry) => idsIn(entry, 'sg').map(({ id }) => id)),
    ...found.flatMap(({ topology }) => topology.securityGroups ?? []),
  ]);
  const isPlaced = entries.some(
    ({ placement, database: one }) => placement || ('publiclyAccessible' in one && one.publiclyAccessible),
  );
  const [vpcs, subnets, groups, endpoints, services, ours] = await Promise.all([
    tried(() => rangesOf(account, vpcIds)),
    tried(() => subnetsOf(ec2, ask, subnetIds)),
    tried(() => groupsOf(ec2, ask, groupIds)),
    tried(() => (isPlaced ? endpointsOf(ec2, ask, vpcIds) : Promise.resolve([]))),
    tried(() => (isPlaced ? servicesOf(ec2, ask) : Promise.resolve(new Map()))),
    tried(() => oursOf(ec2, ask)),
  ]);
  return { inventory, vpcs, subnets, groups, endpoints, services, ours, ...(await detailsOf(ec2, subnets, groups)) };
}

/** Only of what is there: one identifier that is not would be an error for all. */
export async function detailsOf(
  ec2: EC2Client,
  subnets: Tried<ReadonlyMap<string, unknown>>,
  groups: Tried<ReadonlyMap<string, unknown>>,
): Promise<Pick<Ground, 'rules' | 'ranges'>> {
  const network = createEc2Network(ec2);
  const idsOf = (one: Tried<ReadonlyMap<string, unknown>>) => ('value' in one ? [...one.value.keys()] : []);
  const [rules, ranges] = await Promise.all([network.securityGroups(idsOf(groups)), network.subnets(idsOf(subnets))]);
  return {
    rules: rules.kind === 'read' ? rules.value : new Map(),
    ranges: ranges.kind === 'read' ? ranges.value : new Map(),
  };
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

/** A filter takes 200 values, and finds nothing where an identifier would be an error. */
const filtersOf = (Name: string, ids: readonly string[]) =>
  Array.from({ length: Math.ceil(ids.length / 200) }, (_, index) => [
    { Name, Values: ids.slice(index * 200, (index + 1) * 200) },
  ]);

const subnetsOf = (client: EC2Client, ask: Ask, ids: readonly string[]) =>
  ask('ec2:DescribeSubnets', async () => {
    const found = new Map<string, PlacedSubnet>();
    for (const Filters of filtersOf('subnet-id', ids))
      for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { Filters }))
        for (const { SubnetId = '', VpcId: vpcId = '', AvailabilityZone: zone = '' } of Subnets)
          found.set(SubnetId, { vpcId, zone });
    return found;
  });

const groupsOf = (client: EC2Client, ask: Ask, ids: readonly string[]) =>
  ask('ec2:DescribeSecurityGroups', async () => {
    const found = new Map<string, string>();
    for (const Filters of filtersOf('group-id', ids))
      for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client }, { Filters }))
        for (const { GroupId = '', VpcId = '' } of SecurityGroups) found.set(GroupId, VpcId);
    return found;
  });

const endpointsOf = (client: EC2Client, ask: Ask, vpcs: readonly string[]) =>
  ask('ec2:DescribeVpcEndpoints', async () => {
    const found: InterfaceEndpoint[] = [];
    for (const Filters of filtersOf('vpc-id', vpcs))
      for await (const { VpcEndpoints = [] } of paginateDescribeVpcEndpoints({ client }, { Filters }))
        for (const { VpcEndpointId: id = '', ServiceName: service = '', VpcId: vpcId = '', ...one } of VpcEndpoints) {
          const stack = one.Tags?.find(({ Key }) => Key === 'aws:cloudformation:stack-name')?.Value;
          const hasPrivateDns = one.PrivateDnsEnabled === true;
          found.push({ id, service, vpcId, hasPrivateDns, ...(stack ? { stack } : {}) });
        }
    return found;
  });

const servicesOf = (client: EC2Client, ask: Ask) =>
  ask('ec2:DescribeVpcEndpointServices', async () => {
    const found = new Map<string, readonly string[]>();
    const Filters = [{ Name: 'owner', Values: ['amazon'] }];
    // The SDK has no pages for this one.
    let NextToken: string | undefined;
    do {
      const page = await client.send(new DescribeVpcEndpointServicesCommand({ Filters, NextToken }));
      for (const { ServiceName = '', AvailabilityZones = [] } of page.ServiceDetails ?? [])
        found.set(ServiceName, AvailabilityZones);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
    return found;
  });

const oursOf = (client: EC2Client, ask: Ask) =>
  ask('ec2:DescribeVpcEndpointServiceConfigurations', async () => {
    const found: OwnService[] = [];
    for await (const { ServiceConfigurations = [] } of paginateDescribeVpcEndpointServiceConfigurations({ client }, {}))
      for (const { ServiceId: id = '', Tags = [] } of ServiceConfigurations)
        found.push({ id, name: Tags.find(({ Key }) => Key === 'Name')?.Value ?? '' });
    return found;
  });
