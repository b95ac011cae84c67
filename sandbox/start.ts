import { createPostgres, type Postgres } from './data-plane/postgres/engine.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
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
  readonly loadBalancer: DelayProfileName;
};

/** Starts PostgreSQL, the APIs, DNS, the load balancer and the functions. `postgres` has the login, and the ports beside the load balancer. */
export async function startSandbox(options: StartOptions): Promise<{ sandbox: Sandbox; postgres: Postgres }> {
  let postgres: Postgres | undefined;
  const sandbox = await createSandbox({
    kind: options.database,
    speed: options.speed,
    seed: options.seed,
    loadBalancer: options.loadBalancer,
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
  return { sandbox, postgres };
}
