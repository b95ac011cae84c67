import { createClients } from '../../cli/access/clients.ts';
import { sandboxLogin } from '../../cli/access/kept-sandbox.ts';
import { sandboxAccess } from '../../cli/access/sandbox.ts';
import { runDrill } from '../../cli/drill/drill.ts';
import { mainOutage } from '../../cli/drill/outage.ts';
import { type DrillRecord, ofKind } from '../../cli/drill/record.ts';
import { sandboxPorts, sandboxTimings } from '../../cli/drill/sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/start.ts';
import type { DatabaseKind } from '../../sandbox/world/database/state.ts';
import { switchWeights, type Way } from './ways.ts';

/** One failover, from the promotion of the new writer on; AWS ms. Negative: before the promotion. */
export type Played = {
  /** The call that moves the clients: RegisterTargets or ModifyListener. Undefined: none was needed. */
  readonly knownMs: number | undefined;
  readonly firstWriteMs: number;
  /** From the last write to the first. */
  readonly withoutWritesMs: number;
};

/** A longer wait than any profile of the load balancer needs. AWS ms. */
const deadlineMs = 900_000;

/**
 * Fails a database over once, with a client that writes through the load balancer. The same seed draws the same times of AWS's.
 * @throws Error where no write came again, or a write was lost
 */
export async function play(kind: DatabaseKind, way: Way, seed: number, speed: number): Promise<Played> {
  const { sandbox, postgres } = await startSandbox({
    ...{ database: kind, speed, seed, loadBalancer: 'aws' },
    ...{ loseEvents: false, flap: false, apiLagSeconds: 0, fence: true },
    ...{ probe: way === 'probe', warmStandby: way === 'warm standby' },
  });
  const clients = createClients(sandboxAccess(sandbox));
  try {
    const prepared = way === 'weights' ? await switchWeights(sandbox, clients) : undefined;
    const record = await runDrill({
      ports: { ...(await sandboxPorts(sandbox, clients, sandboxLogin(postgres))), ...prepared?.ports },
      timings: { ...sandboxTimings(speed), deadlineMs: deadlineMs / speed },
      database: { name: 'orders', kind, id: sandbox.database.id },
      place: 'sandbox',
      speed,
      settings: [],
      versions: [],
      signal: AbortSignal.timeout((2 * deadlineMs) / speed),
    });
    prepared?.close();
    return played(record, sandbox);
  } finally {
    clients.close();
    await sandbox.close();
  }
}

function played({ client, observations, writes, speed, outcome, requestedAt }: DrillRecord, { api }: Sandbox): Played {
  const promotedAt = ofKind(observations, 'writer').find(({ state }) => state === 'promoted')?.at;
  const { firstWriteAt, gapMs = 0 } = mainOutage(client.outages) ?? {};
  if (promotedAt === undefined || firstWriteAt === undefined) throw new Error(`the drill ended ${outcome}`);
  if (writes?.lost.length !== 0) throw new Error(`${writes?.lost.length} acknowledged writes are lost`);
  const moving = api.calls().find(({ at, action }) => at >= (requestedAt ?? promotedAt) && movers.includes(action));
  return {
    knownMs: moving && (moving.at - promotedAt) * speed,
    firstWriteMs: (firstWriteAt - promotedAt) * speed,
    withoutWritesMs: gapMs * speed,
  };
}

const movers: readonly string[] = ['RegisterTargets', 'ModifyListener'];
