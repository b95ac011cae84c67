import type { Clock, DnsAnswer, TargetGroup } from '../../lib/ports.ts';
import type { Observation } from './record.ts';

export type Address = { readonly host: string; readonly port: number };

/** The state of the database in the RDS API, as far as it concerns a failover. */
export type Standing = {
  readonly status: string;
  /** The DB instance that is the writer; absent when the API names none. */
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

/** Is polled for observations since a time; on AWS, RDS's events and the functions' log lines. */
export type Chronicle = {
  readonly name: string;
  since(at: number, signal?: AbortSignal): Promise<readonly Observation[]>;
};

/** Pushes observations; in the sandbox, from the journal. The returned function stops it. */
export type Witness = (emit: (observation: Observation) => void) => () => void;

/** The consumer of the endpoint. Attempts may run at the same time. */
export type ProbeClient = {
  readonly kind: 'tcp' | 'postgres' | 'mysql';
  /** How long a successful attempt holds the connection to see whether it lasts; not counted in its duration. */
  readonly holdMs?: number;
  /**
   * Makes sure that the endpoint answers; a SQL client creates its table. Rejects with the problem. `databaseHost` is the database's own
   * name, as in its certificate.
   */
  prepare(databaseHost: string): Promise<void>;
  /** Rejects with an error that has a `code`. */
  attempt(number: number): Promise<void>;
  /** The numbers of the rows found; absent where nothing is written. */
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
  /** Resolves when no function runs any more, or at the signal; absent where that cannot be known. */
  settled?(signal: AbortSignal): Promise<void>;
};
