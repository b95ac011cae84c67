import type { Check, Target } from '../domain.ts';
import type { RunState } from '../observations/run-state.ts';
import type { NetworkInterface } from '../ports.ts';
import type { Protocol, Spoken } from '../protocols.ts';
import type { Reading } from './reading.ts';

/* What `doctor` reads beyond what every run reads. Plain values, without the SDK's shapes. */

export type GroupSettings = {
  readonly targetType: string;
  readonly protocol: string;
  readonly port?: number;
  readonly vpcId?: string;
  readonly loadBalancerArns: readonly string[];
  readonly healthCheckSeconds?: number;
  readonly healthyThreshold?: number;
  readonly unhealthyThreshold?: number;
  readonly attributes: ReadonlyMap<string, string>;
};

export type LoadBalancer = {
  readonly name: string;
  readonly zones: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Whether its security groups judge connections that come through PrivateLink. */
  readonly judgesPrivateLink: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  /** Ports of the listeners that forward to the group. */
  readonly ports: readonly number[];
};

export type DatabaseNetwork = {
  readonly vpcId?: string;
  readonly zones: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** RDS's word: `aurora-postgresql`. */
  readonly engine?: string;
};

/** What MySQL and MariaDB count failed connections by, in one parameter group. Undefined: the engine's own default. */
export type LoginLimits = {
  readonly group: string;
  readonly maxConnectErrors?: number;
  readonly skipsNameResolve?: boolean;
  /** Whether an instance has to be restarted for what the group says. */
  readonly isPending: boolean;
};

/** One rule of a security group. `protocol` is `tcp`, `-1` for all, or another. */
export type Rule = {
  readonly protocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidrs: readonly string[];
  readonly groupIds: readonly string[];
  readonly prefixListIds: readonly string[];
};

export type SecurityGroup = {
  readonly id: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
};

export type Subnet = { readonly id: string; readonly zone: string; readonly cidrs: readonly string[] };

/** Where the function runs. */
export type Place =
  | { readonly kind: 'outside' }
  | { readonly kind: 'vpc'; readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };

/**
 * A rule that has the function as its target, or a schedule of EventBridge Scheduler, which has a `group`. `schedule` is the expression
 * of a scheduled one.
 */
export type WakingRule = {
  readonly name: string;
  readonly state: string;
  readonly schedule?: string;
  readonly group?: string;
};

/** `windowMinutes`: the period that was read. */
export type Firing = { readonly rule: WakingRule; readonly windowMinutes: number; readonly times: number };

export type Alarm = { readonly name: string; readonly state: string };

export type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** A host that AWS API calls of this run went to, and what its name resolved to. */
export type ApiHost = { readonly host: string; readonly addresses: readonly string[] };

/** `endpointId`: that of the VPC endpoint, when it is one's. */
export type OwnedInterface = NetworkInterface & { readonly endpointId?: string };
/** By address: what has it. Several VPCs may use one address. */
export type Interfaces = ReadonlyMap<string, readonly OwnedInterface[]>;

/** What a database said to the first bytes of a protocol. */
export type Conversation = { readonly target: Target; readonly protocol: Protocol; readonly spoken: Spoken };

/** The instruments of the doctor. None rejects. */
export type Instruments = {
  group(): Promise<Reading<GroupSettings>>;
  loadBalancers(arns: readonly string[]): Promise<Reading<readonly LoadBalancer[]>>;
  /** Undefined for a hostname: no API says where it lives. */
  readonly databaseNetwork?: () => Promise<Reading<DatabaseNetwork>>;
  /** Likewise; empty for engines that count nothing. */
  readonly loginLimits?: () => Promise<Reading<readonly LoginLimits[]>>;
  securityGroups(ids: readonly string[]): Promise<Reading<ReadonlyMap<string, SecurityGroup>>>;
  subnets(ids: readonly string[]): Promise<Reading<ReadonlyMap<string, Subnet>>>;
  /** By address. An address that no interface of this account and Region has is missing. */
  readonly interfaces?: (addresses: readonly string[]) => Promise<Reading<Interfaces>>;
  /** By the function's ARN. */
  place(functionArn: string): Promise<Reading<Place>>;
  rulesThatWake(functionArn: string): Promise<Reading<readonly WakingRule[]>>;
  sum(metric: Metric, minutes: number): Promise<Reading<number>>;
  /** The alarms on a metric; when one of them is called PREFIX and the first name, the alarms called PREFIX and one of the names. */
  alarmsBeside(metric: Metric, names: readonly string[]): Promise<Reading<readonly Alarm[]>>;
  /** Connects and says the first bytes of the protocol. */
  speak(target: Target, protocol: Protocol): Promise<Spoken>;
  /** After the calls: where they went. */
  apiHosts(): Promise<readonly ApiHost[]>;
};

/** All that was read. */
export type Surroundings = {
  readonly group: Reading<GroupSettings>;
  readonly loadBalancers: Reading<readonly LoadBalancer[]>;
  readonly databaseNetwork: Reading<DatabaseNetwork> | undefined;
  readonly loginLimits: Reading<readonly LoginLimits[]> | undefined;
  readonly securityGroups: Reading<ReadonlyMap<string, SecurityGroup>>;
  readonly subnets: Reading<ReadonlyMap<string, Subnet>>;
  /** This and `firings`: undefined when the function does not know its own ARN. */
  readonly place: Reading<Place> | undefined;
  readonly firings: Reading<readonly Firing[]> | undefined;
  readonly successes: Reading<number>;
  readonly alarms: Reading<readonly Alarm[]>;
  /** What the first wanted target said; undefined when none is known. */
  readonly conversation: Conversation | undefined;
  readonly apiHosts: readonly ApiHost[];
  /** Of the private addresses among them, and of the targets; undefined where they were not asked for. */
  readonly interfaces?: Reading<Interfaces>;
};

/** The extended part of `doctor`: every check, given those that the run has already told. Loaded only when it is asked for. */
export type Diagnose = (
  state: RunState,
  basic: readonly Check[],
  where: { readonly functionArn: string | undefined; readonly signal: AbortSignal | undefined },
) => Promise<readonly Check[]>;
