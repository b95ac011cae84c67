import { isLive, targetKey } from '../../lib/domain.ts';
import type { Writer } from '../../sandbox/data-plane/client/client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { createChaos } from './chaos.ts';
import { inTime } from './in-time.ts';

/** One failover, or several in a row, with faults, and what came of it. */
export type Round = {
  readonly failovers: number;
  readonly troubles: readonly string[];
  /** From the end of the faults, the truth being stable, to a right group that stays right; AWS seconds. */
  readonly rightAfter: number;
  /** Whether the client has written again. */
  readonly isWritten: boolean;
  /** What was wrong when a schedule period was over. */
  readonly wrong?: string;
};

/** A schedule period, and what a check may take to confirm what it sees; AWS ms. */
const periodMs = 60_000 + 30_000;
/** A call that hung when the faults ended is given up after so long; wall ms. */
const hangMs = 2500;
/** How long a group has to stay right to count as right; AWS ms. */
const steadyMs = 10_000;
/** No failover takes longer; AWS ms. */
const longestMs = 900_000;

const groupOf = ({ targetGroup }: Sandbox): string => targetGroup.targets().filter(isLive).map(targetKey).join(', ');
const writerOf = ({ database }: Sandbox): string => targetKey(database.writer());
const isRight = (sandbox: Sandbox): boolean => groupOf(sandbox) === writerOf(sandbox);

export async function round(sandbox: Sandbox, client: Writer, random: () => number): Promise<Round> {
  const { clock, database } = sandbox;
  const failovers = random() < 0.25 ? 2 : 1;
  const chaos = createChaos(sandbox, random);
  for (let n = 0; n < failovers; n += 1) {
    chaos.begin();
    const cause = random() < 0.8 || database.kind === 'instance' ? 'crash' : 'failover';
    await inTime(
      longestMs / clock.speed + 30_000,
      `failover (${chaos.kinds().join('; ')})`,
      database.failover({ cause }),
    );
  }
  chaos.end();
  const troubles = chaos.kinds();
  const { rightAfterMs, wrong } = await untilRight(sandbox, periodMs + hangMs * clock.speed);
  const isWritten = await untilWritten(sandbox, client);
  await clock.sleep(random() * 10_000);
  return { failovers, troubles, rightAfter: rightAfterMs / 1000, isWritten, ...(wrong ? { wrong } : {}) };
}

async function untilRight(sandbox: Sandbox, limitMs: number): Promise<{ rightAfterMs: number; wrong?: string }> {
  const { clock } = sandbox;
  const from = clock.elapsed();
  let since = from;
  for (;;) {
    if (!isRight(sandbox)) since = clock.elapsed() + 500;
    if (clock.elapsed() - since >= steadyMs) return { rightAfterMs: Math.max(0, since - from) };
    if (since - from > limitMs) {
      const wrong = `the group holds ${groupOf(sandbox) || 'nothing'}, the writer is at ${writerOf(sandbox)}`;
      return { rightAfterMs: since - from, wrong };
    }
    await clock.sleep(500);
  }
}

/** Whether a write comes through: the load balancer's health checks need two probes, ten AWS seconds apart, and a slow machine its time. */
export async function untilWritten(
  { clock }: Pick<Sandbox, 'clock'>,
  client: Pick<Writer, 'lastWrite'>,
): Promise<boolean> {
  const from = Date.now();
  const deadline = clock.elapsed() + 120_000 + 20_000 * clock.speed;
  const isWritten = () => (client.lastWrite()?.at ?? 0) >= from;
  while (!isWritten() && clock.elapsed() < deadline) await clock.sleep(500);
  return isWritten();
}

/** When the group had no live target, and what led there. Bounded: the first twenty times. */
export function watchEmpty(sandbox: Sandbox): readonly string[] {
  const found: string[] = [];
  sandbox.targetGroup.onChange(({ ip, port, from, to }) => {
    if (sandbox.targetGroup.targets().some(isLive) || found.length >= 20) return;
    found.push(`${ip}:${port} went from ${from} to ${to}, the writer being at ${writerOf(sandbox)}`);
  });
  return found;
}
