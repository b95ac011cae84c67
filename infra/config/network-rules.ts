import { partitionOf } from '../../lib/partitions.ts';
import type { Path, Problem } from './problems.ts';
import { at, findings, has, listAt, refused, repeats, required, textAt } from './values.ts';

/* Rules about where things are: the VPC and its subnets, placement, Region, partition and account. */

export const vpcProblems = (entry: object): Problem[] =>
  has(entry, 'endpointService') || has(entry, 'placement') || at(entry, ['database', 'publiclyAccessible']) === true
    ? required(entry, ['vpc'], 'the VPC and its subnets, which endpointService, placement and publiclyAccessible need')
    : [];

export const subnetProblems = (entry: object): Problem[] =>
  repeats((listAt(entry, 'vpc', 'subnets') ?? []).map((subnet) => textAt(subnet, 'id'))).map(({ index, first }) => ({
    path: ['vpc', 'subnets', index, 'id'],
    input: at(entry, ['vpc', 'subnets', index, 'id']),
    allowed: `another subnet: subnets[${first}] is this one, and a subnet lies in one zone`,
  }));

export function zoneProblems(entry: object): Problem[] {
  const subnets = listAt(entry, 'vpc', 'subnets') ?? [];
  const twice = repeats(subnets.map((subnet) => textAt(subnet, 'id'))).map(({ index }) => index);
  const zones = subnets.map((subnet, index) => (twice.includes(index) ? undefined : textAt(subnet, 'zone')));
  const isKnown = subnets.length > 0 && zones.every((zone) => zone !== undefined);
  if (isKnown && new Set(zones).size < 2)
    return refused(entry, ['vpc', 'subnets'], 'subnets in at least two Availability Zones, so that one zone may fail');
  // ELBv2 takes one subnet per zone, and so does an interface endpoint.
  return repeats(zones).map(({ index, first }) => ({
    path: ['vpc', 'subnets', index, 'zone'],
    input: zones[index],
    allowed: `one subnet per Availability Zone: subnets[${first}] is in this one`,
  }));
}

/** The functions need a rule that lets them out to endpoints that exist. */
export const existingEndpointProblems = (entry: object): Problem[] =>
  at(entry, ['placement', 'endpoints']) === 'existing' && has(entry, 'vpc') && !has(entry, 'vpc', 'cidr')
    ? required(
        entry,
        ['placement', 'endpointSecurityGroupId'],
        'the security group of the existing endpoints, or vpc.cidr: the functions have to be let out to them',
      )
    : [];

/** All clients of the VPC use shared endpoints. */
export const sharedPlacementProblems = (entry: object): Problem[] =>
  textAt(entry, 'placement', 'endpoints') !== 'shared'
    ? ['otherCallers', 'clientCidrs'].flatMap((key) =>
        refused(entry, ['placement', key], 'nothing, unless "endpoints" is "shared"'),
      )
    : [
        ...(has(entry, 'vpc')
          ? required(entry, ['vpc', 'cidr'], 'the range of the VPC, whose clients shared endpoints admit')
          : []),
        ...refused(
          entry,
          ['placement', 'endpointSecurityGroupId'],
          'nothing: shared endpoints have a security group of their own',
        ),
      ];

/** The usual name of an API resolves to one endpoint in a VPC: it cannot exist already and be created by a shared stack too. */
export function sharedEndpointProblems(entries: readonly unknown[]): Problem[] {
  const vpcOf = (entry: unknown) => {
    const id = textAt(entry, 'vpc', 'id');
    return id && [textAt(entry, 'account'), textAt(entry, 'region'), id].join();
  };
  const uses = (entry: unknown) => textAt(entry, 'placement', 'endpoints');
  return entries.flatMap((entry, index) => {
    if (uses(entry) !== 'existing' || !vpcOf(entry)) return [];
    const sharing = entries.findIndex((other) => uses(other) === 'shared' && vpcOf(other) === vpcOf(entry));
    return sharing < 0 ? [] : [conflict(index, sharing)];
  });
}

const conflict = (index: number, sharing: number): Problem => ({
  path: [index, 'placement', 'endpoints'],
  input: 'existing',
  allowed:
    `"shared", as [${sharing}] in the same VPC: private DNS exists once per VPC and API, so existing endpoints and shared ones ` +
    'exclude each other; or "existing" for both',
});

/** A wrong Region is one mistake: it is reported once, by what lies elsewhere. */
export const locationProblems = (entry: object): Problem[] =>
  [regionProblems, partitionProblems].map((of) => of(entry)).find(({ length }) => length > 0) ?? [];

/** ARNs that must be in the database's own Region. */
const regional: readonly Path[] = [
  ['targetGroupArn'],
  ['loadBalancerArn'],
  ['alarms', 'topicArn'],
  ['alarms', 'lowTopicArn'],
  ['notifyFailovers', 'topicArn'],
  ['notifyFailovers', 'keyArn'],
  ['endpointService', 'notificationTopicArn'],
  ['probe', 'secretArn'],
  ['probe', 'secretKeyArn'],
];

function regionProblems(entry: object): Problem[] {
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
  const problems = elsewhere.map(({ path, input, allowed }) => ({ path, input, allowed }));
  const [first] = problems;
  // All of them elsewhere: either the Region is wrong, or they come from another entry.
  return first && elsewhere.length > 1 && elsewhere.length === places.length
    ? [{ ...first, allowed: `${first.allowed}; or another "region": all ARNs and zones of this entry are elsewhere` }]
    : problems;
}

/** Partitions share nothing: neither a principal nor a topic of another one can be named. Tags may contain anything. */
function partitionProblems(entry: object): Problem[] {
  const partition = partitionOf(textAt(entry, 'region') ?? '');
  if (partition === undefined) return [];
  const path = ['endpointService', 'supportedRegions'];
  const regions = (listAt(entry, ...path) ?? []).flatMap((input, index) =>
    typeof input !== 'string' || partitionOf(input) === partition
      ? []
      : [
          {
            path: [...path, index],
            input,
            allowed: `a Region of ${partition}, the partition of the database's Region`,
          },
        ],
  );
  return [
    ...regions,
    ...Object.keys(entry).flatMap((key) => (key === 'tags' ? [] : arnsOfOthers(entry, [key], partition))),
  ];
}

function arnsOfOthers(entry: object, path: Path, partition: string): Problem[] {
  const input = at(entry, path);
  if (typeof input === 'string') {
    const own = input.replace(/^arn:[^:]*:/, `arn:${partition}:`);
    const allowed = `an ARN of ${partition}, the partition of the database's Region; did you mean "${own}"?`;
    return own === input ? [] : [{ path, input, allowed }];
  }
  if (typeof input !== 'object' || input === null) return [];
  const keys = Array.isArray(input) ? input.map((_, index) => index) : Object.keys(input);
  return keys.flatMap((key) => findings(() => arnsOfOthers(entry, [...path, key], partition)));
}

export function accountProblems(entry: object): Problem[] {
  const account = textAt(entry, 'account');
  const owner = textAt(entry, 'targetGroupArn')?.split(':')[4];
  return owner && account && owner !== account
    ? refused(entry, ['targetGroupArn'], `a group of account ${account}, the database's account`)
    : [];
}
