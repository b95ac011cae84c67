import type { Config } from '../lib/settings/config.ts';
import type { Pace } from './world/database/pace.ts';
import type { DatabaseKind } from './world/database/state.ts';
import type { DatabaseOptions } from './world/database/types.ts';
import type { Journal } from './world/journal.ts';
import type { Engine } from './world/types.ts';

export type SandboxOptions = {
  readonly kind: DatabaseKind;
  /** Makes what accepts connections; the sandbox closes it. */
  readonly engine: (journal: Journal) => Engine | Promise<Engine>;
  /** How much faster than AWS. */
  readonly speed: number;
  readonly seed?: number;
  readonly pace?: Partial<Pace>;
  readonly readers?: number;
  readonly customEndpoints?: DatabaseOptions['customEndpoints'];
  /** Wall ms added to every API call. */
  readonly latencyMs?: number;
  /** What the API calls the engine; PostgreSQL when absent. */
  readonly engineName?: DatabaseOptions['engineName'];
  /** A dual-stack database, behind a target group of this type. */
  readonly dualStack?: 'ipv4' | 'ipv6';
  /** How many DB instances of others the account has. */
  readonly bystanders?: number;
  /** Availability Zones of the load balancer; all of the VPC's when absent. */
  readonly loadBalancerZones?: readonly string[];
  /** What of the functions' configuration differs from the defaults, which are AWS's pace divided by `speed`. */
  readonly config?: (config: Config) => Config;
  /** Whether the drift function runs every AWS minute; true when absent. */
  readonly isScheduled?: boolean;
  /** Hosts that die say nothing: no FIN, no RST, no refusal. As a rule they do, at once. */
  readonly silentDeaths?: boolean;
  /** How far DescribeTargetHealth is behind a write; AWS ms. */
  readonly targetHealthLagMs?: number;
  /** Whether the group exists empty (as after a deployment without its first resync); false when absent. */
  readonly isGroupEmpty?: boolean;
};
