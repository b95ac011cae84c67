import { isWithin } from '../../lib/addresses.ts';
import { contradictionOf } from '../../lib/contradictions.ts';
import { concerns } from '../../lib/doctor/admission.ts';
import type { Home, ZonedSubnet } from '../../lib/nature.ts';
import type { Found, Networks } from './account.ts';
import { type MemberPrefix, memberPrefixOf } from './member-prefix.ts';

/* From what the account shows to an entry of databases.json. Pure. */

/** A value that init could not know, or chose among several. `path` is inside the entry. */
export type Open = { readonly path: string; readonly what: string };

export type Entry = {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
  readonly database: {
    readonly kind: Found['kind'];
    readonly id: string;
    readonly port: number;
    readonly endpoint: string;
    readonly [key: string]: unknown;
  };
  readonly vpc: { readonly id: string; readonly cidr?: string; readonly subnets: readonly ZonedSubnet[] };
  readonly endpointService: {
    readonly allowedPrincipals?: readonly string[];
    readonly databaseSecurityGroupId?: string;
  };
  readonly reconcile?: { readonly allowedCidrs: readonly string[] };
};

/** `groups`: the security groups of the database, the one that suits best first. */
export type Proposal = {
  readonly found: Found;
  readonly entry: Entry;
  readonly groups: readonly string[];
  readonly open: readonly Open[];
};

/** A database that cannot be followed as it is. */
export type Refused = { readonly found: Found; readonly why: string };

type Surroundings = {
  readonly name?: string;
  readonly taken: readonly string[];
  readonly instanceIds: readonly string[];
};

export const isRefused = (one: Proposal | Refused): one is Refused => 'why' in one;
export const isProposal = (one: Proposal | Refused): one is Proposal => !isRefused(one);

/** @param name of the entry, if the operator has chosen one; `taken`: names that other entries have; `instanceIds`: the Region's */
export function proposalOf(
  found: Found,
  networks: Networks,
  { name, taken, instanceIds }: Surroundings,
): Proposal | Refused {
  const { id, kind, topology, status } = found;
  const { endpoint, home } = topology;
  const wrong = contradictionOf({ name: id, kind, id, role: 'writer' }, topology)?.message;
  if (wrong) return { found, why: wrong };
  if (!endpoint?.port) return { found, why: `it has no endpoint yet (status ${status})` };
  if (!home?.vpcId || topology.instances.length === 0)
    return { found, why: `it has no DB instance (status ${status})` };
  const { subnets, spare } = onePerZone(home);
  if (subnets.length < 2)
    return {
      found,
      why: `its subnet group has subnets in ${subnets.map(({ zone }) => zone).join() || 'no zone'}; allowed: two Availability Zones or more`,
    };
  const groups = byFitness(topology.securityGroups ?? [], endpoint.port, networks);
  const chosen = name ?? nameFor(id, taken);
  const cidr = networks.ranges.get(home.vpcId)?.[0];
  const outside = rangesOutside(home, cidr, networks);
  const memberPrefix = memberPrefixOf(found, instanceIds);
  const entry: Entry = {
    name: chosen,
    ...placeOf(found),
    database: databaseOf(found, endpoint, { groups, memberPrefix }),
    vpc: { id: home.vpcId, ...(cidr ? { cidr } : {}), subnets },
    endpointService: groups[0] ? { databaseSecurityGroupId: groups[0] } : {},
    ...(outside.length > 0 ? { reconcile: { allowedCidrs: outside } } : {}),
  };
  return { found, entry, groups, open: openOf(found, { chosen: name ?? id, entry, spare, memberPrefix }) };
}

/** The ARN names the account and the Region. */
function placeOf({ arn }: Found): Pick<Entry, 'account' | 'region'> {
  const [, , , region, account] = arn.split(':');
  return { ...(account ? { account } : {}), ...(region ? { region } : {}) };
}

function databaseOf(
  { kind, id, topology, isPublic }: Found,
  endpoint: { readonly host: string; readonly port?: number },
  { groups, memberPrefix: { prefix } }: { readonly groups: readonly string[]; readonly memberPrefix: MemberPrefix },
): Entry['database'] {
  const engine = engineOf(topology.nature?.engine);
  return {
    kind,
    id,
    port: endpoint.port ?? 0,
    endpoint: endpoint.host,
    ...(engine ? { engine } : {}),
    ...(prefix ? { memberPrefix: prefix } : {}),
    ...(groups.length > 1 ? { securityGroupIds: groups } : {}),
    ...(isPublic ? { publiclyAccessible: true } : {}),
  };
}

const engines = ['postgres', 'aurora-postgresql', 'mysql', 'aurora-mysql', 'mariadb', 'sqlserver', 'oracle', 'db2'];

/** RDS adds the edition: `oracle-ee`, `custom-sqlserver-se`. Undefined: the file has no word for it. */
export function engineOf(engine = ''): string | undefined {
  const plain = engine === 'aurora' ? 'aurora-mysql' : engine.replace(/^custom-/, '');
  return engines.find((one) => plain === one || plain.startsWith(`${one}-`));
}

/** A load balancer takes one subnet in each zone. */
function onePerZone({ subnets }: Home): {
  readonly subnets: readonly ZonedSubnet[];
  readonly spare: readonly ZonedSubnet[];
} {
  const sorted = subnets.toSorted((a, b) => (a.zone + a.id < b.zone + b.id ? -1 : 1));
  const isFirst = ({ zone }: ZonedSubnet, index: number) => sorted.findIndex((other) => other.zone === zone) === index;
  return { subnets: sorted.filter(isFirst), spare: sorted.filter((one, index) => !isFirst(one, index)) };
}

/** A group that admits something on the database's port is the one that its clients are let in by. */
function byFitness(ids: readonly string[], port: number, { groups }: Networks): readonly string[] {
  const admits = (id: string) => (groups.get(id)?.ingress ?? []).some((rule) => concerns(rule, port));
  return [...ids.filter(admits), ...ids.filter((id) => !admits(id))];
}

/** The ranges of the subnets, where one lies outside `vpc.cidr`: its addresses would not be allowed otherwise. */
function rangesOutside({ subnets }: Home, cidr: string | undefined, networks: Networks): readonly string[] {
  const ranges = [...new Set(subnets.flatMap(({ id }) => networks.subnets.get(id) || []))];
  return cidr !== undefined && ranges.some((range) => !isWithin(range, cidr)) ? ranges : [];
}

const longestName = 32;

/** The database's identifier, as far as a name may be as long, and no other's. */
function nameFor(id: string, taken: readonly string[]): string {
  const cut = (length: number) => id.slice(0, length).replace(/-$/, '');
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? cut(longestName) : `${cut(longestName - 1 - String(number).length)}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

type Chosen = {
  readonly chosen: string;
  readonly entry: Entry;
  readonly spare: readonly ZonedSubnet[];
  readonly memberPrefix: MemberPrefix;
};

function openOf(
  { topology, isPublic }: Found,
  { chosen, entry, spare, memberPrefix: { none } }: Chosen,
): readonly Open[] {
  const notes: readonly (readonly [is: boolean, path: string, what: string])[] = [
    [entry.name !== chosen, 'name', `"${entry.name}": "${chosen}" is too long or taken; --name NAME chooses another`],
    [
      none !== undefined,
      'database.memberPrefix',
      `none is proposed: ${none}, so events about every DB instance of the account wake the function`,
    ],
    [
      isPublic,
      'placement',
      'the database is publicly accessible, so the functions run in the VPC, with interface endpoints of their own; "existing" and "shared" are others',
    ],
    [
      spare.length > 0,
      'vpc.subnets',
      `the first subnet of each zone; the subnet group also has ${spare.map(({ id, zone }) => `${id} (${zone})`).join(', ')}`,
    ],
    [entry.vpc.cidr === undefined, 'vpc.cidr', 'EC2 does not show the VPC'],
    [(topology.securityGroups ?? []).length === 0, 'endpointService.databaseSecurityGroupId', 'RDS names none'],
  ];
  return notes.flatMap(([is, path, what]) => (is ? [{ path, what }] : []));
}
