import { targetKey } from '../../lib/domain.ts';
import type { DrillPace, DrillPorts } from './ports.ts';
import type { Observation } from './record.ts';
import { dnsText } from './sample.ts';

export type Tell = (observation: Observation) => void;

type Watched = {
  readonly ports: DrillPorts;
  readonly pace: DrillPace;
  readonly host: string;
  readonly since: number;
  readonly tell: Tell;
  readonly signal: AbortSignal;
};

/** Looks at everything at its own pace until the signal; resolves when all have ended. Tells changes only. */
export async function watchAll(watched: Watched): Promise<void> {
  const { ports, pace } = watched;
  const unfollow = ports.witness?.(watched.tell);
  const loops = [
    every(watched, 'DNS', pace.dnsMs, dnsLook(watched)),
    every(watched, 'DescribeTargetHealth', pace.targetsMs, targetsLook(watched)),
    every(watched, 'RDS API', pace.topologyMs, topologyLook(watched)),
    ...ports.chronicles.map((chronicle) =>
      every(watched, chronicle.name, pace.chronicleMs, chronicleLook(watched, chronicle)),
    ),
  ];
  await Promise.all(loops).finally(() => unfollow?.());
}

/** A source that fails is told once, and asked again. */
async function every(
  { ports: { clock }, tell, signal }: Watched,
  source: string,
  everyMs: number,
  look: () => Promise<void>,
): Promise<void> {
  let trouble = '';
  while (!signal.aborted) {
    try {
      await look();
      trouble = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!signal.aborted && message !== trouble) tell({ kind: 'trouble', at: clock.now(), source, message });
      trouble = message;
    }
    await clock.sleep(everyMs, signal);
  }
}

function dnsLook({ ports, host, tell, signal }: Watched): () => Promise<void> {
  let last = '';
  return async () => {
    const answer = dnsText(await ports.resolver.resolve(host, signal));
    if (signal.aborted || answer === last) return;
    last = answer;
    tell({ kind: 'dns', at: ports.clock.now(), answer });
  };
}

function targetsLook({ ports, tell, signal }: Watched): () => Promise<void> {
  let last = new Map<string, string>();
  return async () => {
    const targets = await ports.targetGroup.list(signal);
    const at = ports.clock.now();
    const now = new Map(targets.map((target) => [targetKey(target), target.state]));
    for (const [target, state] of now) if (last.get(target) !== state) tell({ kind: 'target', at, target, state });
    for (const target of last.keys()) if (!now.has(target)) tell({ kind: 'target', at, target, state: 'gone' });
    last = now;
  };
}

function topologyLook({ ports, tell, signal }: Watched): () => Promise<void> {
  let last = '';
  return async () => {
    const { writer, status } = await ports.database.look(signal);
    const text = `${writer} ${status}`;
    if (text === last) return;
    last = text;
    tell({ kind: 'topology', at: ports.clock.now(), ...(writer ? { writer } : {}), status });
  };
}

/** What comes late is placed where it belongs by its own time; what was told is not told again. */
function chronicleLook(
  { since, tell, signal }: Watched,
  chronicle: DrillPorts['chronicles'][number],
): () => Promise<void> {
  const told = new Set<string>();
  return async () => {
    for (const one of await chronicle.since(since, signal)) {
      const key = JSON.stringify(one);
      if (told.has(key)) continue;
      told.add(key);
      tell(one);
    }
  };
}
