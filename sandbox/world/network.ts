/** An account in one Region. */
export type Place = { readonly region: string; readonly account: string };

/** The sandbox's. */
export const home: Place = { region: 'eu-central-1', account: '123456789012' };

/** The VPC of everything in the sandbox: three zones, dual stack. */
export const vpc = {
  id: 'vpc-0123456789abcdef0',
  cidrs: ['10.0.0.0/16', '2001:db8::/56'],
  subnets: ['a', 'b', 'c'].map((zone, index) => ({
    id: `subnet-0123456789abcdef${index + 1}`,
    cidr: `10.0.${index + 1}.0/24`,
    ipv6Cidr: `2001:db8:0:${index + 1}::/64`,
    availabilityZone: `${home.region}${zone}`,
  })),
} satisfies VpcSpec;

export type Subnet = {
  readonly id: string;
  readonly cidr: string;
  readonly ipv6Cidr?: string;
  readonly availabilityZone: string;
};

/** Where targets live. Without subnets, each CIDR is one subnet, in zones a, b, c in turn. */
export type VpcSpec = {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly subnets?: readonly Subnet[];
};

/**
 * The sandbox's VPC. The API, DNS and target groups use addresses such as 10.0.1.10:5432; each is mapped to a port on
 * 127.0.0.1, so that nothing needs privileges or interfaces and Linux and macOS behave alike.
 */
export type Network = {
  /** Says where `ip:port` really listens. */
  attach(ip: string, port: number, localPort: number): void;
  /** After this, connections to `ip:port` are refused (as by a host without a listener) until attached again. */
  detach(ip: string, port: number): void;
  /** After this `ip:port` sends no FIN and no RST, as a host that is gone or fenced, until attached or detached. */
  silence(ip: string, port: number): void;
  isSilent(ip: string, port: number): boolean;
  /** The local port, or undefined when nothing is attached. */
  locate(ip: string, port: number): number | undefined;
  onChange(listener: () => void): () => void;
};

export function createNetwork(): Network {
  const ports = new Map<string, number>();
  const silent = new Set<string>();
  const listeners = new Set<() => void>();
  const key = (ip: string, port: number) => `${ip}|${port}`;
  const change = (ip: string, port: number, localPort: number | undefined, isSilent: boolean) => {
    if (localPort === undefined) ports.delete(key(ip, port));
    else ports.set(key(ip, port), localPort);
    if (isSilent) silent.add(key(ip, port));
    else silent.delete(key(ip, port));
    for (const listener of listeners) listener();
  };
  return {
    attach: (ip, port, localPort) => change(ip, port, localPort, false),
    detach: (ip, port) => change(ip, port, undefined, false),
    silence: (ip, port) => change(ip, port, undefined, true),
    isSilent: (ip, port) => silent.has(key(ip, port)),
    locate: (ip, port) => ports.get(key(ip, port)),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
