import { allowedCidrsOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { isWithin } from '../../lib/addresses.ts';
import type { Home } from '../../lib/nature.ts';
import { type Finding, findingsOf, idsIn, notChecked, type Wrong } from './findings.ts';
import type { Ground, PlacedSubnet, Tried } from './ground.ts';

/* VPC, subnets and security groups of an entry beside what EC2 says. */

/** A database, or a load balancer of several. */
type Entry = Pick<DatabaseEntry, 'vpc' | 'reconcile'>;

export function networkFindings(entry: Entry, home: Home | undefined, ground: Ground): readonly Finding[] {
  return [
    ...vpcFindings(entry, home, ground),
    ...judged('subnets-match', ['vpc', 'subnets'], ground.subnets, (known) => subnetsWrong(entry, home, known)),
    ...judged('security-groups-exist', ['endpointService'], ground.groups, (known) => groupsWrong(entry, known)),
    ...rangeFindings(entry, home, ground),
  ];
}

function judged<T>(check: string, path: readonly string[], tried: Tried<T>, wrong: (value: T) => readonly Wrong[]) {
  return 'why' in tried
    ? notChecked(check, path, tried.why)
    : findingsOf(check, path, wrong(tried.value), 'as EC2 says');
}

/** The database's VPC is another one, and the file says that its addresses are reached all the same. */
const isPeered = ({ vpc, reconcile }: Entry, home: Home | undefined): boolean =>
  home?.vpcId !== undefined && home.vpcId !== vpc?.id && reconcile?.allowedCidrs !== undefined;

function vpcFindings(entry: Entry, home: Home | undefined, { vpcs }: Ground): readonly Finding[] {
  const { vpc } = entry;
  if (!vpc) return [];
  const path = ['vpc', 'id'];
  const exists = judged('vpc-exists', path, vpcs, (known) => vpcWrong(vpc, known, home?.vpcId));
  const isUnknown = 'value' in vpcs && !vpcs.value.has(vpc.id);
  if (isUnknown || home?.vpcId === undefined) return exists;
  if (isPeered(entry, home))
    return [
      ...exists,
      ...notChecked(
        'vpc-of-database',
        path,
        `the database is in ${home.vpcId}: whether it is reached from ${vpc.id} shows a deployment`,
      ),
    ];
  const allowed = `"${home.vpcId}", the VPC of the database; or reconcile.allowedCidrs, where the two are peered`;
  return [...exists, ...findingsOf('vpc-of-database', path, home.vpcId === vpc.id ? [] : [{ path, allowed }], vpc.id)];
}

function vpcWrong(
  { id, cidr }: NonNullable<DatabaseEntry['vpc']>,
  known: ReadonlyMap<string, readonly string[]>,
  ofDatabase: string | undefined,
): readonly Wrong[] {
  const ranges = known.get(id);
  if (!ranges)
    return [
      {
        path: ['vpc', 'id'],
        allowed: `a VPC of this account and Region${ofDatabase ? `, like "${ofDatabase}", that of the database` : ''}`,
      },
    ];
  return cidr === undefined || ranges.includes(cidr)
    ? []
    : [{ path: ['vpc', 'cidr'], allowed: `${ranges.map((one) => `"${one}"`).join(' or ')}, the range of ${id}` }];
}

/** With the VPC of the database: where `vpc.id` is the mistake, the subnets are none. */
function subnetsWrong(
  entry: Entry,
  home: Home | undefined,
  known: ReadonlyMap<string, PlacedSubnet>,
): readonly Wrong[] {
  const { vpc } = entry;
  const wanted = isPeered(entry, home) ? vpc?.id : (home?.vpcId ?? vpc?.id);
  return (vpc?.subnets ?? []).flatMap(({ id, zone }, index): Wrong[] => {
    const found = known.get(id);
    const path = ['vpc', 'subnets', index];
    if (!found) return [{ path: [...path, 'id'], allowed: 'a subnet of this account and Region' }];
    return [
      ...(found.vpcId === wanted
        ? []
        : [{ path: [...path, 'id'], allowed: `a subnet of ${wanted}; this one is in ${found.vpcId}` }]),
      ...(found.zone === zone ? [] : [{ path: [...path, 'zone'], allowed: `"${found.zone}", the zone of ${id}` }]),
    ];
  });
}

function groupsWrong(entry: Entry, known: ReadonlyMap<string, string>): readonly Wrong[] {
  return idsIn(entry, 'sg').flatMap(({ path, id }): Wrong[] => {
    // Those of a shared load balancer are told at its own place.
    if (path[0] === 'loadBalancer') return [];
    const vpcId = known.get(id);
    if (vpcId === undefined) return [{ path, allowed: 'a security group of this account and Region' }];
    // A group of the database may be in a peered VPC.
    return entry.vpc && path[0] === 'placement' && vpcId !== entry.vpc.id
      ? [{ path, allowed: `a security group of ${entry.vpc.id}; this one is in ${vpcId}` }]
      : [];
  });
}

/** The database may come to stand in any subnet of its group: an address outside these ranges is never registered. */
function rangeFindings(entry: Entry, home: Home | undefined, { ranges, vpcs }: Ground): readonly Finding[] {
  const { id = '', cidr } = entry.vpc ?? {};
  // That range, or its VPC, is the mistake.
  const isForeign =
    home?.vpcId !== id || ('value' in vpcs && cidr !== undefined && !vpcs.value.get(id)?.includes(cidr));
  if (!entry.reconcile?.allowedCidrs && isForeign) return [];
  const allowed = allowedCidrsOf(entry);
  const own =
    home?.subnets.flatMap(({ id }) => ranges.get(id)?.cidrs.filter((cidr) => !cidr.includes(':')) ?? []) ?? [];
  if (!allowed || own.length === 0) return [];
  const path = entry.reconcile?.allowedCidrs ? ['reconcile', 'allowedCidrs'] : ['vpc', 'cidr'];
  const outside = own.filter((range) => !allowed.some((cidr) => isWithin(range, cidr)));
  const wrong =
    outside.length > 0
      ? [
          {
            path,
            allowed: `ranges that hold ${outside.join(', ')}, subnets of the database${path[0] === 'vpc' ? ': name them in reconcile.allowedCidrs' : ''}`,
          },
        ]
      : [];
  return findingsOf('ranges-cover-database', path, wrong, own.join(', '));
}
