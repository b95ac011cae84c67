import type { RegisteredTarget, Target, TargetState } from '../../lib/domain.ts';

/* ---------- the database ---------- */

/** A host that can run the engine. In `instance` mode both hosts belong to one DB instance, as with Multi-AZ. */
export type Host = { readonly id: string; readonly ip: string; readonly availabilityZone: string };

/** What really accepts connections. Implementations: PostgreSQL, and bare TCP listeners for tests that need no SQL. */
export type Engine = {
  /**
   * Starts every host; the first is the primary, the others stream from it. Resolves when each accepts connections. `endpoint` is the
   * database's own name, which a certificate has.
   */
  start(hosts: readonly Host[], endpoint: string): Promise<void>;
  /** The version that runs, as the API returns it; absent where nothing speaks a database's protocol. */
  readonly version?: string;
  /** The user of a probe, and the authority (PEM) that issued the servers' certificate; absent where nothing takes a login. */
  probe?(): { readonly login: { readonly username: string; readonly password: string }; readonly roots: string };
  /** The local port on 127.0.0.1 on which this host's engine listens, running or not. It never changes. */
  localPort(hostId: string): number;
  /** Ends the host's engine at once, as a power cut would (SIGKILL). Open connections break. */
  kill(hostId: string): Promise<void>;
  /** Makes a streaming standby the primary. Resolves when it accepts writes. */
  promote(hostId: string): Promise<void>;
  /** Brings a killed host back as a standby of the present primary. Resolves when it streams. */
  rejoin(hostId: string): Promise<void>;
  /** Ends the host's engine at once and starts it again in the role it has. Where absent, a restart only cuts the network. */
  restart?(hostId: string): Promise<void>;
  /** Freezes the host's engine, as overload does: the port stays open, and clients get no answer. Ends with `resume` or `kill`. */
  hang(hostId: string): void;
  /** Continues a hung host. */
  resume(hostId: string): void;
  /** Ends every process and removes every file. May be called twice, and after a failure. */
  close(): Promise<void>;
};

/** One answer of the sandbox's DNS, from the authoritative side. `cnames` is the chain that leads to the addresses. */
export type ZoneAnswer =
  | {
      readonly kind: 'records';
      readonly cnames?: readonly string[];
      readonly a?: readonly string[];
      readonly aaaa?: readonly string[];
    }
  /** The name exists, without a record of the type that was asked. */
  | { readonly kind: 'no-data' }
  /** A chain of aliases that ends without an address. */
  | { readonly kind: 'cname-only'; readonly cnames: readonly string[] }
  | { readonly kind: 'nxdomain' | 'servfail' | 'refused' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'silence' }
  /** Only the TC bit over UDP; these records over TCP (none: no data). */
  | {
      readonly kind: 'truncated';
      readonly cnames?: readonly string[];
      readonly a?: readonly string[];
      readonly aaaa?: readonly string[];
    };

export type Zone = (name: string, type: 'A' | 'AAAA') => ZoneAnswer;

/** An EventBridge event as AWS sends it. */
export type EventBridgeEvent = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

/* ---------- the load balancer ---------- */

/** The control plane's view of one target group, which the data plane follows and reports to. */
export type TargetGroup = {
  readonly arn: string;
  readonly healthCheck: HealthCheck;
  attribute(key: string): string;
  /** Every target, draining ones included. */
  targets(): readonly RegisteredTarget[];
  /** Whether a zonal shift keeps new connections away from the target. */
  isShifted(target: Target): boolean;
  /** The data plane's verdict on one probe of one target. */
  reportProbe(ip: string, port: number, succeeded: boolean): void;
  onChange(listener: (change: TargetChange) => void): () => void;
};

/** The control plane's view of one listener. */
export type Listener = {
  readonly arn: string;
  readonly port: number;
  /** Where it forwards to. New connections are shared out by the weights; a group of weight 0 gets none, but is health-checked. */
  forwards(): readonly Forward[];
  onChange(listener: () => void): () => void;
};

export type Forward = { readonly group: TargetGroup; readonly weight: number };

export type TargetChange = {
  readonly ip: string;
  readonly port: number;
  readonly from?: TargetState;
  readonly to?: TargetState;
};

/** AWS seconds. */
export type HealthCheck = {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
};

/* ---------- Lambda ---------- */

export type InvocationResult = {
  readonly requestId: string;
  readonly status: 'succeeded' | 'failed' | 'timed-out' | 'crashed';
  /** What the handler returned, or the error as Lambda reports it: `{errorType, errorMessage, trace}`. */
  readonly payload: unknown;
  readonly durationMs: number;
  /** Present on the first invocation of an environment: ms from starting the process to its first request for work. */
  readonly initMs?: number;
  /** The lines that the function wrote during this invocation (one environment runs one invocation at a time). */
  readonly log: readonly string[];
};

export type LambdaFunction = {
  readonly name: string;
  /** RequestResponse: one attempt; a failure is a result, not a rejection. */
  invoke(event: unknown): Promise<InvocationResult>;
  /** Event: queued at once, two retries on failure (after 1 and 2 AWS minutes). */
  invokeAsync(event: unknown): void;
  /** Changes the environment variables of later invocations; running ones keep theirs. */
  reconfigure(environment: Readonly<Record<string, string>>): void;
  /** The latest finished attempts, a hundred thousand at most, in the order of their ends. */
  results(): readonly InvocationResult[];
  /** Resolves when no invocation runs or waits, retries included. */
  idle(): Promise<void>;
  close(): Promise<void>;
};
