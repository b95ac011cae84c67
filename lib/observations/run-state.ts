import type { Database, Desired, Plan, Policy, RegisteredTarget, Target, Timings, Trigger } from '../domain.ts';
import type { ReconcileError } from '../errors.ts';
import type { GroupNature } from '../nature.ts';
import type { InterfacesObservation, TopologyObservation } from '../ports.ts';
import { type Lookups, newObservations, type Observations } from './observations.ts';
import type { Owners } from './owners.ts';
import { nothingUnproven, type Unproven } from './proof.ts';

/** `watch`: a change is expected. `check`: one confirmed pass. `dry-run`: plan once, change nothing. */
export type Mode = 'watch' | 'check' | 'dry-run';

/** What a pass looks up: everything; DNS, and the APIs only where something hints at a change; or nothing, since a member has been heard. */
export type Refresh = 'heard' | 'dns' | 'all';

export type RunRequest = {
  readonly database: Database;
  readonly policy: Policy;
  readonly timings: Timings;
  readonly trigger: Trigger;
  readonly mode: Mode;
  /** When a check stops asking a name that shows some of its addresses at a time; ms since the epoch. Default: at its deadline. */
  readonly until?: number;
  /** The event may concern another database: when throttled, the run ends and leaves the API to others. */
  readonly isBrief?: boolean;
  /** Why `policy` says to observe only, where that is a pause. */
  readonly pausedUntil?: string;
};

/** The group as it was at some moment between `readAt` and `at`. */
export type Observed = {
  readonly readAt: number;
  readonly at: number;
  readonly targets: readonly RegisteredTarget[];
};

/** A healthy target that no answer of the name has shown. `isLong`: for an hour, and in so many answers that chance is ruled out. */
export type Unshown = { readonly target: Target; readonly forMs: number; readonly isLong: boolean };

/** `at`: the latest throttled answer; `until`: no call to the group before; `times`: throttled answers in a row. */
export type Throttling = { readonly at: number; readonly until: number; readonly times: number };

/** Where a run stands. Times are ms since the epoch. */
export type RunState = {
  readonly observations: Observations;
  readonly passes: number;
  /** The latest word of the RDS API; `pollIntervalMs`: how long it need not be asked again while nothing moves. */
  readonly topology?: {
    readonly at: number;
    readonly observation: TopologyObservation;
    readonly pollIntervalMs: number;
  };
  readonly lookups?: Lookups;
  /** The interfaces with the marker security group; undefined where no warm standby is wanted. */
  readonly marked?: { readonly at: number; readonly seen: InterfacesObservation };
  /** Since when each read, of earlier runs as well, has shown these healthy beside each other. */
  readonly together: ReadonlyMap<string, number>;
  /** What was healthy beside the writer for longer than a failover explains, in this run or an earlier one. */
  readonly out: ReadonlySet<string>;
  /** The targets that EC2 shows to be another's now, and all that it has in this run. */
  readonly foreign?: ReadonlySet<string>;
  readonly everForeign?: ReadonlySet<string>;
  readonly observed?: Observed;
  /** Addresses in the group that no answer of the name had shown for an hour when the run began, going by the memory of earlier runs. */
  readonly longUnshown: ReadonlySet<string>;
  /** Who owns the addresses in question. */
  readonly owners: Owners;
  /** The targets that would enter, before their owners are known, and those of the group that the name has not shown for long. */
  readonly inQuestion: readonly Target[];
  readonly desired?: Desired;
  readonly plan?: Plan;
  /** How much longer the evidence has to stay the same before the rest of the plan may be applied; ms. */
  readonly retryInMs: number;
  readonly registered: readonly Target[];
  readonly deregistered: readonly Target[];
  /** When the writer, its address or the group last moved; undefined while nothing did. */
  readonly movedAt?: number;
  /** The target of the writer that the run found first. */
  readonly writerAtFirst?: string;
  /** When the group was first seen right after the last change that was due. */
  readonly convergedAt?: number;
  readonly fault?: ReconcileError;
  /** Why the latest change failed; undefined since one has taken effect. */
  readonly changeFault?: ReconcileError;
  readonly unproven: Unproven;
  /** What this run registered that the group did not hold, and when the read began that still justifies a removal beside it. */
  readonly ownRegistration?: { readonly keys: ReadonlySet<string>; readonly readAt: number };
  /** Of a name, as far as the execution environment knows; undefined when nothing is known. */
  readonly unshown?: readonly Unshown[];
  /** What the group is: read for manual runs, but for `status`. */
  readonly group?: GroupNature;
  /** Undefined until the group's API throttled this run. */
  readonly throttling?: Throttling;
};

/** In sync, or as near to it as this run may come. */
export const isAtRest = ({ policy }: RunRequest, plan: Plan | undefined): boolean =>
  plan?.kind === 'in-sync' ||
  (plan?.kind === 'waiting' && plan.for === 'drift-check') ||
  (policy.observeOnly && plan?.kind === 'change');

export const newState = (
  now: number,
  topology?: TopologyObservation,
  longUnshown: ReadonlySet<string> = new Set(),
  { together, out }: Pick<RunState, 'together' | 'out'> = { together: new Map(), out: new Set() },
): RunState => ({
  observations: newObservations(now),
  together,
  out,
  passes: 0,
  retryInMs: 0,
  longUnshown,
  owners: new Map(),
  inQuestion: [],
  unproven: nothingUnproven,
  registered: [],
  deregistered: [],
  ...(topology ? { topology: { at: now, observation: topology, pollIntervalMs: 0 } } : {}),
});
