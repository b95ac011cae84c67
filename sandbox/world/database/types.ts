import type { SandboxClock } from '../clock.ts';
import type { Journal } from '../journal.ts';
import type { Network } from '../network.ts';
import type { Engine, EventBridgeEvent, Zone, ZoneAnswer } from '../types.ts';
import type { DatabaseNames } from './names.ts';
import type { Address, CustomEndpoint, DatabaseKind } from './state.ts';
import type { Span, Timings } from './timings.ts';
import type { DatabaseView } from './view.ts';

export type DatabaseOptions = {
  /** `instance`: one DB instance, Multi-AZ unless `multiAz` is false. `cluster`: Aurora, one writer and `readers` readers. */
  readonly kind: DatabaseKind;
  readonly id: string;
  readonly port?: number;
  readonly engine: Engine;
  /** What the API calls it; PostgreSQL when absent. A cluster is Aurora's. */
  readonly engineName?: 'postgres' | 'mysql' | 'mariadb';
  readonly network: Network;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly timings?: Partial<Timings>;
  /** In [0, 1); the default is seeded, so that two runs draw the same numbers. */
  readonly random?: () => number;
  /** Readers of a cluster; 1 when absent. */
  readonly readers?: number;
  /** Custom endpoints of a cluster; none when absent. */
  readonly customEndpoints?: readonly CustomEndpoint[];
  /** Whether an instance has a standby; true when absent. */
  readonly multiAz?: boolean;
  /** Hosts that die in a failover, or are stopped, send neither FIN nor RST, and nothing answers in their place; false when absent. */
  readonly silentDeaths?: boolean;
  /** Dual stack: every host also has an IPv6 address. */
  readonly ipv6?: boolean;
  /** Hosts that are started with the rest and serve nothing yet, for `addMember` and `switchover`. */
  readonly spares?: number;
  /** The letters of the hosts' Availability Zones, repeated as needed; `['a', 'b', 'c']` when absent. */
  readonly availabilityZones?: readonly string[];
  /** The last number of the first address in each subnet (10.0.N.x); 10 when absent. Keeps databases of one VPC apart. */
  readonly firstAddress?: number;
  readonly region?: string;
  readonly account?: string;
};

export type FailoverRequest = {
  /** `crash` and `reboot` differ in their events; `failover` is what FailoverDBCluster does. */
  readonly cause: 'crash' | 'reboot' | 'failover';
  /** The member to promote; the first reader that is up when absent. Clusters only. */
  readonly target?: string;
};

/** The truth: which host holds the writer's role now. `up` is false between an outage and the promotion. */
type WriterTruth = {
  readonly memberId: string;
  readonly hostId: string;
  readonly ip: string;
  readonly ipv6?: string;
  readonly port: number;
  readonly up: boolean;
};

export type DnsFaults = {
  /** Answers `answer` for the name, or for every name of the database, until called with undefined. */
  override(name: string | 'all', answer: ZoneAnswer | undefined): void;
  /** For the next `awsMs`, answers alternate between the records before the last change and the present ones. */
  flap(awsMs: number): void;
};

export type Database = {
  readonly kind: DatabaseKind;
  readonly id: string;
  readonly arn: string;
  /** The truth now. */
  writer(): WriterTruth;
  names(): DatabaseNames;
  /** The addresses that its hosts have now, up or not, a standby's among them. */
  places(): readonly Address[];
  /** The DNS view: lags behind the truth. Unknown names are `nxdomain`. */
  readonly zone: Zone;
  /** The control plane's view: lags behind the truth. */
  describe(): DatabaseView;
  onEvent(listener: (event: EventBridgeEvent) => void): () => void;
  /** Sends an event as if RDS had, for example one that no operation here causes. */
  emit(event: EventBridgeEvent): void;
  /** The latest events, oldest first (at most 1,000). */
  events(): readonly EventBridgeEvent[];

  /** Resolves when the truth has moved, the views have caught up, and the old host has rejoined. */
  failover(request: FailoverRequest): Promise<void>;
  /** Restarts a member in place; the writer when no id is given. */
  restart(memberId?: string): Promise<void>;
  /** The member comes back on another host, with a new address. */
  replaceHost(memberId?: string): Promise<void>;
  /** Blue/green: the names stay, other instances (from the spares) stand behind them; the old ones go on, read-only. */
  switchover(): Promise<void>;
  /** Every host listens on `port` instead. AWS sends no event for it. */
  modifyPort(port: number): Promise<void>;
  /** A reader from the spares; resolves to its id. */
  addMember(memberId?: string): Promise<string>;
  removeMember(memberId: string): Promise<void>;
  /** Renames a DB instance and thereby its endpoint. AWS sends no event for it. */
  renameMember(memberId: string, newId: string): Promise<void>;
  /** Changes the lists of a custom endpoint. AWS sends no event for it. */
  modifyCustomEndpoint(endpoint: CustomEndpoint): Promise<void>;

  /** Stops every host, as `stop-db-instance` and `stop-db-cluster` do; the endpoint stays. */
  stop(): Promise<void>;
  /** Starts what `stop` has stopped, under the same addresses. */
  start(): Promise<void>;
  /** The writer's host hangs: its port accepts, nothing is answered. Ends with `resume`, a failover or a restart. */
  hang(): void;
  resume(): void;

  readonly dns: DnsFaults;
  /** The API keeps its present answers until `thawApiView`. Operations do not wait for it. */
  freezeApiView(): void;
  thawApiView(): void;
  /** Changes from now on appear in the API after this long; undefined restores the default. */
  setApiLag(awsMs: Span | undefined): void;
  /** Changes what `describe` returns, for example with `noWriter` of view.ts, until called with undefined. */
  overrideApiView(bend: ((view: DatabaseView) => DatabaseView) | undefined): void;
  /** Ends what is under way and closes the engine. */
  close(): Promise<void>;
};
