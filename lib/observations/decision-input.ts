import { canonicalIp, isAllowed, isGlobalIpv6, mostAddresses } from '../addresses.ts';
import type { Database, Desired, Evidence, Hold, HoldReason, RegisteredTarget, Target, Timings } from '../domain.ts';
import type { DnsAnswer, InterfacesObservation } from '../ports.ts';
import type { Lookups, Observations } from './observations.ts';

/** Everything that the decision may use. */
export type DecisionInput = {
  readonly database: Database;
  readonly allowedCidrs: readonly string[];
  readonly timings: Timings;
  readonly lookups: Lookups;
  readonly observations: Observations;
  /** The instance that a "completed failover" event names. */
  readonly named?: string;
  /** The one port that all registered targets share; used when nothing else says the port. */
  readonly observedPort?: number;
  /** The targets of the group that are not draining. */
  readonly live: readonly RegisteredTarget[];
  /** Addresses that the name has not shown for an hour, and that are another's by EC2: they do not wait for a proof. */
  readonly foreign?: ReadonlySet<string>;
  /** The interfaces with the marker security group; undefined where no warm standby is wanted. */
  readonly marked?: InterfacesObservation;
  /** What takes connections beside the writer, which no standby does. */
  readonly out?: ReadonlySet<string>;
  /** When the run stops asking a name that shows some of its addresses at a time; ms since the epoch. */
  readonly until?: number;
};

export const hold = (reason: HoldReason, message: string): Hold => ({ kind: 'hold', reason, message });

export const addressesOf = (answer: DnsAnswer | undefined): readonly string[] =>
  answer?.kind === 'addresses' ? answer.addresses : [];

/** A writer has one address. Of two it is not known which is meant, so neither counts. */
export function soleAddress(answer: DnsAnswer | undefined): string | undefined {
  const addresses = addressesOf(answer);
  return addresses.length === 1 ? addresses[0] : undefined;
}

/** An address, the name that led to it, and the port that belongs to it where one is known. */
export type Found = { readonly ip: string; readonly host: string; readonly port?: number };

/** Targets at the found addresses; holds when they are too many, one may not be registered or a port is missing. */
export function targetsAt(input: DecisionInput, found: readonly Found[], evidence: Evidence): Desired {
  const { database, allowedCidrs, observedPort } = input;
  if (found.length > mostAddresses)
    return hold(
      'AddressUnknown',
      `${found[0]?.host} has shown ${found.length} addresses; ${mostAddresses} at most are followed`,
    );
  const forbidden = found.find(({ ip }) => !isAllowed(ip, allowedCidrs));
  if (forbidden) {
    const allowed = `allowed are private addresses in ${allowedCidrs.join(', ')}`;
    const next = isGlobalIpv6(forbidden.ip)
      ? `; a global IPv6 address needs the range of its VPC in ALLOWED_CIDRS`
      : '';
    return hold('AddressNotAllowed', `${forbidden.host} resolves to ${forbidden.ip}; ${allowed}${next}`);
  }
  if (found.length === 0) return hold('AddressUnknown', 'no address is left that may be registered');
  const targets = found.map(({ ip, port }) => ({ ip: canonicalIp(ip), port: database.port ?? port ?? observedPort }));
  if (!targets.every((target): target is Target => target.port !== undefined))
    return hold('AddressUnknown', withoutPort(input, found));
  return { kind: 'targets', targets, evidence };
}

function withoutPort({ lookups }: DecisionInput, found: readonly Found[]): string {
  const { host } = found.find(({ port }) => port === undefined) ?? {};
  return lookups.topology?.kind === 'seen'
    ? `the RDS API gives no port from 1 to 65535 for ${host}; check its status in RDS, or set TARGET_PORT`
    : `the port of ${host} is not known while the RDS API does not answer; set TARGET_PORT`;
}

export const unresolved = (host: string, answer: DnsAnswer | undefined): Hold =>
  hold('AddressUnknown', `${host} ${said(answer)}`);

const missing = {
  any: 'an address',
  ipv4: 'an IPv4 address (A), and the target group takes no other',
  ipv6: 'an IPv6 address (AAAA), and the target group takes no other',
} as const;

const listed = (ips: readonly string[]): string =>
  ips.length > 5 ? `${ips.slice(0, 4).join(', ')} and ${ips.length - 4} more` : ips.join(', ');

function said(answer: DnsAnswer | undefined): string {
  switch (answer?.kind) {
    case 'addresses':
      return `resolves to ${answer.addresses.length} addresses (${listed(answer.addresses)}); one was expected`;
    case 'too-many':
      return `resolves to ${answer.count} addresses in one answer; ${mostAddresses} at most are followed`;
    case 'not-found':
      return 'does not exist in DNS (NXDOMAIN)';
    case 'no-address':
      return `exists in DNS without ${missing[answer.addressType ?? 'any']}`;
    case 'failed':
      return `could not be resolved (${answer.code})`;
    case undefined:
      return 'could not be resolved';
  }
}
