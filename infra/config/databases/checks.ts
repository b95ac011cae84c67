import { acceptanceProblems } from './acceptance-checks.ts';
import { accessProblems } from './access-checks.ts';
import { addressProblems, hostNameProblems } from './address-checks.ts';
import { customProblems, endpointProblems } from './custom-checks.ts';
import { findings } from './known.ts';
import type { Path, Problem } from './problems.ts';
import { partitionProblems, regionProblems } from './region-checks.ts';
import { sharedEndpointProblems, sharedPlacementProblems } from './shared-checks.ts';
import { stackProblems } from './stack-checks.ts';
import { at, listAt, repeats, textAt } from './values.ts';

/*
 * What no single field can know: rules between fields and between databases. They read the file as it is, valid or not, so that
 * their problems come together with zod's; a rule that reads what zod has refused is not heard (known.ts).
 */

const once =
  (path: Path, allowed: (first: number) => string) =>
  (entries: readonly unknown[]): Problem[] =>
    repeats(entries.map((entry) => textAt(entry, ...path))).map(({ index, first }) => ({
      path: [index, ...path],
      input: at(entries[index], path),
      allowed: allowed(first),
    }));

/**
 * Rules between the entries. `name` is the only dimension of the metrics, and two reconcilers of one group would undo each
 * other's work.
 */
export const between = [
  once(['name'], (first) => `a name that [${first}] has not taken`),
  once(['targetGroupArn'], (first) => `a group of its own: [${first}] keeps this one`),
  stackProblems,
  sharedEndpointProblems,
];

const missing = (path: Path, allowed: string): Problem[] => [{ path, allowed }];

const has = (entry: object, ...path: Path) => at(entry, path) !== undefined;

const groupProblems = (entry: object): Problem[] =>
  ['endpointService', 'targetGroupArn', 'resourceGateway'].every((key) => !has(entry, key)) &&
  at(entry, ['access']) !== 'resource-gateway'
    ? missing(['endpointService'], 'endpointService (a new one), or targetGroupArn (an existing group)')
    : [];

/** What can wait goes elsewhere than what pages: without a topic for that, the urgent alarms would notify no topic. */
const alarmProblems = (entry: object): Problem[] =>
  has(entry, 'alarms', 'lowTopicArn') && !has(entry, 'alarms', 'topicArn')
    ? missing(['alarms', 'topicArn'], 'the topic of the urgent alarms: lowTopicArn takes only those that can wait')
    : [];

const twoGroupProblems = (entry: object): Problem[] =>
  has(entry, 'endpointService')
    ? ['targetGroupArn', 'loadBalancerArn']
        .filter((key) => has(entry, key))
        .map((key) => ({ path: [key], input: at(entry, [key]), allowed: 'nothing: endpointService makes its own' }))
    : [];

/** Of a host name the schema asks for the port. */
const portProblems = (entry: object): Problem[] =>
  has(entry, 'endpointService') &&
  has(entry, 'database') &&
  at(entry, ['database', 'kind']) !== 'hostname' &&
  !has(entry, 'database', 'port')
    ? missing(['database', 'port'], 'the port of the database, which endpointService needs')
    : [];

const vpcProblems = (entry: object): Problem[] =>
  !has(entry, 'vpc') &&
  (has(entry, 'endpointService') || has(entry, 'placement') || at(entry, ['database', 'publiclyAccessible']) === true)
    ? missing(['vpc'], 'the VPC and its subnets, which endpointService, placement and publiclyAccessible need')
    : [];

const existingEndpointProblems = (entry: object): Problem[] =>
  at(entry, ['placement', 'endpoints']) === 'existing' &&
  has(entry, 'vpc') &&
  !has(entry, 'vpc', 'cidr') &&
  !has(entry, 'placement', 'endpointSecurityGroupId')
    ? missing(
        ['placement', 'endpointSecurityGroupId'],
        'the security group of the existing endpoints, or vpc.cidr: the functions have to be let out to them',
      )
    : [];

/** A role brought along is used as it is. */
function roleProblems(entry: object): Problem[] {
  if (at(entry, ['roles', 'executionRoleArn']) === undefined) return [];
  return ['permissionsBoundaryArn', 'path'].flatMap((key) => {
    const input = at(entry, ['roles', key]);
    return input === undefined
      ? []
      : [{ path: ['roles', key], input, allowed: 'nothing: with executionRoleArn no role is created' }];
  });
}

function subnetProblems(entry: object): Problem[] {
  return repeats((listAt(entry, 'vpc', 'subnets') ?? []).map((subnet) => textAt(subnet, 'id'))).map(
    ({ index, first }) => ({
      path: ['vpc', 'subnets', index, 'id'],
      input: at(entry, ['vpc', 'subnets', index, 'id']),
      allowed: `another subnet: subnets[${first}] is this one, and a subnet lies in one zone`,
    }),
  );
}

function zoneProblems(entry: object): Problem[] {
  const subnets = listAt(entry, 'vpc', 'subnets') ?? [];
  const twice = repeats(subnets.map((subnet) => textAt(subnet, 'id'))).map(({ index }) => index);
  const zones = subnets.map((subnet, index) => (twice.includes(index) ? undefined : textAt(subnet, 'zone')));
  const isKnown = subnets.length > 0 && zones.every((zone) => zone !== undefined);
  if (isKnown && new Set(zones).size < 2)
    return [
      {
        path: ['vpc', 'subnets'],
        input: subnets,
        allowed: 'subnets in at least two Availability Zones, so that one zone may fail',
      },
    ];
  // ELBv2 takes one subnet per zone; two interface endpoints in one zone would only cost.
  return repeats(zones).map(({ index, first }) => ({
    path: ['vpc', 'subnets', index, 'zone'],
    input: zones[index],
    allowed: `one subnet per Availability Zone: subnets[${first}] is in this one`,
  }));
}

/** ARNs that must be in the database's own Region, and where they are. */
const regional: readonly Path[] = [
  ['targetGroupArn'],
  ['loadBalancerArn'],
  ['alarms', 'topicArn'],
  ['alarms', 'lowTopicArn'],
  ['endpointService', 'notificationTopicArn'],
];

/** All of them elsewhere: then it is the Region that is wrong, or they come from another entry. Either way it is one mistake. */
function placeProblems(entry: object): Problem[] {
  const region = textAt(entry, 'region');
  if (!region) return [];
  const zones = (listAt(entry, 'vpc', 'subnets') ?? []).map((subnet, index) => ({
    path: ['vpc', 'subnets', index, 'zone'] as Path,
    input: textAt(subnet, 'zone'),
    isThere: (zone: string) => zone.startsWith(region),
    allowed: `a zone of ${region}, the database's Region`,
  }));
  const arns = regional.map((path) => ({
    path,
    input: textAt(entry, ...path),
    isThere: (arn: string) => [region, ''].includes(arn.split(':')[3] ?? ''),
    allowed: `one in ${region}, the database's Region`,
  }));
  const places = [...zones, ...arns].flatMap(({ input, ...place }) => (input ? [{ ...place, input }] : []));
  const elsewhere = places.filter(({ isThere, input }) => !isThere(input));
  const [first] = elsewhere;
  const problems = elsewhere.map(({ path, input, allowed }) => ({ path, input, allowed }));
  return first && elsewhere.length > 1 && elsewhere.length === places.length
    ? [
        {
          ...first,
          allowed: `${first.allowed}; or another "region": all ARNs and zones of this entry are elsewhere`,
        },
      ]
    : problems;
}

function accountProblems(entry: object): Problem[] {
  const arn = textAt(entry, 'targetGroupArn');
  const account = textAt(entry, 'account');
  const owner = arn?.split(':')[4];
  return owner && account && owner !== account
    ? [{ path: ['targetGroupArn'], input: arn, allowed: `a group of account ${account}, the database's account` }]
    : [];
}

/** What is given twice in a list of texts: AWS refuses a second rule, principal or Region like the first. */
export function repeatedProblems(value: unknown, path: Path = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const texts = Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : undefined)) : [];
  return [
    ...repeats(texts).map(({ index, first }) => ({
      path: [...path, index],
      input: texts[index],
      allowed: `each value once: [${first}] is the same`,
    })),
    ...Object.keys(value).flatMap((key) =>
      findings(() => repeatedProblems(at(value, [key]), [...path, Array.isArray(value) ? Number(key) : key])),
    ),
  ];
}

/** Rules between the fields of one entry. Each is silent where it reads what is refused already, so none reads much. */
export const within = [
  accessProblems,
  acceptanceProblems,
  addressProblems,
  hostNameProblems,
  regionProblems,
  groupProblems,
  alarmProblems,
  twoGroupProblems,
  portProblems,
  customProblems,
  endpointProblems,
  vpcProblems,
  existingEndpointProblems,
  sharedPlacementProblems,
  zoneProblems,
  subnetProblems,
  roleProblems,
  // A wrong Region is told once, by what lies elsewhere.
  (entry: object) => [placeProblems, partitionProblems].map((of) => of(entry)).find(({ length }) => length > 0) ?? [],
  accountProblems,
  (entry: object) => repeatedProblems(entry),
];
