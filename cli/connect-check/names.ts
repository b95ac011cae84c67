import { isIP } from 'node:net';
import { isAllowed, privateCidrs } from '../../lib/addresses.ts';
import {
  databaseHostName,
  interfaceEndpointName,
  loadBalancerName,
  resourceEndpointName,
} from '../../lib/partitions.ts';
import { protocolOf as spokenAt } from '../../lib/protocols.ts';
import type { AddressKind, NameKind, Protocol } from './evidence.ts';

const patterns: readonly (readonly [NameKind, RegExp])[] = [
  ['endpoint', interfaceEndpointName],
  ['endpoint', resourceEndpointName],
  ['database', databaseHostName],
  ['load-balancer', loadBalancerName],
];

const normal = (host: string) => host.toLowerCase().replace(/\.$/, '');

export function nameKind(host: string): NameKind {
  if (isIP(host)) return 'address';
  return patterns.find(([, pattern]) => pattern.test(normal(host)))?.[0] ?? 'other';
}

export const isResourceName = (host: string): boolean => resourceEndpointName.test(normal(host));

export const nameWords: Readonly<Record<NameKind, string>> = {
  endpoint: 'the name of an endpoint',
  database: "the database's own name",
  'load-balancer': "a load balancer's name, of use only in the provider's network",
  address: 'an address',
  other: 'a name of no known pattern',
};

export function addressKind(ip: string): AddressKind {
  if (/^127\.|^::1$|^::ffff:127\./.test(ip)) return 'loopback';
  if (isAllowed(ip, [...privateCidrs, '198.18.0.0/15'])) return 'private';
  // The IPv6 addresses of most VPCs are global, so a global address proves nothing.
  return isIP(ip) === 6 ? 'global-ipv6' : 'public';
}

export const addressWords: Readonly<Record<AddressKind, string>> = {
  private: 'private',
  'global-ipv6': 'IPv6, global',
  public: 'public',
  loopback: 'this machine',
};

/** The usual protocol of a port: PostgreSQL (Redshift and PgBouncer too), MySQL, or plain TCP. */
export function protocolOf(port: number): Protocol {
  const spoken = spokenAt(undefined, port);
  return spoken === 'postgres' || spoken === 'mysql' ? spoken : 'tcp';
}
