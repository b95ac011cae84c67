import type { Outcome, TargetState } from '../../lib/domain.ts';

/* What a drill measured. The JSON file is this, and the HTML report is drawn from nothing else. Times: ms since the epoch. */

/** Something that changed while the drill looked. */
export type Observation = { readonly at: number } & (
  | { readonly kind: 'requested'; readonly call: string }
  /** The truth, which only the sandbox can tell. */
  | { readonly kind: 'writer'; readonly state: 'gone' | 'promoted' | 'rejoined'; readonly address: string }
  | { readonly kind: 'topology'; readonly writer?: string; readonly status: string }
  | { readonly kind: 'dns'; readonly answer: string }
  | { readonly kind: 'event'; readonly id?: string; readonly message: string; readonly source: string }
  | { readonly kind: 'event-lost'; readonly id: string }
  | Invocation
  | { readonly kind: 'target'; readonly target: string; readonly state: TargetState | 'gone' }
  /** A source that did not answer; told once until it does again. */
  | { readonly kind: 'trouble'; readonly source: string; readonly message: string }
);

/** One run of a function; `at` is its end. */
export type Invocation = {
  readonly kind: 'invocation';
  readonly at: number;
  readonly function: string;
  readonly startedAt: number;
  /** The RDS event, the action or `schedule`. */
  readonly trigger: string;
  readonly outcome: Outcome | 'failed';
  readonly summary: string;
  readonly registered: readonly string[];
};

export type Kind = Observation['kind'];
export type Of<K extends Kind> = Extract<Observation, { readonly kind: K }>;

/** One attempt of the client: when it began and how long it took. `code` is a SQLSTATE or the system's. */
export type Probe = {
  readonly number: number;
  readonly at: number;
  readonly ms: number;
  readonly result: 'ok' | 'failed' | 'read-only';
  readonly code?: string;
};

/** A time without an answer that began with a failure. */
export type Outage = {
  /** The last success before it; absent when there was none. */
  readonly lastWriteAt?: number;
  readonly firstFailureAt: number;
  /** Absent while it lasts. */
  readonly firstWriteAt?: number;
  /** From the last success (or the first failure) to the next, or to the end of the drill. */
  readonly gapMs: number;
  readonly failed: number;
  /** Successes from its end to the next outage, or to the end of the drill; absent while it lasts. */
  readonly servedAfter?: number;
};

export type ClientSummary = {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly refusedByReader: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly secondsWithoutWrites: number;
  readonly outages: readonly Outage[];
};

/** Whether every acknowledged row is there in the end. */
export type Writes = {
  readonly acknowledged: number;
  readonly found: number;
  readonly lost: readonly number[];
};

export const stepNames = [
  'detection',
  'promotion',
  'DNS',
  'event',
  'reconcile',
  'registration',
  'first write',
] as const;

/** A step of the failover. `atMs` since the outage, `sinceMs` since the step before it in time. */
export type Step = {
  readonly name: (typeof stepNames)[number];
  readonly atMs?: number;
  readonly sinceMs?: number;
  readonly seenBy: string;
};

export type Setting = { readonly name: string; readonly value: string };

/** The database as the drill found it, or left it. */
export type Sample = {
  readonly writer?: string;
  readonly status: string;
  readonly readers: readonly string[];
  readonly isMultiAz: boolean;
  readonly engine?: string;
  readonly dns: string;
  readonly targets: readonly string[];
};

export type DrillRecord = {
  readonly version: 1;
  readonly database: { readonly name: string; readonly kind: 'instance' | 'cluster'; readonly id: string };
  readonly probe: 'tcp' | 'postgres' | 'mysql';
  /** Absent on AWS. */
  readonly place?: 'sandbox';
  /** How much faster than AWS it was; 1 on AWS. Times are those of the machine that measured. */
  readonly speed: number;
  readonly settings: readonly Setting[];
  readonly versions: readonly Setting[];
  readonly startedAt: number;
  readonly requestedAt?: number;
  readonly outageAt: number;
  readonly endedAt: number;
  readonly outcome: 'recovered' | 'not-recovered' | 'interrupted';
  readonly problems: readonly string[];
  readonly before: Sample;
  readonly after: Sample;
  /** `ip:port` of the writer in the end, and what the group holds then. */
  readonly writer: string;
  readonly targets: readonly string[];
  readonly budget: readonly Step[];
  readonly client: ClientSummary;
  readonly writes?: Writes;
  readonly observations: readonly Observation[];
  readonly probes: readonly Probe[];
};

export const ofKind = <K extends Kind>(observations: readonly Observation[], kind: K): Of<K>[] =>
  observations.filter((one): one is Of<K> => one.kind === kind);
