import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';
import type { DatabaseKind } from '../sandbox/world/database/state.ts';
import { type Figure, median, worst } from './figures.ts';

const samples = 50;
const atOnce = 5;

/**
 * From the truth (DNS shows the new writer, for a cluster the API as well; the event has long arrived) to RegisterTargets accepted,
 * at AWS's speed: a lookup each second.
 */
export async function reaction(): Promise<Figure[]> {
  const times: number[] = [];
  while (times.length < samples) {
    const batch = Array.from({ length: atOnce }, (_, i) => one(i % 2 === 0 ? 'instance' : 'cluster', times.length + i));
    times.push(...(await Promise.all(batch)));
  }
  return [
    { name: `truth → RegisterTargets accepted, median of ${samples}`, value: median(times), unit: 'ms', limit: 1000 },
    { name: `truth → RegisterTargets accepted, worst of ${samples}`, value: worst(times), unit: 'ms', limit: 2500 },
  ];
}

async function one(kind: DatabaseKind, seed: number): Promise<number> {
  // The moment of the truth falls anywhere between two lookups.
  const promotion = 2000 + ((seed * 617) % 1000);
  const timings = { promotion, dnsLag: 0, apiLag: 0, restartEventLead: 0, rejoin: 100 };
  const sandbox = await createSandbox({
    kind,
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 1,
    seed: seed + 1,
    timings,
    isScheduled: false,
    isGroupEmpty: true,
  });
  try {
    // The old writer is in the group, as before every failover; that it becomes healthy would take half a minute of nothing.
    await sandbox.functions.drift.invoke({ action: 'resync' });
    const accepted = registered(sandbox, '10.0.2.10');
    const truth = shown(sandbox, kind === 'cluster' ? ['dns-changed', 'api-changed'] : ['dns-changed']);
    void sandbox.database.failover({ cause: 'crash' });
    const [truthAt, acceptedAt] = await Promise.all([truth, accepted]);
    return acceptedAt - truthAt;
  } finally {
    await sandbox.close();
  }
}

/** When all of these have happened; ms since the epoch. */
function shown({ journal }: Sandbox, names: readonly string[]): Promise<number> {
  const missing = new Set(names);
  return new Promise((resolve) => {
    const unfollow = journal.follow(({ at, what }) => {
      missing.delete(what);
      if (missing.size > 0) return;
      unfollow();
      resolve(at);
    });
  });
}

/** When the registration of the address was accepted; ms since the epoch. */
function registered({ journal }: Sandbox, ip: string): Promise<number> {
  return new Promise((resolve) => {
    const unfollow = journal.follow(({ at, what, detail }) => {
      if (what !== 'target-initial' || detail?.ip !== ip) return;
      unfollow();
      resolve(at);
    });
  });
}
