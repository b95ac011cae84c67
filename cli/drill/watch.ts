import { targetKey } from '../../lib/domain.ts';
import type { DrillPorts } from './ports.ts';
import type { Observation, Probe } from './record.ts';
import { dnsText, type Held, isInSync } from './sample.ts';
import type { DrillTimings } from './settings.ts';

type Emit = (observation: Observation) => void;

type Watched = {
  readonly ports: DrillPorts;
  readonly timings: DrillTimings;
  readonly host: string;
  readonly since: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
};

/** Polls each source at its own interval until the signal and reports changes; resolves when all polls have ended. */
export async function watchAll(watched: Watched): Promise<void> {
  const { ports, timings } = watched;
  const unfollow = ports.witness?.(watched.emit);
  const loops = [
    every(watched, 'DNS', timings.dnsMs, dnsLookup(watched)),
    every(watched, 'DescribeTargetHealth', timings.targetsMs, targetsLookup(watched)),
    every(watched, 'RDS API', timings.topologyMs, topologyLookup(watched)),
    ...ports.chronicles.map((chronicle) =>
      every(watched, chronicle.name, timings.chronicleMs, chronicleLookup(watched, chronicle)),
    ),
  ];
  await Promise.all(loops).finally(() => unfollow?.());
}

/** A source that fails is reported once, and polled again. */
async function every(
  { ports: { clock }, emit, signal }: Watched,
  source: string,
  everyMs: number,
  lookup: () => Promise<void>,
): Promise<void> {
  let trouble = '';
  while (!signal.aborted) {
    try {
      await lookup();
      trouble = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!signal.aborted && message !== trouble) emit({ kind: 'trouble', at: clock.now(), source, message });
      trouble = message;
    }
    await clock.sleep(everyMs, signal);
  }
}

function dnsLookup({ ports, host, emit, signal }: Watched): () => Promise<void> {
  let last = '';
  return async () => {
    const answer = dnsText(await ports.resolver.resolve(host, signal));
    if (signal.aborted || answer === last) return;
    last = answer;
    emit({ kind: 'dns', at: ports.clock.now(), answer });
  };
}

function targetsLookup({ ports, emit, signal }: Watched): () => Promise<void> {
  let last = new Map<string, string>();
  return async () => {
    const targets = await ports.targetGroup.list(signal);
    const at = ports.clock.now();
    const now = new Map(targets.map((target) => [targetKey(target), target.state]));
    for (const [target, state] of now) if (last.get(target) !== state) emit({ kind: 'target', at, target, state });
    for (const target of last.keys()) if (!now.has(target)) emit({ kind: 'target', at, target, state: 'gone' });
    last = now;
  };
}

function topologyLookup({ ports, emit, signal }: Watched): () => Promise<void> {
  let last = '';
  return async () => {
    const { writer, status } = await ports.database.describe(signal);
    const text = `${writer} ${status}`;
    if (text === last) return;
    last = text;
    emit({ kind: 'topology', at: ports.clock.now(), writer, status });
  };
}

/** Late observations carry their own time; each is reported once. */
function chronicleLookup(
  { since, emit, signal }: Watched,
  chronicle: DrillPorts['chronicles'][number],
): () => Promise<void> {
  const seen = new Set<string>();
  return async () => {
    for (const one of await chronicle.since(since, signal)) {
      const key = JSON.stringify(one);
      if (seen.has(key)) continue;
      seen.add(key);
      emit(one);
    }
  };
}

/** Connections that the endpoint does not answer must not pile up: with a time-out of a second this still allows ten attempts a second. */
const mostAtOnce = 10;

const readOnlyCodes: ReadonlySet<string> = new Set([
  '25006', // PostgreSQL: read_only_sql_transaction
  'ER_OPTION_PREVENTS_STATEMENT', // MySQL: --read-only, as a reader of Aurora has it
  'ER_READ_ONLY_MODE',
]);

const codeOf = (error: unknown): string => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' && code ? code : String(message ?? error);
};

/** One attempt every `everyMs`, even while earlier ones are open; resolves when the last has ended. */
export async function probeAll(
  { client, clock }: Pick<DrillPorts, 'client' | 'clock'>,
  everyMs: number,
  emit: (probe: Probe) => void,
  signal: AbortSignal,
): Promise<void> {
  const open = new Set<Promise<void>>();
  for (let number = 1; !signal.aborted; number += 1) {
    while (open.size >= mostAtOnce) await Promise.race(open);
    const began = clock.now();
    const attempt: Promise<void> = probe(client, clock, number)
      .then(emit)
      .finally(() => open.delete(attempt));
    open.add(attempt);
    await clock.sleep(Math.max(1, everyMs - (clock.now() - began)), signal);
  }
  await Promise.all(open);
}

async function probe(client: DrillPorts['client'], clock: DrillPorts['clock'], number: number): Promise<Probe> {
  const at = clock.now();
  try {
    await client.attempt(number);
    // The time until it was served, without the hold: an attempt that fails meanwhile comes after it.
    return { number, at, ms: Math.max(0, clock.now() - at - (client.holdMs ?? 0)), result: 'ok' };
  } catch (error) {
    const code = codeOf(error);
    return { number, at, ms: clock.now() - at, result: readOnlyCodes.has(code) ? 'read-only' : 'failed', code };
  }
}

/** All observations, and the state that follows from them. */
export type Log = {
  readonly probes: readonly Probe[];
  observe(observation: Observation): void;
  /** Unless it was observed before. */
  observeOnce(observation: Observation): void;
  probe(probe: Probe): void;
  sorted(): readonly Observation[];
  /** The name resolves to a new address, the group holds exactly that address, and the client is served. */
  isWell(before: Held, port: number): boolean;
};

export function createLog(follow: (one: Observation | Probe) => void = () => {}): Log {
  const observations: Observation[] = [];
  const probes: Probe[] = [];
  const targets = new Map<string, string>();
  let dns = '';
  const observe = (one: Observation) => {
    observations.push(one);
    if (one.kind === 'dns') dns = one.answer;
    if (one.kind === 'target') targets.set(one.target, one.state);
    follow(one);
  };
  return {
    probes,
    observe,
    observeOnce(one) {
      const text = JSON.stringify(one);
      if (!observations.some((other) => JSON.stringify(other) === text)) observe(one);
    },
    probe(one) {
      probes.push(one);
      follow(one);
    },
    sorted: () => observations.toSorted((one, other) => one.at - other.at),
    isWell(before, port) {
      const live = [...targets].filter(([, state]) => state !== 'gone' && state !== 'draining');
      const held = { ...before, dns, targets: live.map((one) => one.join(' ')) };
      return dns !== before.dns && isInSync(held, port) && probes.at(-1)?.result === 'ok';
    },
  };
}
