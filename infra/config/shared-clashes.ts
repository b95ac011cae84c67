import { canonicalCidr } from '../../lib/addresses.ts';
import { limits } from './limits.ts';
import type { Path, Problem } from './problems.ts';
import { at, has, listAt, repeats, textAt, unlessUnknown } from './values.ts';

/* What databases behind one load balancer take away from each other: ports, rules of its security group, room. */

export const service = (key: string): Path => ['endpointService', key];

/** A database behind a load balancer that the file has. */
export type Member = {
  readonly index: number;
  readonly entry: unknown;
  readonly name: string;
  readonly balancer: unknown;
};

/** Something of which there is one behind a load balancer. */
type Claim = { readonly key: string; readonly path: Path; readonly input: unknown };

export function clashes(group: readonly Member[]): Problem[] {
  const ports = group.flatMap(({ index, entry }) => claim(index, entry, service('listenerPort')));
  const groups = group.flatMap(({ index, entry, balancer }) =>
    unlessUnknown(() => {
      const admitted = listAt(balancer, ...service('databaseSecurityGroupIds')) ?? [];
      const path = service('databaseSecurityGroupId');
      return admitted.includes(at(entry, path)) ? [] : claim(index, entry, path, databasePort);
    }, []),
  );
  const ranges = group.flatMap(({ index, entry }) =>
    unlessUnknown(() => {
      const all = has(entry, ...service('databaseSecurityGroupId')) ? [] : listAt(entry, ...service('databaseCidrs'));
      return (all ?? []).flatMap((_, place) => claim(index, entry, [...service('databaseCidrs'), place], databasePort));
    }, []),
  );
  const rule = 'EC2 takes the same rule of a load balancer once';
  return [
    ...taken(ports, (first) => `a port that [${first}] has not taken on this load balancer`),
    ...taken(
      groups,
      (first) =>
        `another group than that of [${first}], or this one in databaseSecurityGroupIds of the load balancer, whose stack then adds the rules: ${rule}`,
    ),
    ...taken(ranges, (first) => `a range that [${first}] does not have, like those of the database's subnets: ${rule}`),
  ];
}

const databasePort: Path = ['database', 'port'];

/** `beside`: another value of the entry, with which it makes the one. */
const claim = (index: number, entry: unknown, path: Path, beside: Path = []): Claim[] =>
  unlessUnknown(() => {
    const input = at(entry, path);
    const key = `${canonicalCidr(String(input))} ${beside.length > 0 ? String(at(entry, beside)) : ''}`;
    return input === undefined ? [] : [{ key, path: [index, ...path], input }];
  }, []);

const taken = (claims: readonly Claim[], allowed: (first: string) => string): Problem[] =>
  repeats(claims.map(({ key }) => key)).flatMap(({ index, first }) => {
    const [one, other] = [claims[index], claims[first]];
    // A list that has a range twice is told by another rule.
    return one && other && one.path[0] !== other.path[0]
      ? [{ path: one.path, input: one.input, allowed: allowed(String(other.path[0])) }]
      : [];
  });

/** The first database that is too much. */
export function fullness(group: readonly Member[]): Problem[] {
  const { listenersPerLoadBalancer: listeners, targetsPerLoadBalancer: targets } = limits;
  const full = (member: Member | undefined, what: string): Problem[] =>
    member
      ? [{ path: [member.index, ...service('shared')], input: member.name, allowed: `another load balancer: ${what}` }]
      : [];
  const sum = (count: number) => group.slice(0, count).reduce((all, { entry }) => all + mostTargets(entry), 0);
  const tooMany = group.findIndex((_, index) => sum(index + 1) > targets);
  return group.length > listeners
    ? full(group[listeners], `this one has ${listeners} listeners, and AWS gives none more`)
    : full(
        group[tooMany],
        `with this database the groups of this one may hold ${sum(tooMany + 1)} targets (a writer 2, readers 15, a custom endpoint 16, a host name 8), and AWS takes ${targets}`,
      );
}

/**
 * Of one group. A writer has its successor beside it for a while; Aurora has fifteen readers at most ("Aurora Replicas"), and a custom
 * endpoint may have the writer, too; a name server gives eight of many addresses (Route 53, "Multivalue answer routing").
 */
function mostTargets(entry: unknown): number {
  const textOr = (...path: Path) => unlessUnknown(() => textAt(entry, ...path), undefined);
  if (textOr('database', 'kind') === 'hostname') return 8;
  const role = textOr('role');
  return role === 'reader' ? 15 : role === 'custom' ? 16 : 2;
}
