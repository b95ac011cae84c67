import { Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { canHoldTargets, isNetwork } from '../../lib/addresses.ts';
import { isRegion, principalPattern } from '../../lib/partitions.ts';
import type { DatabaseEndpointServiceProps } from './database-endpoint-service-props.ts';
import { crossRegionIdleSeconds } from './limits.ts';

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(
  props: DatabaseEndpointServiceProps,
  subnets: readonly ec2.ISubnet[],
  region: string,
): string[] {
  return [
    ...portProblems('port', props.port),
    ...portProblems('databasePort', props.databasePort),
    ...subnetProblems(subnets),
    ...cidrProblems('consumerCidrs', props.consumerCidrs, props.addressType === 'dual-stack' ? anyRange : ipv4Range),
    ...cidrProblems('databaseCidrs', props.databaseCidrs, props.targetAddressType === 'ipv6' ? ipv6Range : ipv4Range),
    ...(props.targetAddressType === 'ipv6' && props.addressType !== 'dual-stack'
      ? ["targetAddressType is ipv6; allowed: ipv4, or ipv6 with addressType 'dual-stack'"]
      : []),
    ...itemProblems(
      'allowedPrincipals',
      props.allowedPrincipals,
      isPrincipal,
      'an account id (12 digits) or arn:aws:iam::…',
    ),
    ...itemProblems('supportedRegions', props.supportedRegions, isRegion, 'a Region such as eu-west-1'),
    ...itemProblems('privateDnsName', listOf(props.privateDnsName), isDomainName, 'a full DNS name of your domain'),
    ...idleProblems(props),
    ...healthCheckProblems(props),
    ...crossRegionProblems(props, region),
  ];
}

function healthCheckProblems(props: DatabaseEndpointServiceProps): string[] {
  const whole = (name: string, value: number | undefined, [min, max]: readonly [number, number], unit = '') =>
    value === undefined || Token.isUnresolved(value) || (Number.isInteger(value) && value >= min && value <= max)
      ? []
      : [`${name} is ${value}${unit}; allowed: a whole number from ${min} to ${max}${unit}`];
  const { healthCheckInterval, healthyThreshold, unhealthyThreshold } = props;
  return [
    ...whole('healthCheckInterval', healthCheckInterval?.toSeconds({ integral: false }), [5, 300], ' s'),
    ...whole('healthyThreshold', healthyThreshold, [2, 10]),
    ...whole('unhealthyThreshold', unhealthyThreshold, [2, 10]),
  ];
}

const listOf = (text: string | undefined) => (text === undefined ? undefined : [text]);

export function itemProblems(
  name: string,
  items: readonly string[] | undefined,
  isAllowed: (item: string) => boolean,
  allowed: string,
): string[] {
  return (items ?? [])
    .filter((item) => !Token.isUnresolved(item) && !isAllowed(item))
    .map((item) => `${name} has "${item}"; allowed: ${allowed}`);
}

const principal = principalPattern('iam', '(root|(user|role)/\\S+)');
const isPrincipal = (text: string) => principal.test(text);
export const isDomainName = (text: string) =>
  /^(?=.{3,253}$)(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i.test(text);

export function portProblems(name: string, port: number | undefined): string[] {
  if (port === undefined || Token.isUnresolved(port)) return [];
  return Number.isInteger(port) && port >= 1 && port <= 65535
    ? []
    : [`${name} is ${port}; allowed: a whole number from 1 to 65535`];
}

type Range = { readonly isOne: (cidr: string) => boolean; readonly family: string; readonly allowed: string };

const anyRange: Range = {
  isOne: isNetwork,
  family: 'IPv4 or IPv6',
  allowed: 'a range such as 10.0.0.0/16 or fd00:1::/56',
};
const ipv4Range: Range = {
  isOne: (cidr) => isNetwork(cidr) && !cidr.includes(':'),
  family: 'IPv4',
  allowed: 'an IPv4 range such as 10.0.0.0/16',
};
const ipv6Range: Range = {
  isOne: (cidr) => isNetwork(cidr) && cidr.includes(':'),
  family: 'IPv6',
  allowed: 'an IPv6 range such as fd00:1::/56',
};
/** Ranges by which nobody gets in: of a library's user, who may know better, a warning will do. */
export const rangesWithoutClients = ({ consumerCidrs = [] }: DatabaseEndpointServiceProps): string[] =>
  consumerCidrs.filter((cidr) => !Token.isUnresolved(cidr) && isNetwork(cidr) && !canHoldTargets(cidr));

/** An empty list would look like "nobody" and mean "everybody". */
export function cidrProblems(name: string, cidrs: readonly string[] | undefined, range: Range = ipv4Range): string[] {
  if (cidrs?.length === 0) return [`${name} is empty; allowed: one ${range.family} range or more, or leave it out`];
  return itemProblems(name, cidrs, range.isOne, range.allowed);
}

function idleProblems({ idleTimeout }: DatabaseEndpointServiceProps): string[] {
  if (!idleTimeout || idleTimeout.isUnresolved()) return [];
  const seconds = idleTimeout.toSeconds({ integral: false });
  return Number.isInteger(seconds) && seconds >= 60 && seconds <= 6000
    ? []
    : [`idleTimeout is ${seconds} seconds; allowed: whole seconds from 60 to 6000`];
}

function crossRegionProblems({ idleTimeout, supportedRegions }: DatabaseEndpointServiceProps, own: string): string[] {
  if (!idleTimeout || idleTimeout.isUnresolved()) return [];
  const seconds = idleTimeout.toSeconds({ integral: false });
  return seconds !== crossRegionIdleSeconds && supportedRegions?.some((region) => region !== own)
    ? [
        `idleTimeout is ${seconds} seconds; allowed: ${crossRegionIdleSeconds} with supportedRegions, as AWS takes no other where consumers come from other Regions`,
      ]
    : [];
}

export function subnetProblems(subnets: readonly ec2.ISubnet[]): string[] {
  const zones = subnets.map(zoneOf).filter((zone) => zone !== undefined);
  const shown = subnets.map((subnet) => `${shownId(subnet)} in ${zoneOf(subnet) ?? 'an unknown zone'}`).join(', ');
  if (subnets.length < 2 || (zones.length === subnets.length && new Set(zones).size < 2)) {
    return [`subnets are ${shown || 'none'}; allowed: subnets in two Availability Zones or more`];
  }
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
