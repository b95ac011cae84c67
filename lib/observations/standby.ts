import { type Desired, type Target, type Timings, type Topology, targetKey } from '../domain.ts';
import type { InterfacesObservation, NetworkInterface } from '../ports.ts';
import { described, isOfRds } from './owners.ts';

/*
 * The standby of a Multi-AZ instance. No RDS API tells its address. Its network interface may be listed by EC2, which AWS does not document,
 * so its address is proven anew in each check: by a security group that this database alone carries, and by the two zones that the RDS API
 * names (docs/decisions/0030-warm-standby.md).
 */

type Standby =
  | { readonly kind: 'proven'; readonly ip: string }
  /** As without a standby. `unread`: the sources do not say, so nothing changes. */
  | { readonly kind: 'unproven' | 'unread'; readonly why: string };

type Found = NetworkInterface & { readonly ip: string };

const allOf = (marked: InterfacesObservation): readonly Found[] =>
  marked.kind === 'seen' ? [...marked.interfaces].flatMap(([ip, all]) => all.map((one) => ({ ...one, ip }))) : [];

/** The standby beside the endpoint's address. */
export function standbyBeside(
  endpointIp: string,
  marked: InterfacesObservation,
  topology: Pick<Topology, 'zones' | 'nature'> | undefined,
): Standby {
  if (marked.kind === 'unavailable') return { kind: 'unread', why: marked.message };
  if (!topology) return { kind: 'unread', why: 'the zones of the instance are not known while the RDS API is down' };
  const why = otherEngine(topology) ?? notTheTwo(marked, topology);
  if (why !== undefined) return { kind: 'unproven', why };
  const all = allOf(marked);
  const own = all.find(({ ip }) => ip === endpointIp);
  if (!own) return { kind: 'unproven', why: `${endpointIp}, the endpoint's address, is on neither of them` };
  const isIpv6 = endpointIp.includes(':');
  const others = all.filter(({ id, ip }) => id !== own.id && ip.includes(':') === isIpv6);
  const [other] = others;
  if (!other || others.length > 1)
    return { kind: 'unproven', why: `the other interface has ${others.length} addresses of this type` };
  return { kind: 'proven', ip: other.ip };
}

/** A standby of these alone is known to keep its port closed; the file may not name the engine. */
const keptClosed = /^(postgres|mysql|mariadb)/;

const otherEngine = ({ nature: { engine } = {} }: Pick<Topology, 'nature'>): string | undefined =>
  engine === undefined || keptClosed.test(engine)
    ? undefined
    : `the RDS API says that the engine is ${engine}, and that the port of its standby stays closed is known of PostgreSQL, MySQL and MariaDB alone`;

/** Why the interfaces with the marker group are not those of an instance and its standby; undefined where they are. */
function notTheTwo(marked: InterfacesObservation, { zones }: Pick<Topology, 'zones'>): string | undefined {
  if (!zones?.primary || !zones.secondary)
    return 'the RDS API names no secondary Availability Zone: the instance is not Multi-AZ, or not yet';
  const byId = new Map(allOf(marked).map((one) => [one.id, one]));
  const all = [...byId.values()];
  const other = all.find((one) => !isOfRds(one));
  if (other) return `the marker security group is also on ${described(other)}`;
  if (all.length !== 2) return `EC2 shows ${all.length} interfaces with the marker security group; two were expected`;
  const found = all.map(({ zone = 'an unknown zone' }) => zone).sort();
  const wanted = [zones.primary, zones.secondary].sort();
  // After a failover the API exchanges the two minutes late.
  return found.join() === wanted.join()
    ? undefined
    : `the interfaces are in ${found.join(' and ')}, the instance and its standby in ${wanted.join(' and ')}`;
}

/** The addresses of RDS's interfaces with the marker group. */
export const ownIn = (marked: InterfacesObservation): ReadonlySet<string> =>
  new Set(
    allOf(marked)
      .filter(isOfRds)
      .map(({ ip }) => ip),
  );

/**
 * Targets of the group that EC2 shows to be another's, or on no interface, while it shows one that stays to be the database's. While it is unknown
 * what belongs into the group, both interfaces of the database have to be there: then nothing else is its own.
 */
export function foreignAmong(
  live: readonly Target[],
  desired: Desired,
  marked: InterfacesObservation | undefined,
  topology: Pick<Topology, 'zones'> | undefined,
): readonly Target[] {
  if (marked?.kind !== 'seen') return [];
  const own = ownIn(marked);
  const isKnown = desired.kind === 'targets' || (topology && notTheTwo(marked, topology) === undefined);
  if (!isKnown || !live.some(({ ip }) => own.has(ip))) return [];
  const wanted = new Set(desired.kind === 'targets' ? desired.targets.map(({ ip }) => ip) : []);
  return live.filter(({ ip }) => !own.has(ip) && !wanted.has(ip));
}

/** The key of the standby among what is desired, if there is one. */
export const standbyKeys = (desired: Desired | undefined): readonly string[] =>
  desired?.kind === 'targets' && desired.standby?.kind === 'proven' ? [targetKey(desired.standby.target)] : [];

/**
 * For longer than this writer and standby are never both healthy. A failover explains 55 s: two health checks of 5 s at both, and 35 s until
 * the load balancer acts on them. A failback a minute later would explain two drift checks that see both; it takes a third.
 */
export const togetherMs = ({ settleMs }: Timings): number => (settleMs * 23) / 6;
