import type { Report } from '../lib/domain.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { rdsEvents, scheduledEvent } from '../sandbox/world/database/events.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';
import type { DatabaseKind } from '../sandbox/world/database/state.ts';
import type { InvocationResult } from '../sandbox/world/types.ts';
import { type Figure, median } from './figures.ts';

const kinds: readonly DatabaseKind[] = ['instance', 'cluster'];
const buildEvent = rdsEvents({ region: 'eu-central-1', account: '123456789012', random: Math.random });

const counted = ({ api, dns }: Sandbox) => ({ calls: api.calls().length, queries: dns.queries().length });

/** A check that finds everything right, in a warm environment, with 20 ms for each API call. */
export async function steadyCheck(): Promise<Figure[]> {
  const figures = await Promise.all(kinds.map(steadyCheckOf));
  return figures.flat();
}

async function steadyCheckOf(kind: DatabaseKind): Promise<Figure[]> {
  const sandbox = await createSandbox({
    kind,
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 20,
    latencyMs: 20,
    isScheduled: false,
  });
  try {
    const check = () =>
      sandbox.functions.drift.invoke(scheduledEvent('arn:aws:events:eu-central-1:123456789012:rule/drift', new Date()));
    mustBeInSync(await check());
    const before = counted(sandbox);
    mustBeInSync(await check());
    const after = counted(sandbox);
    const durations: number[] = [];
    for (let run = 0; run < 20; run++) durations.push(mustBeInSync(await check()).durationMs);
    return [
      { name: `steady drift check of a ${kind}: AWS calls`, value: after.calls - before.calls, unit: '', limit: 3 },
      {
        name: `steady drift check of a ${kind}: DNS queries`,
        value: after.queries - before.queries,
        unit: '',
        limit: 2,
      },
      {
        name: `steady drift check of a ${kind}: median of 20, at 20 ms per call`,
        value: median(durations),
        unit: 'ms',
        limit: 150,
      },
    ];
  } finally {
    await sandbox.close();
  }
}

function mustBeInSync(result: InvocationResult): InvocationResult {
  const report = result.payload as Report;
  if (result.status !== 'succeeded' || report.outcome !== 'in-sync')
    throw new Error(`not in sync: ${JSON.stringify(result.payload)}`);
  return result;
}

/** A watch of 120 s at AWS's speed in which nothing moves. */
export async function quietWatch(): Promise<Figure[]> {
  return Promise.all(kinds.map(quietWatchOf));
}

async function quietWatchOf(kind: DatabaseKind): Promise<Figure> {
  const sandbox = await createSandbox({
    kind,
    engine: createListenerEngine,
    speed: 1,
    isScheduled: false,
    isGroupEmpty: true,
  });
  try {
    await sandbox.functions.failover.invoke({ action: 'resync' });
    const before = counted(sandbox);
    const event = buildEvent(kind === 'cluster' ? 'RDS-EVENT-0072' : 'RDS-EVENT-0050', {
      source: 'orders',
      date: new Date(),
    });
    const { durationMs } = mustBeInSync(await sandbox.functions.failover.invoke(event));
    const after = counted(sandbox);
    const note = `${(durationMs / 1000).toFixed(0)} s, ${after.queries - before.queries} DNS queries`;
    return {
      name: `a watch of a ${kind} in which nothing moves: AWS calls`,
      value: after.calls - before.calls,
      unit: '',
      limit: 30,
      note,
    };
  } finally {
    await sandbox.close();
  }
}
