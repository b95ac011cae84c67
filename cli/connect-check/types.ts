import type { Protocol as AnyProtocol, Spoken } from '../../lib/protocols.ts';

export type Protocol = Extract<AnyProtocol, 'postgres' | 'mysql' | 'tcp'>;

/** What a host name looks like, by AWS's patterns. */
export type NameKind = 'endpoint' | 'database' | 'load-balancer' | 'address' | 'other';

export type AddressKind = 'private' | 'global-ipv6' | 'public' | 'loopback';

export type Resolution =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** The name does not exist, or has no address. */
  | { readonly kind: 'not-found' }
  /** No name server answered usefully. */
  | { readonly kind: 'failed'; readonly code: string };

/** What one address did. */
export type Probe = { readonly address: string } & Spoken;

/** The endpoint as EC2 describes it in the consumer's account. */
export type Endpoint = {
  readonly id: string;
  /** Lower case, as `pendingacceptance`. */
  readonly state: string;
  readonly kind: 'service' | 'resource';
  /** The service's name, or the resource configuration, in words. */
  readonly leadsTo: string;
  readonly privateDnsEnabled: boolean;
  readonly securityGroups: readonly string[];
  readonly dnsNames: readonly string[];
  /** What its own names resolve to; undefined when that is not known. */
  readonly addresses?: readonly string[];
  readonly error?: string;
};

export type Evidence = {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly timeoutSeconds: number;
  readonly resolution: Resolution;
  readonly probes: readonly Probe[];
  readonly endpoint?: Endpoint;
};

export type Cause =
  | 'name-not-found'
  | 'name-service-failed'
  | 'not-the-endpoint'
  | 'pending-acceptance'
  | 'endpoint-not-available'
  | 'not-let-in'
  | 'one-zone'
  | 'no-healthy-target'
  | 'no-route'
  | 'database-silent'
  | 'other-protocol'
  | 'turned-away'
  | 'host-blocked';

export type Verdict =
  | { readonly outcome: 'ok'; readonly detail: string; readonly warning?: string }
  | { readonly outcome: 'fault'; readonly cause: Cause; readonly detail: string; readonly next: string };
