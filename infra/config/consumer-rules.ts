import type { Problem } from './problems.ts';
import { at, has, listAt, refused, repeatedProblems, repeats, required, textAt, uniqueNames } from './values.ts';

/* Rules between the fields of a consumer, and between consumers. */

/** Names that entries want to resolve to their endpoint, each in its VPC. */
const claims: readonly { readonly path: readonly string[]; readonly nameIn: (entry: unknown) => string | undefined }[] =
  [
    { path: ['dns', 'hostName'], nameIn: (entry) => textAt(entry, 'dns', 'hostName')?.toLowerCase() },
    {
      path: ['dns'],
      nameIn: (entry) => (at(entry, ['dns']) === 'provider' ? textAt(entry, 'serviceName') : undefined),
    },
    { path: ['resourceConfigurationArn'], nameIn: (entry) => textAt(entry, 'resourceConfigurationArn') },
  ];

/** AWS refuses a second private name or zone of the same name in one VPC, halfway through the deployment. */
const nameConflicts = (entries: readonly unknown[]): Problem[] =>
  claims.flatMap(({ path, nameIn }) => {
    const keys = entries.map((entry) => {
      const name = nameIn(entry);
      return name === undefined ? undefined : [textAt(entry, 'account'), textAt(entry, 'vpc', 'id'), name].join();
    });
    return repeats(keys).map(({ index, first }) => ({
      path: [index, ...path],
      input: at(entries[index], [...path]),
      allowed:
        `a name that [${first}] has not taken in this VPC: private DNS exists once per VPC and name; let the clients of both ` +
        'use one endpoint (clientSecurityGroupIds, clientCidrs)',
    }));
  });

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

function dnsProblems(entry: unknown): Problem[] {
  if (!has(entry, 'resourceConfigurationArn')) return [];
  return [
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

function zoneProblems(entry: unknown): Problem[] {
  const region = textAt(entry, 'region');
  const subnets = listAt(entry, 'vpc', 'subnets') ?? [];
  const zones = subnets.map((subnet) => textAt(subnet, 'zone'));
  const arn = textAt(entry, 'resourceConfigurationArn');
  const there = arn?.split(':')[3];
  return [
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

export const within = [
  providerProblems,
  clientProblems,
  dnsProblems,
  zoneProblems,
  (entry: object) => repeatedProblems(entry),
];

export const between = [uniqueNames, nameConflicts];
