import type { RegisteredTarget, Target, Topology } from './domain.ts';
import type { ReconcileError } from './errors.ts';
import type { GroupNature } from './nature.ts';

/** One answer of the RDS API. "Not there" and "no answer" are different, and neither is an empty topology. */
export type TopologyObservation =
  | { readonly kind: 'seen'; readonly topology: Topology }
  | { readonly kind: 'not-found'; readonly message: string }
  | { readonly kind: 'unavailable'; readonly error: ReconcileError };

/** The family of a target group. Every target has it, and it is for good. */
export type AddressType = 'ipv4' | 'ipv6';

/** What DNS said about one name. Only `addresses` says anything about targets. Addresses are unique and sorted. */
export type DnsAnswer =
  | {
      readonly kind: 'addresses';
      readonly addresses: readonly string[];
      /** For how much longer a cache may repeat the answer. */
      readonly ttlMs?: number;
    }
  /** NXDOMAIN. */
  | { readonly kind: 'not-found' }
  /** The name exists and has no address, as a CNAME without an end; or none of the only type that counts. */
  | { readonly kind: 'no-address'; readonly addressType?: AddressType }
  /** More addresses than any name that is followed has: they are not read. */
  | { readonly kind: 'too-many'; readonly count: number }
  /** No usable answer; `code` is Node's, for example ESERVFAIL or ETIMEOUT. */
  | { readonly kind: 'failed'; readonly code: string };

/** A network interface as EC2 describes it. */
export type NetworkInterface = {
  readonly id: string;
  /** The AWS service that made it, for example `amazon-rds`. No customer can set it; the description every customer can. */
  readonly requester?: string;
  readonly description: string;
  /** Undefined: EC2 does not say, which is not "none". */
  readonly securityGroups?: readonly string[];
  /** The Availability Zone, by name. */
  readonly zone?: string;
};

/** By address, the interfaces of this account and Region; an address of none is missing. Several VPCs may use one address. */
export type InterfacesObservation =
  | { readonly kind: 'seen'; readonly interfaces: ReadonlyMap<string, readonly NetworkInterface[]> }
  /** `isDenied`: the role may not read them, and will not before it is granted. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly isDenied?: boolean };

/** Never rejects: a failure is an observation too. */
export type InterfaceSource = {
  find(addresses: readonly string[], signal?: AbortSignal): Promise<InterfacesObservation>;
  /** Every interface that carries the security group. */
  findByGroup(securityGroup: string, signal?: AbortSignal): Promise<InterfacesObservation>;
};

/** A member to ask: the address to dial, and the name that its certificate has to carry. */
export type Member = Target & { readonly host: string };

/**
 * What one member said of itself. `up`: it accepts connections, and only a login would tell its role. `refused`: nothing listens there.
 * `unknown`: a time-out, a failed login or TLS handshake; `why` names it for people.
 */
export type ProbeAnswer =
  | { readonly kind: 'writer' | 'reader' | 'up' | 'refused' }
  | { readonly kind: 'unknown'; readonly why: string };

/** Asks the members of a database themselves, one session each. */
export type Prober = {
  /** Never rejects: a failure is an answer too. Takes two seconds at most. */
  ask(member: Member, signal?: AbortSignal): Promise<ProbeAnswer>;
  /** Ends the sessions of a run. */
  close(): void;
};

/** Never rejects: a failure is an observation too. */
export type TopologySource = { describe(signal?: AbortSignal): Promise<TopologyObservation> };

/** Never rejects: a failure is an answer too. */
export type Resolver = { resolve(name: string, signal?: AbortSignal): Promise<DnsAnswer> };

/** One target group. Each method rejects with a `ReconcileError`. */
export type TargetGroup = {
  /** Every target that ELBv2 lists, draining ones included. */
  list(signal?: AbortSignal): Promise<readonly RegisteredTarget[]>;
  register(targets: readonly Target[], signal?: AbortSignal): Promise<void>;
  deregister(targets: readonly Target[], signal?: AbortSignal): Promise<void>;
  /** What the group is, which costs a call or two; for manual runs. Never rejects: undefined when it could not be read. */
  nature?(signal?: AbortSignal): Promise<GroupNature | undefined>;
};

/** Which of a name's addresses count: a group takes those of one type only. Never rejects. */
export type AddressTypes = {
  /** By the targets that are listed; undefined while there are none. */
  ofTargets(signal?: AbortSignal): Promise<AddressType | undefined>;
  /** By the group itself, which costs a call; undefined when ELBv2 does not say. */
  ofGroup(signal?: AbortSignal): Promise<AddressType | undefined>;
};

export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
};

export type Ports = {
  /** Undefined for a hostname: there is no API to ask. */
  readonly topology?: TopologySource;
  /** The same in one attempt, for a question that the functions of all clusters ask in the same second. */
  readonly topologyOnce?: TopologySource;
  /** Undefined where nothing is verified by it. */
  readonly interfaces?: InterfaceSource;
  /** Undefined where the members are not asked. */
  readonly prober?: Prober;
  readonly resolver: Resolver;
  readonly targetGroup: TargetGroup;
  readonly clock: Clock;
};
