import { isLive } from '../lib/domain.ts';
import { type ClientReport, createWriter, type LossCheck } from './client.ts';
import type { DatabaseKind } from './database/types.ts';
import type { Occurrence } from './journal.ts';
import { createPostgres, type Postgres } from './postgres/engine.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import type { InvocationResult } from './types.ts';

export type FailoverOptions = {
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
};

export type FailoverResult = {
  readonly options: FailoverOptions;
  /** Wall ms since the epoch, at the outage. */
  readonly outageAt: number;
  readonly occurrences: readonly Occurrence[];
  readonly invocations: readonly InvocationResult[];
  readonly client: ClientReport;
  readonly writes: LossCheck;
  /** What the group held in the end, and the writer's address. */
  readonly targets: readonly string[];
  readonly writer: string;
  readonly problems: readonly string[];
};

/** Starts PostgreSQL, the APIs, DNS, the load balancer and the functions. `postgres` gives the way in beside the load balancer. */
export async function startSandbox(options: FailoverOptions): Promise<{ sandbox: Sandbox; postgres: Postgres }> {
  let postgres: Postgres | undefined;
  const sandbox = await createSandbox({
    kind: options.database,
    speed: options.speed,
    seed: options.seed,
    pace: {
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

/** Kills the writer under a client that keeps writing, and waits until client, group and functions have come to rest. */
export async function runFailover(
  sandbox: Sandbox,
  postgres: Postgres,
  options: FailoverOptions,
): Promise<FailoverResult> {
  const { database, journal, loadBalancer, functions, clock, targetGroup } = sandbox;
  const client = createWriter({ connect: loadBalancer, journal });
  await client.start();
  await clock.sleep(5000);
  const outageAt = Date.now();
  const before = targetGroup.targets().map(({ ip }) => ip);
  await database.failover({ cause: 'crash' });
  await until(sandbox, () => isRight(sandbox) && (client.lastWrite()?.at ?? 0) > outageAt && isBack(sandbox, outageAt));
  await functions.failover.idle();
  await clock.sleep(5000);
  const report = await client.stop();
  const writes = await client.countLost(postgres.connectionString(database.writer().hostId));
  const { ip, port } = database.writer();
  const result = {
    options,
    outageAt,
    occurrences: journal.all().filter(({ at }) => at >= outageAt),
    invocations: [...functions.failover.results(), ...functions.drift.results()],
    client: report,
    writes,
    targets: targetGroup.targets().map((target) => `${target.ip}:${target.port} ${target.state}`),
    writer: `${ip}:${port}`,
  };
  return { ...result, problems: problemsOf(sandbox, result, before.includes(ip)) };
}

const isRight = ({ database, targetGroup }: Sandbox): boolean => {
  const { ip, port } = database.writer();
  const live = targetGroup.targets().filter(isLive);
  return (
    live.length === 1 && live.every((target) => target.ip === ip && target.port === port && target.state === 'healthy')
  );
};

const isBack = ({ journal }: Sandbox, since: number): boolean =>
  journal.all().some(({ at, what }) => what === 'first-write' && at >= since);

/** Waits for a condition over the journal; gives up after ten AWS minutes, and the result says what is wrong. */
async function until({ clock, journal }: Sandbox, condition: () => boolean): Promise<void> {
  const deadline = clock.elapsed() + 600_000;
  while (!condition() && clock.elapsed() < deadline) {
    await new Promise<void>((resolve) => {
      const unfollow = journal.follow(() => done());
      const cancel = clock.after(1000, () => done());
      const done = () => {
        unfollow();
        cancel();
        resolve();
      };
    });
  }
}

type Outcome = Pick<FailoverResult, 'writes' | 'targets' | 'writer' | 'invocations'>;

function problemsOf(
  sandbox: Sandbox,
  { writes, targets, writer, invocations }: Outcome,
  isSameWriter: boolean,
): string[] {
  const failed = invocations.filter(({ status }) => status !== 'succeeded');
  return [
    isSameWriter ? `the writer is still at ${writer}: there was no failover` : '',
    isRight(sandbox) ? '' : `the group holds ${targets.join(', ') || 'nothing'}; the writer is at ${writer}`,
    writes.lost.length > 0
      ? `${writes.lost.length} acknowledged writes are lost: ${writes.lost.slice(0, 10).join(', ')}`
      : '',
    writes.found < writes.acknowledged ? `${writes.acknowledged} writes were acknowledged, ${writes.found} found` : '',
    failed.length > 0 ? `${failed.length} invocations failed: ${JSON.stringify(failed[0]?.payload)}` : '',
  ].filter(Boolean);
}
