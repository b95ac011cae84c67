/** A place in the VPC for a host: each Availability Zone has one subnet, 10.0.N.0/24. */
export type Address = { readonly ip: string; readonly ipv6?: string; readonly availabilityZone: string };

/** Hands out addresses, never the same one twice while the subnet lasts. */
export function createAddresses(options: {
  readonly region: string;
  readonly zones: readonly string[];
  readonly first: number;
  readonly ipv6: boolean;
}): { forHost(index: number): Address; inZone(availabilityZone: string): Address } {
  const { region, zones, first, ipv6 } = options;
  const letters = [...new Set(zones)];
  const next = letters.map(() => first);

  const inSubnet = (subnet: number): Address => {
    const number = next[subnet] ?? first;
    next[subnet] = number >= 250 ? 4 : number + 1;
    return {
      ip: `10.0.${subnet + 1}.${number}`,
      ...(ipv6 ? { ipv6: `2001:db8:0:${subnet + 1}::${number.toString(16)}` } : {}),
      availabilityZone: `${region}${letters[subnet]}`,
    };
  };
  return {
    forHost: (index) => inSubnet(Math.max(0, letters.indexOf(zones[index % zones.length] ?? ''))),
    inZone: (availabilityZone) => inSubnet(Math.max(0, letters.indexOf(availabilityZone.slice(region.length)))),
  };
}
