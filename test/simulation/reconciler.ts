import type { Config } from '../../lib/config.ts';
import { respond } from '../../lib/respond.ts';
import { cut } from './calls.ts';
import { createRun, portsOf } from './run.ts';
import type { World } from './world.ts';

export const pace = { watchMs: 120_000, settleMs: 30_000, recheckMs: 1000 };

export const periodMs = 60_000;

/** Time-outs as the deployment sets them: failover and drift. */
const timeoutMs = { event: 140_000, drift: 56_000 } as const;
type Kind = keyof typeof timeoutMs;

/** As in the handler: what is open is cut so long before the time-out. */
const lastWordsMs = 500;

/** Lambda runs a failed asynchronous invocation again after one and after two more minutes; a check is not: the next one comes. */
const retriesAfterMs: Readonly<Record<Kind, readonly number[]>> = { event: [60_000, 120_000], drift: [] };

/** Our two functions, woken by the story's events and by the schedule. */
export function deployReconciler(world: World): void {
  const { story, clock } = world;
  story.events.forEach(({ at, payload }, index) => {
    clock.at(at, () => invoke(world, 'event', payload, `event ${index + 1}`, 0));
  });
  const tick = (number: number) => {
    invoke(world, 'drift', { source: 'aws.scheduler' }, `drift ${number}`, 0);
    clock.at(clock.now() + periodMs, () => tick(number + 1));
  };
  clock.at(story.scheduleAt, () => tick(1));
}

function invoke(world: World, kind: Kind, payload: unknown, name: string, attempt: number): void {
  const { clock, dice, score, story } = world;
  const run = createRun(attempt === 0 ? name : `${name}, retry ${attempt}`, dice.chance(0.5) ? 0 : 1);
  world.active += 1;
  let isOver = false;
  const over = (isFailed: boolean) => {
    if (isOver) return;
    isOver = true;
    world.active -= 1;
    const afterMs = retriesAfterMs[kind][attempt];
    if (isFailed && afterMs !== undefined)
      clock.at(clock.now() + afterMs, () => invoke(world, kind, payload, name, attempt + 1));
  };
  const kill = () => {
    if (isOver) return;
    run.isKilled = true;
    score.fault('function killed');
    score.note(() => `${run.name} is killed`);
    over(true);
  };
  const isDoomed = dice.chance(story.killRate);
  const killedAt = clock.now() + dice.between(0, kind === 'drift' ? 8000 : 60_000);
  if (isDoomed && killedAt < story.stableAt) clock.at(killedAt, kill);
  clock.at(clock.now() + timeoutMs[kind] - lastWordsMs, () => {
    if (!isOver) cut(run);
  });
  clock.at(clock.now() + timeoutMs[kind], () => {
    if (!isOver) score.violate(8, `${run.name} ran into its time-out`);
    kill();
  });
  respond(portsOf(world, run), configOf(world), payload, timeoutMs[kind]).then(
    ({ report, fault }) => {
      score.note(() => `${run.name} ends: ${report.outcome} ${report.reason ?? ''} ${fault?.message ?? ''}`);
      if (run.groupFailed && !fault) score.violate(8, `${run.name} swallowed the fault of its last call to the group`);
      if (!fault) score.successes.push(clock.now());
      over(fault !== undefined);
    },
    (error: unknown) => {
      score.violate(8, `${run.name} broke: ${error instanceof Error ? error.stack : error}`);
      over(true);
    },
  );
}

const configOf = ({ story: { database, policy } }: World): Config => ({
  database,
  policy,
  pace,
  targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
  dnsServers: [],
  metricsNamespace: 'RdsTargetReconciler',
  logLevel: 'SILENT',
});
