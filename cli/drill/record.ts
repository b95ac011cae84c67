import type { Outcome, TargetState } from '../../lib/domain.ts';

/* The record of a drill. It is the JSON file, and the only source of the HTML report. Times: ms since the epoch. */

/** A change that the drill observed. */
export type Observation = { readonly at: number } & (
  | { readonly kind: 'requested'; readonly call: string }
  /** The truth, which only the sandbox knows. */
  | { readonly kind: 'writer'; readonly state: 'gone' | 'promoted' | 'rejoined'; readonly address: string }
  | { readonly kind: 'topology'; readonly writer?: string; readonly status: string }
  | { readonly kind: 'dns'; readonly answer: string }
  | { readonly kind: 'event'; readonly id?: string; readonly message: string; readonly source: string }
  | { readonly kind: 'event-lost'; readonly id: string }
  | Invocation
  | { readonly kind: 'target'; readonly target: string; readonly state: TargetState | 'gone' }
  /** A source that did not answer; reported once until it answers again. */
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

type Kind = Observation['kind'];
export type Of<K extends Kind> = Extract<Observation, { readonly kind: K }>;

/** One attempt of the client: when it began and how long it took. `code` is a SQLSTATE or the system's. */
export type Probe = {
  readonly number: number;
  readonly at: number;
  readonly ms: number;
  readonly result: 'ok' | 'failed' | 'read-only';
  readonly code?: string;
};

/** A period without a success that began with a failure. */
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

/** Whether every acknowledged row exists at the end. */
export type Writes = {
  readonly acknowledged: number;
  readonly found: number;
  readonly lost: readonly number[];
};

/** A step of the failover. `atMs` since the outage, `sinceMs` since the step before it in time. */
export type Step = {
  readonly name: 'detection' | 'promotion' | 'DNS' | 'event' | 'reconcile' | 'registration' | 'first write';
  readonly atMs?: number;
  readonly sinceMs?: number;
  readonly seenBy: string;
};

/** A part of the outage; several where the end of one was not seen. `fromMs` since the outage. */
export type Share = {
  readonly parts: readonly ('database' | 'known' | 'registered' | 'load balancer')[];
  readonly fromMs: number;
  readonly ms: number;
};

export type Setting = { readonly name: string; readonly value: string };

/** The database before or after the drill. */
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
  readonly database: {
    readonly name: string;
    readonly kind: 'instance' | 'cluster';
    readonly id: string;
    /** The functions keep its standby in the group. Absent in files of earlier drills. */
    readonly warmStandby?: boolean;
  };
  readonly probe: 'tcp' | 'postgres' | 'mysql';
  /** Absent on AWS. */
  readonly place?: 'sandbox';
  /** How much faster than AWS it ran; 1 on AWS. Times are as this machine measured them. */
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
  /** `ip:port` of the writer at the end, and the targets of the group then. */
  readonly writer: string;
  readonly targets: readonly string[];
  readonly timeline: readonly Step[];
  /** What the outage waited for. Absent in files of earlier drills. */
  readonly shares?: readonly Share[];
  readonly client: ClientSummary;
  readonly writes?: Writes;
  readonly observations: readonly Observation[];
  readonly probes: readonly Probe[];
};

export const ofKind = <K extends Kind>(observations: readonly Observation[], kind: K): Of<K>[] =>
  observations.filter((one): one is Of<K> => one.kind === kind);

/**
 * The record on AWS's clock, for people: a sandbox that is twenty times faster than AWS has measured a twentieth. Times are scaled from the
 * outage on, including what this machine itself needs, for example to start a function.
 */
export function onAwsClock(record: DrillRecord): DrillRecord {
  const { speed, outageAt, client } = record;
  if (speed === 1) return record;
  const at = (moment: number) => outageAt + (moment - outageAt) * speed;
  const optional = <K extends string>(key: K, value: number | undefined, scaled = at) =>
    (value === undefined ? {} : { [key]: scaled(value) }) as { [Key in K]?: number };
  const long = (ms: number) => ms * speed;
  const outage = (one: Outage): Outage => ({
    ...one,
    ...optional('lastWriteAt', one.lastWriteAt),
    ...optional('firstWriteAt', one.firstWriteAt),
    firstFailureAt: at(one.firstFailureAt),
    gapMs: long(one.gapMs),
  });
  const observation = (one: Observation): Observation =>
    one.kind === 'invocation' ? { ...one, at: at(one.at), startedAt: at(one.startedAt) } : { ...one, at: at(one.at) };
  return {
    ...record,
    speed: 1,
    startedAt: at(record.startedAt),
    endedAt: at(record.endedAt),
    ...optional('requestedAt', record.requestedAt),
    timeline: record.timeline.map((step) => ({
      ...step,
      ...optional('atMs', step.atMs, long),
      ...optional('sinceMs', step.sinceMs, long),
    })),
    ...(record.shares
      ? { shares: record.shares.map((one) => ({ ...one, fromMs: long(one.fromMs), ms: long(one.ms) })) }
      : {}),
    client: {
      ...client,
      secondsWithoutWrites: client.secondsWithoutWrites * speed,
      outages: client.outages.map(outage),
    },
    observations: record.observations.map(observation),
    probes: record.probes.map((probe) => ({ ...probe, at: at(probe.at), ms: long(probe.ms) })),
  };
}

/** The database engine. A sandbox reports an instance class as AWS does, but runs on this machine. */
export function engineText({
  before,
  place,
  probe,
}: Pick<DrillRecord, 'before' | 'place' | 'probe'>): string | undefined {
  if (place !== 'sandbox') return before.engine;
  if (probe === 'tcp') return 'TCP listeners instead of a database';
  return before.engine?.replace(/^(aurora-)?postgres(ql)?/, 'PostgreSQL').replace(/ on db\..*$/, ' on this machine');
}
