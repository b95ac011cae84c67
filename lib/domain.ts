import type { Check } from './check.ts';
import type { CustomEndpoint, Home, Nature } from './nature.ts';
import type { Target, TargetState } from './target.ts';

export type { Check } from './check.ts';
export {
  isLive,
  isPort,
  oneOf,
  type RegisteredTarget,
  type Target,
  type TargetState,
  targetKey,
  without,
} from './target.ts';

/* What the product talks about. Plain values, without behaviour. */

export type Endpoint = { readonly host: string; readonly port?: number };

/** What a group holds: the writer, the readers, or the members of a custom endpoint. */
export type Role = InstanceRole | 'custom';
export type InstanceRole = 'writer' | 'reader';

/** The database to follow. `endpoint` is what was known at deployment; `port` overrides the database's own. */
export type Database = {
  readonly name: string;
  readonly kind: 'instance' | 'cluster' | 'hostname';
  readonly id?: string;
  readonly hostname?: string;
  /** The RDS Proxy behind the host name: its events wake the function. */
  readonly proxyName?: string;
  readonly endpoint?: Endpoint;
  readonly role: Role;
  /** The instance is meant though it is a cluster's member. */
  readonly isMember?: boolean;
  /** How the identifiers of a cluster's members begin, and of no other's: then only events about these wake the function. */
  readonly memberPrefix?: string;
  /** For the role `custom`: the identifier of the custom endpoint. */
  readonly customEndpoint?: string;
  readonly port?: number;
  /** Its security groups as known at deployment: used where no API reports them. */
  readonly securityGroups?: readonly string[];
  /** The security group that is on this database alone: it proves the standby. */
  readonly markerSecurityGroup?: string;
};

/** One DB instance as the RDS API reports it. `status` is RDS's word, for example `available`. */
export type DbInstance = {
  readonly id: string;
  readonly role: InstanceRole;
  readonly status: string;
  readonly endpoint?: Endpoint;
};

/** The instances of a database, and the endpoint that applications use, as one source reports them. */
export type Topology = {
  readonly endpoint?: Endpoint;
  readonly instances: readonly DbInstance[];
  readonly customEndpoints?: readonly CustomEndpoint[];
  readonly securityGroups?: readonly string[];
  readonly nature?: Nature;
  readonly home?: Home;
  /** Where a DB instance and its standby are. After a failover the API may exchange the two minutes late. */
  readonly zones?: { readonly primary?: string; readonly secondary?: string };
};

/** `at-once`: a reader must not get writes. `when-replacement-healthy`: never lose capacity. `never`: only add. */
export type RemoveStale = 'at-once' | 'when-replacement-healthy' | 'never';

export type Policy = {
  readonly removeStale: RemoveStale;
  /** Targets outside these ranges are never registered. */
  readonly allowedCidrs: readonly string[];
  /** A target enters only if its network interface is the database's own. */
  readonly verifyInterfaces?: boolean;
  /** The proven standby of a Multi-AZ instance stays registered beside the writer. */
  readonly warmStandby?: boolean;
  /** Plan and report, never change. */
  readonly observeOnly: boolean;
};

/** How fast a watch goes. Every other wait is a fraction of these. Milliseconds. */
export type Timings = { readonly watchMs: number; readonly settleMs: number; readonly recheckMs: number };

/** Why the desired state is unknown. Unknown never changes anything. docs/runbook.md has a section for each. */
export type HoldReason =
  /** The topology names no writer, or several, or the database is not there. */
  | 'NoWriter'
  /** A reader group, and no reader is available: the writer never stands in. */
  | 'NoReader'
  /** The instance is a member of a cluster: the writer may be another one. */
  | 'ClusterMember'
  /** The instance has no endpoint (yet). */
  | 'WriterWithoutEndpoint'
  /** The name did not resolve to what was expected, or the port is not known. */
  | 'AddressUnknown'
  /** The address is public, loopback, link-local or outside ALLOWED_CIDRS. */
  | 'AddressNotAllowed'
  /** The address belongs to another network interface than the database's, or to none. */
  | 'AddressNotOurs'
  /** Topology and DNS name different writers. */
  | 'SourcesDisagree'
  /** Two members say that they are the writer. */
  | 'TwoWriters'
  /** The answer is too young to act on. */
  | 'Unconfirmed'
  /** The RDS API does not answer, and no other source proves anything. */
  | 'TopologyUnavailable';

export type Hold = { readonly kind: 'hold'; readonly reason: HoldReason; readonly message: string };

/** The standby that stays registered beside the writer, or why there is none. `answers`: it takes connections, which no standby does. */
export type Standby =
  | { readonly kind: 'proven'; readonly target: Target }
  | { readonly kind: 'unproven' | 'unread' | 'answers'; readonly why: string };

export type Writer = { readonly instanceId?: string; readonly address: string; readonly port: number };

/** How far the sources vouch for what they say. */
export type Evidence = {
  /** Since when they have said so; ms since the epoch. */
  readonly since: number;
  /** False: more targets may belong here than are known now, so nothing may be called stale. */
  readonly complete: boolean;
  /** Why the RDS API does not vouch for them: then each target's network interface has to prove to be the database's before a change. */
  readonly withoutApi?: string;
  /** Another source says something else. */
  readonly isContested?: boolean;
  /** When the members themselves confirmed it. */
  readonly confirmedAt?: number;
};

/** What the group should hold, and the evidence for it; or why that is not known. */
export type Desired =
  | {
      readonly kind: 'targets';
      readonly targets: readonly Target[];
      /** It is not known now whether these belong here: they are not registered, and may stay where they are. */
      readonly tolerated?: readonly Target[];
      /** The name has not shown these, and may do so yet: they stay, and count as stale. */
      readonly undecided?: readonly Target[];
      /** True: the name may have more addresses than it has shown. */
      readonly mayHaveMore?: boolean;
      readonly evidence: Evidence;
      readonly writer?: Writer;
      /** Where a warm standby is wanted. A proven one is among the targets, and serves no client. */
      readonly standby?: Standby;
    }
  | Hold;

export type Plan =
  | { readonly kind: 'in-sync'; readonly stale: readonly Target[] }
  | Hold
  | {
      readonly kind: 'waiting';
      readonly for: 'replacement-health' | 'absence' | 'answers' | 'zone' | 'drift-check';
      readonly stale: readonly Target[];
    }
  | {
      readonly kind: 'change';
      readonly register: readonly Target[];
      readonly deregister: readonly Target[];
      /** Stale targets that stay for now. */
      readonly stale: readonly Target[];
    };

export type Action = 'resync' | 'plan' | 'status' | 'doctor';

/**
 * Why the function runs; never what is true. *begin*: a change is coming, watch for it. *end*: it is said to be over, watch all the
 * same. *check*: one confirmed pass.
 */
export type Trigger =
  | {
      readonly kind: 'begin' | 'end' | 'check';
      readonly at: number;
      readonly eventId: string;
      /** The instance that a "completed failover to …" names. It can break a tie, never introduce a name. */
      readonly named?: string;
    }
  | { readonly kind: 'schedule'; readonly at: number }
  | { readonly kind: 'manual'; readonly at: number; readonly action: Action };

export type Outcome = 'in-sync' | 'changed' | 'held' | 'waiting' | 'observed' | 'ignored';

/** What a run did and why, as the function returns and logs it. Targets are written as their keys. */
export type Report = {
  readonly database: string;
  readonly trigger: { readonly kind: Trigger['kind']; readonly eventId?: string; readonly action?: Action };
  readonly outcome: Outcome;
  readonly reason?: HoldReason;
  /** For people: what was seen. Present when there is something to explain. */
  readonly detail?: string;
  readonly writer?: Writer;
  /** Where a warm standby is wanted; `target` is there when it is proven. */
  readonly standby?: { readonly kind: Standby['kind']; readonly target?: string; readonly why?: string };
  readonly registered: readonly string[];
  readonly deregistered: readonly string[];
  readonly stale: readonly string[];
  readonly plan?: Readonly<Record<'register' | 'deregister', readonly string[]>> & { readonly kind: Plan['kind'] };
  readonly passes: number;
  readonly durationMs: number;
  /** While the functions are paused: when that ends. */
  readonly pausedUntil?: string;
  /** For a manual invocation: what the group holds. */
  readonly targets?: readonly {
    readonly target: string;
    readonly state: TargetState;
    readonly reason?: string;
    readonly override?: string;
  }[];
  /** For `doctor`. */
  readonly checks?: readonly Check[];
};
