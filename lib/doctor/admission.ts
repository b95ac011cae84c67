import { isWithin } from '../addresses.ts';
import type { Target } from '../domain.ts';
import type { Rule, SecurityGroup, Subnet } from './surroundings.ts';
import { failed, notChecked, ok, type Verdict } from './verdict.ts';

/* Whether security groups let a TCP connection pass. */

/** One end of a connection. `name`: what it is called in a sentence. */
export type Side = {
  readonly name: string;
  readonly securityGroupIds: readonly string[];
  readonly subnetIds: readonly string[];
};

export type Groups = ReadonlyMap<string, SecurityGroup>;
export type Subnets = ReadonlyMap<string, Subnet>;

export const concerns = ({ protocol, fromPort = 0, toPort = 65_535 }: Rule, port: number): boolean =>
  protocol === '-1' || ((protocol === 'tcp' || protocol === '6') && fromPort <= port && port <= toPort);

const missing = (ids: readonly string[], known: ReadonlyMap<string, unknown>): Verdict | undefined => {
  const unknown = ids.filter((id) => !known.has(id));
  return unknown.length > 0 ? notChecked(`${unknown.join(', ')} could not be described`) : undefined;
};

const shares = (some: readonly string[], others: readonly string[]): boolean => some.some((id) => others.includes(id));

/** With the ranges of one family only: a connection to an address comes from an address of the same family. */
export const ofFamily = (subnets: Subnets, ip: string): Subnets =>
  new Map(
    [...subnets].map(([id, subnet]) => [
      id,
      { ...subnet, cidrs: subnet.cidrs.filter((range) => range.includes(':') === ip.includes(':')) },
    ]),
  );

/** Whether the database's security groups let `source` in. */
export function admission(
  admitting: readonly string[],
  source: Side,
  port: number,
  groups: Groups,
  subnets: Subnets,
): Verdict {
  const unknown = missing(admitting, groups) ?? missing(source.subnetIds, subnets);
  if (unknown) return unknown;
  const rules = admitting.flatMap((id) => groups.get(id)?.ingress ?? []).filter((rule) => concerns(rule, port));
  const by = rules.find(({ groupIds }) => shares(groupIds, source.securityGroupIds));
  if (by) return ok(`${source.name} is admitted by its security group`);
  const ranges = source.subnetIds.flatMap((id) => subnets.get(id)?.cidrs ?? []);
  const cidrs = rules.flatMap((rule) => rule.cidrs);
  const closed = ranges.filter((range) => !cidrs.some((cidr) => isWithin(range, cidr)));
  if (closed.length === 0 && ranges.length > 0) return ok(`${source.name} is admitted by the range of its subnets`);
  const parts = [
    ...cidrs.filter((cidr) => closed.some((range) => isWithin(cidr, range))),
    ...rules.flatMap(({ prefixListIds }) => prefixListIds),
  ];
  if (parts.length > 0)
    return notChecked(
      `${parts.join(', ')} may admit ${source.name}; compare with its addresses (${ranges.join(', ')})`,
    );
  return failed(`no rule of ${admitting.join(', ')} admits ${source.name} on port ${port}`);
}

/** Whether the security groups of `source` let connections out to the database. */
export function departure(source: Side, { ip, port }: Target, receiving: readonly string[], groups: Groups): Verdict {
  if (source.securityGroupIds.length === 0) return ok(`${source.name} has no security group`);
  const unknown = missing(source.securityGroupIds, groups);
  if (unknown) return unknown;
  const rules = source.securityGroupIds
    .flatMap((id) => groups.get(id)?.egress ?? [])
    .filter((rule) => concerns(rule, port));
  const isOpen = rules.some(
    ({ cidrs, groupIds }) => shares(groupIds, receiving) || cidrs.some((cidr) => isWithin(ip, cidr)),
  );
  if (isOpen) return ok(`${source.name} may send to ${ip}:${port}`);
  const lists = rules.flatMap(({ prefixListIds }) => prefixListIds);
  if (lists.length > 0) return notChecked(`${lists.join(', ')} may let ${source.name} out to ${ip}`);
  return failed(`no rule of ${source.securityGroupIds.join(', ')} lets ${source.name} out to ${ip}:${port}`);
}
