import ipaddr from 'ipaddr.js';
import type { Subnet, VpcSpec } from '../../world/network.ts';
import { validationError } from '../wire/aws-error.ts';

export type Vpc = {
  readonly id: string;
  readonly subnets: readonly Subnet[];
  /** Throws a ValidationError for what is no address of this family. */
  parseTarget(ip: string, family: 'ipv4' | 'ipv6'): void;
  /**
   * The Availability Zone that ELBv2 fills in for a target, given the one that the caller named, if any. Throws a
   * ValidationError for an address that ELBv2 refuses.
   */
  placeTarget(ip: string, family: 'ipv4' | 'ipv6', zone: string | undefined): string;
};

// "Target type" in the NLB user guide: beside the VPC's own, only these ranges may be targets.
const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];

const defaultSubnets = (cidrs: readonly string[], region: string): readonly Subnet[] =>
  cidrs.map((cidr, index) => ({
    id: `subnet-${(index + 1).toString(16).padStart(17, '0')}`,
    cidr,
    availabilityZone: region + String.fromCharCode('a'.charCodeAt(0) + (index % 3)),
  }));

function within(address: ipaddr.IPv4 | ipaddr.IPv6, cidr: string): boolean {
  const [range, bits] = ipaddr.parseCIDR(cidr);
  return range.kind() === address.kind() && address.match(range, bits);
}

function parse(ip: string, family: 'ipv4' | 'ipv6') {
  const parser = family === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const valid = family === 'ipv4' ? ipaddr.IPv4.isValidFourPartDecimal(ip) : ipaddr.IPv6.isValid(ip);
  if (valid) return parser.parse(ip);
  throw validationError(`The IP address '${ip}' is not a valid ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`);
}

function placeInside(ip: string, home: string, zone: string | undefined): string {
  if (zone === undefined || zone === home) return home;
  throw validationError(
    `The IP address '${ip}' is within the VPC, and cannot have its Availability Zone overridden to '${zone}' from '${home}'`,
  );
}

function placeOutside(ip: string, zone: string | undefined, known: readonly string[]): string {
  if (zone !== undefined && (zone === 'all' || known.includes(zone))) return zone;
  throw validationError(
    `You must specify a valid Availability Zone or select 'all' for all enabled Availability zones, since the IP address '${ip}' is outside the VPC`,
  );
}

/** The VPC of the target groups, as far as ELBv2 uses it. */
export function createVpc({ id, cidrs, subnets }: VpcSpec, region: string): Vpc {
  const all = subnets ?? defaultSubnets(cidrs, region);
  const zones = all.map(({ availabilityZone }) => availabilityZone);
  return {
    id,
    subnets: all,
    parseTarget: (ip, family) => void parse(ip, family),
    placeTarget(ip, family, zone) {
      const address = parse(ip, family);
      // The subnets decide what is inside, not the VPC's CIDRs (kubernetes-sigs/aws-load-balancer-controller#3714).
      const home = all.find((one) => within(address, one.cidr) || (one.ipv6Cidr && within(address, one.ipv6Cidr)));
      if (home) return placeInside(ip, home.availabilityZone, zone);
      if (![...cidrs, ...privateRanges].some((cidr) => within(address, cidr))) {
        throw validationError(`The IP address '${ip}' is neither within the VPC nor within a private address range`);
      }
      return placeOutside(ip, zone, zones);
    },
  };
}
