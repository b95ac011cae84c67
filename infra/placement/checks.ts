import { type Duration, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { domainName, isNetwork } from '../../lib/addresses.ts';
import { identifierHint, isResourceId } from '../../lib/contradictions.ts';
import { limits } from '../config/limits.ts';
import { isUnknownYet } from './lookups.ts';

/* What constructs check in their props. Tokens pass: their values are not known yet. */

type Bounds = readonly [min: number, max: number];

export function wholeProblems(name: string, value: number | undefined, [min, max]: Bounds, unit = ''): string[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  return Number.isInteger(value) && value >= min && value <= max
    ? []
    : [
        `${name} is ${value}${unit && ` ${unit}`}; allowed: ${unit ? `whole ${unit}` : 'a whole number'} from ${min} to ${max}`,
      ];
}

export const portProblems = (name: string, port: number | undefined): string[] =>
  wholeProblems(name, port, limits.port);

export function durationProblems(
  name: string,
  duration: Duration | undefined,
  unit: 'seconds' | 'minutes',
  bounds: Bounds,
): string[] {
  if (!duration || duration.isUnresolved()) return [];
  const length = unit === 'seconds' ? duration.toSeconds({ integral: false }) : duration.toMinutes({ integral: false });
  return wholeProblems(name, length, bounds, unit);
}

export const itemProblems = (
  name: string,
  items: readonly string[] | undefined,
  isAllowed: (item: string) => boolean,
  allowed: string,
): string[] => {
  if (Token.isUnresolved(items))
    return [
      `${name} is a list whose length only the deployment knows; allowed: a list of texts, each of which may be a token: [Fn.select(0, list), …]`,
    ];
  return (items ?? [])
    .filter((item) => !isUnknownYet(item) && !isAllowed(item))
    .map((item) => `${name} has "${item}"; allowed: ${allowed}`);
};

/** In capitals as they are given, by which a resource id is told from an identifier. */
export function checkIdentifiers(ids: readonly (string | undefined)[]): void {
  const wrong = ids.find((id = '') => isResourceId(id));
  if (wrong !== undefined)
    throw new Error(`the identifier is ${wrong}; allowed: one that RDS was given${identifierHint(wrong)}`);
}

export const isDomainName = (text: string) => domainName.test(text.replace(/^\*\./, ''));

type Range = { readonly isOne: (cidr: string) => boolean; readonly family: string; readonly allowed: string };

export const anyRange: Range = {
  isOne: isNetwork,
  family: 'IPv4 or IPv6',
  allowed: 'a range such as 10.0.0.0/16 or fd00:1::/56',
};
export const ipv4Range: Range = {
  isOne: (cidr) => isNetwork(cidr) && !cidr.includes(':'),
  family: 'IPv4',
  allowed: 'an IPv4 range such as 10.0.0.0/16',
};
export const ipv6Range: Range = {
  isOne: (cidr) => isNetwork(cidr) && cidr.includes(':'),
  family: 'IPv6',
  allowed: 'an IPv6 range such as fd00:1::/56',
};

/** An empty list would look like "no client" and mean "every client". */
export function cidrProblems(name: string, cidrs: readonly string[] | undefined, range: Range): string[] {
  if (cidrs?.length === 0) return [`${name} is empty; allowed: one ${range.family} range or more, or leave it out`];
  return itemProblems(name, cidrs, range.isOne, range.allowed);
}

export function subnetProblems(subnets: readonly ec2.ISubnet[]): string[] {
  const zones = subnets.map(zoneOf).filter((zone) => zone !== undefined);
  const shown = subnets.map((subnet) => `${shownId(subnet)} in ${zoneOf(subnet) ?? 'an unknown zone'}`).join(', ');
  if (subnets.length < 2 || (zones.length === subnets.length && new Set(zones).size < 2))
    return [`subnets are ${shown || 'none'}; allowed: subnets in two Availability Zones or more`];
  const isTwice = new Set(zones).size < zones.length;
  return isTwice ? [`subnets are ${shown}; allowed: one subnet per Availability Zone`] : [];
}

const shownId = (subnet: ec2.ISubnet) => (Token.isUnresolved(subnet.subnetId) ? subnet.node.path : subnet.subnetId);

/** Undefined: not known before deployment. `Subnet.fromSubnetId` knows no zone, and CDK's only way to say so is to throw. */
function zoneOf(subnet: ec2.ISubnet): string | undefined {
  try {
    const zone = subnet.availabilityZone;
    return Token.isUnresolved(zone) ? undefined : zone;
  } catch {
    return undefined;
  }
}
