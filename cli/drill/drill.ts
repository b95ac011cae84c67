import { DrillRefused, endpointRefusal, problemsOf, refusals } from './checks.ts';
import { clientSummary } from './outage.ts';
import type { Address, DrillPorts } from './ports.ts';
import type { DrillRecord, Observation, Probe, Sample, Setting, Writes } from './record.ts';
import { type Held, keyOf, takeSample } from './sample.ts';
import type { DrillTimings } from './settings.ts';
import { sharesOf } from './shares.ts';
import { outageStart, timelineOf } from './timeline.ts';
import { createLog, type Log, probeAll, watchAll } from './watch.ts';

export type Drill = {
  readonly ports: DrillPorts;
  readonly database: DrillRecord['database'];
  readonly timings: DrillTimings;
  readonly place?: DrillRecord['place'];
  readonly speed: number;
  readonly settings: readonly Setting[];
  readonly versions: readonly Setting[];
  /** Ends the drill early; it still reports what it measured. */
  readonly signal: AbortSignal;
  readonly follow?: (observation: Observation | Probe) => void;
};

type Found = Sample & { readonly place?: Address };

/** The client writes for this share of the stable time before the failover, as a baseline. */
const leadShare = 1 / 6;
/** For the last lookups after the drill, when something may still be down. */
const lastLookupMs = 10_000;

/**
 * Fails a database over under a client and measures from outside.
 * @throws DrillRefused before anything was changed, or the error of the failover's call
 */
export async function runDrill(drill: Drill): Promise<DrillRecord> {
  const { ports, database } = drill;
  const startedAt = ports.clock.now();
  const before = await takeSample(ports, drill.signal);
  const reasons = refusals(database, before, ports.client.kind);
  if (reasons.length > 0 || !before.place) throw new DrillRefused(reasons);
  const place = before.place;
  await ports.client.prepare(place.host).catch(async (error: unknown) => {
    await ports.client.close().catch(() => {});
    throw new DrillRefused([endpointRefusal(error, ports.client.kind)]);
  });
  const log = createLog(drill.follow);
  try {
    const ended = await measure(drill, log, before, place);
    const after = await lastSample(drill, before);
    const writes = await countRows(ports.client, log).catch(() => undefined);
    const left = await leftBehind(ports.client);
    return recordOf(drill, log, { startedAt, ...ended, before, after, place, writes, left });
  } finally {
    await ports.client.close().catch(() => {});
  }
}

type Ended = { readonly outcome: DrillRecord['outcome']; readonly requestedAt?: number; readonly endedAt: number };

/** Watches and probes, requests the failover, and waits until everything is right again. */
async function measure(drill: Drill, log: Log, before: Found, { host, port }: Address): Promise<Ended> {
  const { ports, timings, signal } = drill;
  const { clock } = ports;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const since = clock.now();
  const watching = Promise.all([
    watchAll({ ports, timings, host, since, emit: log.observe, signal: until }),
    probeAll(ports, timings.probeMs, log.probe, until),
  ]);
  try {
    await clock.sleep(timings.stableMs * leadShare, signal);
    if (signal.aborted) return { outcome: 'interrupted', endedAt: clock.now() };
    refuseShaky(log);
    // Before the call, not after it: the outage may begin before the API has answered.
    const requestedAt = clock.now();
    await ports.database.failOver();
    log.observe({ kind: 'requested', at: requestedAt, call: ports.database.call });
    const outcome = await untilWell(drill, log, { ...before, warmStandby: drill.database.warmStandby }, port);
    return { outcome, requestedAt, endedAt: clock.now() };
  } finally {
    if (!signal.aborted) await ports.settled?.(signal);
    stop.abort();
    await watching;
    await lastChronicles(drill, log, since);
  }
}

function refuseShaky({ probes }: Log): void {
  const failed = probes.filter(({ result }) => result !== 'ok');
  if (failed.length === 0) return;
  throw new DrillRefused([
    `${failed.length} of ${probes.length} attempts of the client failed before the failover (${failed[0]?.code}). Nothing was failed over. ` +
      'Find the cause first: otherwise the figures would not be those of a failover.',
  ]);
}

async function untilWell({ ports, timings, signal }: Drill, log: Log, before: Held, port: number) {
  const { clock } = ports;
  const deadline = clock.now() + timings.deadlineMs;
  let since: number | undefined;
  while (clock.now() < deadline) {
    if (signal.aborted) return 'interrupted';
    const now = clock.now();
    since = log.isWell(before, port) ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= timings.stableMs) return 'recovered';
    await clock.sleep(timings.probeMs, signal);
  }
  return 'not-recovered';
}

/** Log lines and RDS's events arrive late: one more lookup at the end. */
async function lastChronicles({ ports, timings, signal }: Drill, log: Log, since: number): Promise<void> {
  if (ports.chronicles.length === 0) return;
  await ports.clock.sleep(2 * timings.chronicleMs, signal);
  const lookups = ports.chronicles.map((one) => one.since(since, AbortSignal.timeout(lastLookupMs)));
  for (const lookup of await Promise.allSettled(lookups))
    if (lookup.status === 'fulfilled') for (const one of lookup.value) log.observeOnce(one);
}

const lastSample = ({ ports }: Drill, before: Found): Promise<Found> =>
  takeSample(ports, AbortSignal.timeout(lastLookupMs)).catch(() => ({
    status: 'unknown',
    readers: [],
    isMultiAz: before.isMultiAz,
    dns: 'unknown',
    targets: [],
  }));

async function countRows({ rows }: DrillPorts['client'], { probes }: Log): Promise<Writes | undefined> {
  if (!rows) return undefined;
  const there = await rows();
  const numbers = probes.filter(({ result }) => result === 'ok').map(({ number }) => number);
  const lost = numbers.filter((number) => !there.has(number));
  return { acknowledged: numbers.length, found: numbers.length - lost.length, lost };
}

/** The client's error about what it could not remove. */
const leftBehind = (client: DrillPorts['client']): Promise<string> =>
  client.close().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

type Parts = Ended & {
  readonly startedAt: number;
  readonly before: Found;
  readonly after: Found;
  readonly place: Address;
  readonly writes: Writes | undefined;
  readonly left: string;
};

function recordOf(
  { ports, database, place: where, speed, settings, versions }: Drill,
  log: Log,
  parts: Parts,
): DrillRecord {
  const { place, before: found, after: end, writes, left, ...ended } = parts;
  const { place: _, ...before } = found;
  const { place: __, ...after } = end;
  const client = clientSummary(log.probes, ended.endedAt);
  const measured = { ...ended, observations: log.sorted(), client, before, dns: after.dns, port: place.port };
  const outageAt = outageStart(measured) ?? ended.requestedAt ?? ended.startedAt;
  const timeline = timelineOf(measured);
  const record = {
    version: 1,
    database,
    probe: ports.client.kind,
    place: where,
    speed,
    settings,
    versions,
    ...ended,
    outageAt,
    before,
    after,
    writer: keyOf(after.dns, place.port),
    targets: after.targets,
    timeline,
    shares: sharesOf(measured, timeline, outageAt),
    client,
    writes,
    observations: measured.observations,
    probes: log.probes,
  } as const;
  return { ...record, problems: [...problemsOf(record), ...(left ? [left] : [])] };
}
