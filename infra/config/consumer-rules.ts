import { endpointServiceName, partitionOf } from '../../lib/partitions.ts';
import { subnetProblems, zoneProblems } from './network-rules.ts';
import type { Path, Problem } from './problems.ts';
import { at, has, listAt, refused, repeatedProblems, repeats, required, textAt, uniqueNames } from './values.ts';

/* Rules between the fields of a consumer, and between consumers. */

/** A name that an entry wants to resolve to its endpoint. Private DNS exists once per VPC and name. */
type Claim = { readonly path: Path; readonly key: string };

function claimsOf(entry: unknown, index: number): Claim[] {
  const claim = (path: Path, name: string | undefined): Claim[] =>
    name === undefined
      ? []
      : [{ path: [index, ...path], key: [textAt(entry, 'account'), textAt(entry, 'vpc', 'id'), name].join() }];
  const others = listAt(entry, 'dns', 'otherHostNames') ?? [];
  return [
    ...claim(['dns', 'hostName'], textAt(entry, 'dns', 'hostName')?.toLowerCase()),
    ...others.flatMap((_, place) => {
      const path = ['dns', 'otherHostNames', place];
      return claim(path, textAt(entry, ...path)?.toLowerCase());
    }),
    ...claim(['dns'], at(entry, ['dns']) === 'provider' ? textAt(entry, 'serviceName') : undefined),
    ...claim(['resourceConfigurationArn'], textAt(entry, 'resourceConfigurationArn')),
  ];
}

/** AWS refuses a second private name or zone of the same name in one VPC, halfway through the deployment. */
function nameConflicts(entries: readonly unknown[]): Problem[] {
  const claims = entries.flatMap(claimsOf);
  return repeats(claims.map(({ key }) => key)).flatMap(({ index, first }) => {
    const [path = [], taken] = [claims[index]?.path, claims[first]?.path[0]];
    const allowed =
      path[0] === taken
        ? 'each name once'
        : `a name that [${String(taken)}] has not taken in this VPC: private DNS exists once per VPC and name; let the clients of both ` +
          'use one endpoint (clientSecurityGroupIds, clientCidrs)';
    return [{ path, input: at(entries, path), allowed }];
  });
}

const providerProblems = (entry: unknown): Problem[] =>
  has(entry, 'serviceName')
    ? refused(entry, ['resourceConfigurationArn'], 'nothing beside serviceName: one entry for each access method')
    : has(entry, 'resourceConfigurationArn')
      ? []
      : required(entry, ['serviceName'], 'serviceName, or resourceConfigurationArn, as the provider gave it to you');

const clientProblems = (entry: unknown): Problem[] =>
  has(entry, 'clientCidrs')
    ? []
    : required(
        entry,
        ['clientSecurityGroupIds'],
        'clientSecurityGroupIds or clientCidrs: without them no client is admitted',
      );

/** A port that is there twice would be the same rule twice. */
const portProblems = (entry: unknown): Problem[] => {
  const others = listAt(entry, 'otherPorts') ?? [];
  return repeats([at(entry, ['port']), ...others].map(String)).map(({ index }) => ({
    path: ['otherPorts', index - 1],
    input: others[index - 1],
    allowed: 'each port once, "port" among them',
  }));
};

function dnsProblems(entry: unknown): Problem[] {
  if (!has(entry, 'resourceConfigurationArn')) return [];
  const one = 'nothing: a resource configuration is one database';
  return [
    ...refused(entry, ['otherPorts'], one),
    ...refused(entry, ['dns', 'otherHostNames'], one),
    ...(at(entry, ['dns']) === 'provider'
      ? refused(
          entry,
          ['dns'],
          "nothing for an RDS database: a resource endpoint answers to the database's own name; or {hostName} with the host name that " +
            'the provider shared',
        )
      : []),
    ...(at(entry, ['dns', 'zonalNames']) === true
      ? refused(entry, ['dns', 'zonalNames'], 'nothing: a resource endpoint has no names of its zones')
      : []),
  ];
}

function placeProblems(entry: unknown): Problem[] {
  const region = textAt(entry, 'region');
  const subnets = listAt(entry, 'vpc', 'subnets') ?? [];
  const zones = subnets.map((subnet) => textAt(subnet, 'zone'));
  const arn = textAt(entry, 'resourceConfigurationArn');
  const there = arn?.split(':')[3];
  const service = textAt(entry, 'serviceName');
  const serviceRegion = endpointServiceName.exec(service ?? '')?.[1] ?? '';
  return [
    ...(region && serviceRegion && partitionOf(region) !== partitionOf(serviceRegion)
      ? [
          {
            path: ['serviceName'],
            input: service,
            allowed: `a service of a Region of ${partitionOf(region)}, the partition of ${region}`,
          },
        ]
      : []),
    ...zones.flatMap((zone, index) =>
      region && zone && !zone.startsWith(region)
        ? [{ path: ['vpc', 'subnets', index, 'zone'], input: zone, allowed: `a zone of ${region}` }]
        : [],
    ),
    ...(region && there && there !== region
      ? [
          {
            path: ['resourceConfigurationArn'],
            input: arn,
            allowed: `one of ${region}: VPC Lattice shares within a Region; across Regions ask for an endpoint service`,
          },
        ]
      : []),
  ];
}

/** An interface that has no IPv6 address gets no IPv6 client. */
const familyProblems = (entry: unknown): Problem[] =>
  at(entry, ['addressType']) === 'dual-stack'
    ? []
    : (listAt(entry, 'clientCidrs') ?? []).flatMap((input, index) =>
        typeof input === 'string' && input.includes(':')
          ? [{ path: ['clientCidrs', index], input, allowed: 'an IPv4 range; IPv6 needs "addressType": "dual-stack"' }]
          : [],
      );

export const within = [
  providerProblems,
  clientProblems,
  portProblems,
  dnsProblems,
  placeProblems,
  zoneProblems,
  subnetProblems,
  familyProblems,
  (entry: object) => repeatedProblems(entry),
];

export const between = [uniqueNames, nameConflicts];
