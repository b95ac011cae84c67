import { repeatedProblems } from '../databases/checks.ts';
import type { Problem } from '../databases/problems.ts';
import { at, listAt, repeats, textAt } from '../databases/values.ts';

/* Rules between the fields of a consumer, and between consumers. */

const nameProblems = (entries: readonly unknown[]): Problem[] =>
  repeats(entries.map((entry) => textAt(entry, 'name'))).map(({ index, first }) => ({
    path: [index, 'name'],
    input: textAt(entries[index], 'name'),
    allowed: `a name that [${first}] has not taken`,
  }));

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

/** AWS refuses the second private name, or zone, for the same name in one VPC, in the middle of the deployment. */
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

const has = (entry: unknown, key: string) => at(entry, [key]) !== undefined;

function providerProblems(entry: unknown): Problem[] {
  const [service, resource] = [has(entry, 'serviceName'), has(entry, 'resourceConfigurationArn')];
  if (service && resource)
    return [
      {
        path: ['resourceConfigurationArn'],
        input: at(entry, ['resourceConfigurationArn']),
        allowed: 'nothing beside serviceName: one entry for each way in',
      },
    ];
  return service || resource
    ? []
    : [{ path: ['serviceName'], allowed: 'serviceName, or resourceConfigurationArn, as the provider told it' }];
}

const clientProblems = (entry: unknown): Problem[] =>
  has(entry, 'clientSecurityGroupIds') || has(entry, 'clientCidrs')
    ? []
    : [
        {
          path: ['clientSecurityGroupIds'],
          allowed: 'clientSecurityGroupIds or clientCidrs: nobody would be admitted',
        },
      ];

function dnsProblems(entry: unknown): Problem[] {
  if (!has(entry, 'resourceConfigurationArn')) return [];
  const isService = at(entry, ['dns']) === 'provider';
  const hasZonalNames = at(entry, ['dns', 'zonalNames']) === true;
  return [
    ...(isService
      ? [
          {
            path: ['dns'],
            input: 'provider',
            allowed:
              "nothing for an RDS database: a resource endpoint answers to the database's own name; or {hostName} with the host name that " +
              'the provider shared',
          },
        ]
      : []),
    ...(hasZonalNames
      ? [
          {
            path: ['dns', 'zonalNames'],
            input: true,
            allowed: 'nothing: a resource endpoint has no names of its zones',
          },
        ]
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

export const between = [nameProblems, nameConflicts];
