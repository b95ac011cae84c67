import type { Database, Policy, Timings } from '../domain.ts';
import type { Codec } from './codecs.ts';

/** Everything that one deployed database needs; the same for both functions. */
export type Config = {
  readonly database: Database;
  readonly targetGroupArn: string;
  readonly policy: Policy;
  readonly timings: Timings;
  readonly probe: Probe;
  /** `address` or `address:port`; empty means the system's. */
  readonly dnsServers: readonly string[];
  /** Until then the functions only observe: a time in ISO 8601. */
  readonly pausedUntil?: string;
  /** Told of each failover that went well. */
  readonly failoverTopicArn?: string;
  readonly metricsNamespace: string;
  readonly logLevel: (typeof logLevels)[number];
};

/** How the members are asked. `connect`: without a login. */
export type Probe = {
  readonly login: 'off' | 'iam' | 'secret' | 'connect';
  /** For `iam`; a secret brings its own. */
  readonly user: string;
  /** Undefined: the engine's own. */
  readonly database?: string;
  readonly secretArn?: string;
};

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;

type Group = 'database' | 'policy' | 'timings' | 'probe';

/** A field of the configuration: `timings.watchMs`. */
type Place = { [G in Group]: `${G}.${keyof Config[G] & string}` }[Group] | Exclude<keyof Config, Group>;

type Held<C, F extends PropertyKey> = F extends keyof C ? NonNullable<C[F]> : never;
type ValueAt<P> = P extends `${infer G extends Group}.${infer F}` ? Held<Config[G], F> : Held<Config, P & string>;

/** A setting as the functions read it. */
export type Setting = {
  readonly [P in Place]: {
    /** The place in the configuration. */
    readonly at: P;
    /** How its text is read and written, and what is allowed. */
    readonly codec: Codec<ValueAt<P>>;
    /** The kinds of databases that need it. */
    readonly required?: 'always' | readonly Database['kind'][];
    /** In the unit of the variable. */
    readonly default?: ValueAt<P> | ((database: Pick<Database, 'kind' | 'role'>) => ValueAt<P>);
  };
}[Place];

/** A setting as people read and write it. */
export type Description = {
  /** Its path in databases.json; only the functions have one without. */
  readonly key?: string;
  readonly meaning: string;
  /** The default, where it is no single value. */
  readonly otherwise?: string;
  /** The default in databases.json, where it is another one. */
  readonly otherwiseInFile?: string;
};
