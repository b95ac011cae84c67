import type { Clock, DnsAnswer, TargetGroup } from '../../lib/ports.ts';
import type { Observation } from './record.ts';

export type Address = { readonly host: string; readonly port: number };

/** What the RDS API says of the database, as far as a failover is concerned. */
export type Standing = {
  readonly status: string;
  /** The DB instance that writes; absent when the API names none. */
  readonly writer?: string;
  /** Available readers of a cluster. */
  readonly readers: readonly string[];
  readonly isMultiAz: boolean;
  readonly endpoint?: Address;
  /** `postgres 17.5 on db.r7g.large` */
  readonly engine?: string;
};

/** Each method rejects when the API does not answer. */
export type DrilledDatabase = {
  /** The AWS action that `failOver` calls, for messages and permissions. */
  readonly call: 'rds:RebootDBInstance' | 'rds:FailoverDBCluster';
  describe(signal?: AbortSignal): Promise<Standing>;
  failOver(): Promise<void>;
};

/** Asks again and again for what is new since then; on AWS, RDS's own events and the functions' log lines. */
export type Chronicle = {
  readonly name: string;
  since(at: number, signal?: AbortSignal): Promise<readonly Observation[]>;
};

/** Tells by itself; in the sandbox, the journal. The returned function ends it. */
export type Witness = (tell: (observation: Observation) => void) => () => void;

/** The consumer of the endpoint. Attempts may run at the same time. */
export type ProbeClient = {
  readonly kind: 'tcp' | 'postgres' | 'mysql';
  /** How long a successful attempt waits to see whether the answer stays: no part of what it took. */
  readonly holdMs?: number;
  /**
   * Makes sure that the endpoint answers; a SQL client makes its table. Rejects with what is wrong. `databaseHost` is the database's own
   * name, which its certificate has.
   */
  prepare(databaseHost: string): Promise<void>;
  /** Rejects with an error that has a `code`. */
  attempt(number: number): Promise<void>;
  /** Which rows are there; absent where nothing is written. */
  rows?(): Promise<ReadonlySet<number>>;
  /** Removes what `prepare` made and ends every connection. May be called twice. */
  close(): Promise<void>;
};

export type DrillPorts = {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly database: DrilledDatabase;
  readonly resolver: { resolve(name: string, signal?: AbortSignal): Promise<DnsAnswer> };
  readonly targetGroup: Pick<TargetGroup, 'list'>;
  readonly client: ProbeClient;
  readonly chronicles: readonly Chronicle[];
  readonly witness?: Witness;
  /** Resolves when the functions have come to rest, or at the signal; absent where that cannot be known. */
  settled?(signal: AbortSignal): Promise<void>;
};
