import ipaddr from 'ipaddr.js';

/** RFC 1918, RFC 6598 and RFC 4193: the private addresses of a VPC. */
export const privateCidrs: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
];

/** The most addresses that a name may have. A DNS message has room for 4,000, and each pass compares all of them. */
export const mostAddresses = 100;

/** Where a target can be at all, whatever is configured. RFC 2544's range is a legal VPC range as well. */
const targetCidrs = [...privateCidrs, '198.18.0.0/15'];

/** The most that an IPv6 range of a VPC can be: /44 ("VPC CIDR blocks" in the VPC user guide). */
const largestVpcRange = 44;

type Address = ReturnType<typeof ipaddr.parse>;

/** The ranges of a configuration are few, and each address is held against all of them. */
const parsed = new Map<string, ReturnType<typeof ipaddr.parseCIDR>>();

function rangeOf(cidr: string): ReturnType<typeof ipaddr.parseCIDR> {
  const range = parsed.get(cidr) ?? ipaddr.parseCIDR(cidr);
  parsed.set(cidr, range);
  return range;
}

const lies = (address: Address, cidr: string): boolean => {
  const [network, bits] = rangeOf(cidr);
  return network.kind() === address.kind() && address.match(network, bits);
};

/** The addresses of a run are few, and each pass asks about them again. */
const addresses = new Map<string, Address | undefined>();

function addressOf(text: string): Address | undefined {
  if (addresses.has(text)) return addresses.get(text);
  const address =
    ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.parse(text) : undefined;
  // Whatever DNS is made to answer, this stays small.
  if (addresses.size >= 1000) addresses.clear();
  addresses.set(text, address);
  return address;
}

export const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text);

/** The range with its first address: `10.0.0.0/16` for `10.0.0.1/16`, `10.0.0.1/32` for `10.0.0.1`. Undefined: it is none. */
export function networkOf(text: string): string | undefined {
  const plain = text.replace(/\s/g, '');
  const cidr = plain.includes('/') ? plain : `${plain}/${plain.includes(':') ? 128 : 32}`;
  if (!isCidr(cidr)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(cidr)}/${bits}`;
}

/** Whether it is a range, written with its first address: `10.0.0.1/16` is not. */
export function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  return isCidr(text) && networkOf(text) === `${canonicalIp(address)}/${bits}`;
}

/** One spelling for each range, so that equal ranges are equal texts; any other text stays as it is. */
export const canonicalCidr = (text: string): string => (isNetwork(text) ? networkOf(text) : undefined) ?? text;

export const isIp = (text: string): boolean => addressOf(text) !== undefined;

/** RFC 4291: what the internet has of IPv6. */
const globalIpv6 = '2000::/3';

export const isGlobalIpv6 = (ip: string): boolean => isIp(ip) && lies(ipaddr.parse(ip), globalIpv6);

/**
 * The IPv6 addresses of most VPCs are global: by number, nothing tells them from the internet's. The range of one VPC, named, does.
 */
function isVpcRange(cidr: string): boolean {
  const [network, bits] = rangeOf(cidr);
  return bits >= largestVpcRange && lies(network, globalIpv6);
}

/** Whether a range can hold any target: `127.0.0.0/8` or `8.8.8.0/24` cannot. */
export function canHoldTargets(cidr: string): boolean {
  const [network] = ipaddr.parseCIDR(cidr);
  return (
    isVpcRange(cidr) || targetCidrs.some((other) => lies(network, other) || lies(ipaddr.parseCIDR(other)[0], cidr))
  );
}

/**
 * Whether clients of an endpoint can have addresses in it. PrivateLink shows a client by its address in its own VPC or network, never
 * by the public one of a NAT gateway (NLB guide, "Update the security groups").
 */
export const canHoldClients = (cidr: string): boolean =>
  privateCidrs.some((one) => isWithin(cidr, one)) || (cidr.includes(':') && isVpcRange(cidr));

/** The same for people. */
export const clientRange =
  'private (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7) or the IPv6 range of a VPC (/44 or longer): ' +
  'PrivateLink shows clients by their own addresses, never by public ones';

/**
 * May this address be a target? It must lie in an allowed range and never be public, loopback, link-local or the like. Of the global
 * IPv6 addresses only those in a range that is named and no larger than a VPC's.
 */
export function isAllowed(ip: string, allowedCidrs: readonly string[]): boolean {
  const address = addressOf(ip);
  if (!address) return false;
  const isPrivate = targetCidrs.some((cidr) => lies(address, cidr));
  return allowedCidrs.some((cidr) => lies(address, cidr) && (isPrivate || isVpcRange(cidr)));
}

/** One spelling for each address, so that equal addresses have equal keys. */
export const canonicalIp = (ip: string): string => addressOf(ip)?.toString() ?? ip;

/** Whether the whole of a range (or one address) lies in `cidr`. */
export function isWithin(range: string, cidr: string): boolean {
  const [network, bits] = range.includes('/')
    ? ipaddr.parseCIDR(range)
    : [ipaddr.parse(range), Number.POSITIVE_INFINITY];
  return lies(network, cidr) && bits >= ipaddr.parseCIDR(cidr)[1];
}

/** Public: reached through the internet, or a gateway to it. */
export const isPublic = (ip: string): boolean => isIp(ip) && ipaddr.parse(ip).range() === 'unicast';

/** A name that a private zone, or an endpoint service, can have: of letters, digits and hyphens, without a dot at its end. */
export const domainName =
  /^(?=.{3,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.(?!\d+$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$/;

/** A full DNS name. Its last label is never digits alone: that is an address (`10.0.1.40`, `127.1`), which never moves. */
export const dnsName =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.(?!\d+\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)+\.?$/;
