import { acceptanceProblems } from './acceptance-checks.ts';
import { accessProblems } from './access-checks.ts';
import { addressProblems } from './address-checks.ts';
import type { Path, Problem } from './problems.ts';
import { regionProblems } from './region-checks.ts';
import { sharedEndpointProblems, sharedPlacementProblems } from './shared-checks.ts';
import { stackProblems } from './stack-checks.ts';
import { at, listAt, repeats, textAt } from './values.ts';

export { repeats } from './values.ts';

/*
 * What no single field can know: rules between fields and between databases. They read the file as it is, valid or not, so that
 * their problems come together with zod's; where a value has the wrong type, zod has said so and the rule is silent.
 */

/**
 * Problems between the entries. `name` is the only dimension of the metrics, and two reconcilers of one group would undo each
 * other's work.
 */
export function problemsBetween(entries: readonly unknown[]): Problem[] {
  const once = (path: Path, values: readonly (string | undefined)[], allowed: (first: number) => string): Problem[] =>
    repeats(values).map(({ index, first }) => ({
      path: [index, ...path],
      input: at(entries[index], path),
      allowed: allowed(first),
    }));
  return [
    ...once(
      ['name'],
      entries.map((entry) => textAt(entry, 'name')),
      (first) => `a name that [${first}] has not taken`,
    ),
    ...once(
      ['targetGroupArn'],
      entries.map((entry) => textAt(entry, 'targetGroupArn')),
      (first) => `a group of its own: [${first}] keeps this one`,
    ),
    ...stackProblems(entries),
    ...sharedEndpointProblems(entries),
  ];
}

/** Problems between the fields of one entry. */
export const problemsWithin = (entry: unknown): Problem[] =>
  typeof entry === 'object' && entry !== null
    ? [
        accessProblems,
        acceptanceProblems,
        addressProblems,
        regionProblems,
        targetGroupProblems,
        sharedPlacementProblems,
        subnetProblems,
        roleProblems,
        placeProblems,
      ].flatMap((rule) => rule(entry))
    : [];

const missing = (path: Path, allowed: string): Problem[] => [{ path, allowed }];

function targetGroupProblems(entry: unknown): Problem[] {
  const has = (...path: Path) => at(entry, path) !== undefined;
  const isInside = has('placement') || at(entry, ['database', 'publiclyAccessible']) === true;
  return [
    ...(!has('endpointService') && !has('targetGroupArn') && at(entry, ['access']) !== 'resource-gateway'
      ? missing(['endpointService'], 'endpointService (a new one), or targetGroupArn (an existing group)')
      : []),
    ...(has('endpointService')
      ? ['targetGroupArn', 'loadBalancerArn']
          .filter((key) => has(key))
          .map((key) => ({ path: [key], input: at(entry, [key]), allowed: 'nothing: endpointService makes its own' }))
      : []),
    // Of a host name the schema asks for the port.
    ...(has('endpointService') &&
    has('database') &&
    at(entry, ['database', 'kind']) !== 'hostname' &&
    !has('database', 'port')
      ? missing(['database', 'port'], 'the port of the database, which endpointService needs')
      : []),
    ...((has('endpointService') || isInside) && !has('vpc')
      ? missing(['vpc'], 'the VPC and its subnets, which endpointService, placement and publiclyAccessible need')
      : []),
    ...(at(entry, ['placement', 'endpoints']) === 'existing' &&
    has('vpc') &&
    !has('vpc', 'cidr') &&
    !has('placement', 'endpointSecurityGroupId')
      ? missing(
          ['placement', 'endpointSecurityGroupId'],
          'the security group of the existing endpoints, or vpc.cidr: the functions have to be let out to them',
        )
      : []),
  ];
}

/** A role brought along is used as it is. */
function roleProblems(entry: unknown): Problem[] {
  if (at(entry, ['roles', 'executionRoleArn']) === undefined) return [];
  return ['permissionsBoundaryArn', 'path'].flatMap((key) => {
    const input = at(entry, ['roles', key]);
    return input === undefined
      ? []
      : [{ path: ['roles', key], input, allowed: 'nothing: with executionRoleArn no role is created' }];
  });
}

function subnetProblems(entry: unknown): Problem[] {
  const subnets = listAt(entry, 'vpc', 'subnets');
  if (!subnets) return [];
  const zones = subnets.map((subnet) => textAt(subnet, 'zone'));
  const ids = subnets.map((subnet) => textAt(subnet, 'id'));
  const known = zones.filter((zone) => zone !== undefined);
  const isOneZone = known.length === subnets.length && new Set(known).size < 2;
  return [
    ...(isOneZone
      ? [
          {
            path: ['vpc', 'subnets'],
            input: subnets,
            allowed: 'subnets in at least two Availability Zones, so that one zone may fail',
          },
        ]
      : []),
    // ELBv2 takes one subnet per zone; two interface endpoints in one zone would only cost.
    ...repeats(zones).map(({ index, first }) => ({
      path: ['vpc', 'subnets', index, 'zone'],
      input: zones[index],
      allowed: `one subnet per Availability Zone: subnets[${first}] is in this one`,
    })),
    ...repeats(ids).map(({ index, first }) => ({
      path: ['vpc', 'subnets', index, 'id'],
      input: ids[index],
      allowed: `another subnet: subnets[${first}] is this one, and a subnet lies in one zone`,
    })),
  ];
}

/** ARNs that must be in the database's own Region, and where they are. */
const regional: readonly Path[] = [
  ['targetGroupArn'],
  ['loadBalancerArn'],
  ['alarms', 'topicArn'],
  ['endpointService', 'notificationTopicArn'],
];

function placeProblems(entry: unknown): Problem[] {
  const region = textAt(entry, 'region');
  const account = textAt(entry, 'account');
  const zones = (listAt(entry, 'vpc', 'subnets') ?? []).map((subnet) => textAt(subnet, 'zone'));
  return [
    ...regional.flatMap((path) => {
      const arn = textAt(entry, ...path);
      const [, , , there] = arn?.split(':') ?? [];
      return region && there && there !== region
        ? [{ path, input: arn, allowed: `one in ${region}, the database's Region` }]
        : [];
    }),
    ...zones.flatMap((zone, index) =>
      region && zone && !zone.startsWith(region)
        ? [
            {
              path: ['vpc', 'subnets', index, 'zone'],
              input: zone,
              allowed: `a zone of ${region}, the database's Region`,
            },
          ]
        : [],
    ),
    ...accountProblem(textAt(entry, 'targetGroupArn'), account),
  ];
}

function accountProblem(arn: string | undefined, account: string | undefined): Problem[] {
  const owner = arn?.split(':')[4];
  return owner && account && owner !== account
    ? [{ path: ['targetGroupArn'], input: arn, allowed: `a group of account ${account}, the database's account` }]
    : [];
}
