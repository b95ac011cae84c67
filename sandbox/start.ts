import type { Config } from '../lib/settings/config.ts';
import { createPostgres, type Postgres } from './data-plane/postgres/engine.ts';
import { createSandbox, probeSecretArn, type Sandbox } from './sandbox.ts';
import type { DatabaseKind } from './world/database/state.ts';
import type { DelayProfileName } from './world/load-balancer-delays.ts';

export type StartOptions = {
  readonly database: DatabaseKind;
  /** How much faster than AWS's documented times. */
  readonly speed: number;
  readonly seed: number;
  /** No event arrives: only the schedule is left. */
  readonly loseEvents: boolean;
  /** DNS alternates between old and new for half an AWS minute. */
  readonly flap: boolean;
  /** How late the RDS API is; AWS seconds. */
  readonly apiLagSeconds: number;
  /** The old host falls silent, as AWS is said to fence it: its connections time out. Otherwise they break at once. */
  readonly fence: boolean;
  readonly loadBalancer: DelayProfileName;
  /** The functions ask the members themselves, with a login by a secret. */
  readonly probe?: boolean;
  /** The standby of an instance stays in the group. */
  readonly warmStandby?: boolean;
};

/** Starts PostgreSQL, the APIs, DNS, the load balancer and the functions. `postgres` has the login, and the ports beside the load balancer. */
export async function startSandbox(options: StartOptions): Promise<{ sandbox: Sandbox; postgres: Postgres }> {
  let postgres: Postgres | undefined;
  const sandbox = await createSandbox({
    kind: options.database,
    speed: options.speed,
    seed: options.seed,
    loadBalancer: options.loadBalancer,
    silentDeaths: options.fence,
    healthCheck: options.warmStandby ? 'fast' : 'usual',
    config: configured(options),
    timings: {
      ...(options.flap ? { dnsFlap: 30_000 } : {}),
      ...(options.apiLagSeconds > 0 ? { apiLag: options.apiLagSeconds * 1000 } : {}),
    },
    engine: async (journal) => {
      postgres = await createPostgres({ journal });
      return postgres;
    },
  });
  if (!postgres) throw new Error('the sandbox started without PostgreSQL');
  sandbox.eventBridge.delivery({ loseAll: options.loseEvents });
  if (options.warmStandby) await standbyIn(sandbox);
  return { sandbox, postgres };
}

const configured =
  ({ probe, warmStandby }: StartOptions) =>
  (config: Config): Config => ({
    ...config,
    ...(probe ? { probe: { login: 'secret', user: 'rds_target_probe', secretArn: probeSecretArn } } : {}),
    ...(warmStandby
      ? {
          database: { ...config.database, markerSecurityGroup },
          policy: { ...config.policy, warmStandby },
        }
      : {}),
  });

const markerSecurityGroup = 'sg-0123456789abcdef9';

/** The functions have registered the standby, and its first checks are over. */
async function standbyIn({ targetGroup, functions }: Sandbox): Promise<void> {
  await functions.drift.invoke({ action: 'resync' });
  const isIn = () => {
    const states = targetGroup.targets().map(({ state }) => state);
    return states.includes('healthy') && states.includes('unhealthy');
  };
  await new Promise<void>((resolve) => {
    const unfollow = targetGroup.onChange(() => check());
    const check = () => {
      if (!isIn()) return;
      unfollow();
      resolve();
    };
    check();
  });
}
