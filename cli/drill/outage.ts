import type { ClientSummary, Outage, Probe } from './record.ts';

/** Attempts overlap, so they count by when they ended. */
const endOf = ({ at, ms }: Probe): number => at + ms;

export function clientSummary(probes: readonly Probe[], now: number): ClientSummary {
  const failures: Record<string, number> = {};
  for (const { result, code = 'unknown' } of probes) if (result !== 'ok') failures[code] = (failures[code] ?? 0) + 1;
  const failed = probes.filter(({ result }) => result !== 'ok').length;
  const outages = outagesOf(probes, now);
  return {
    attempted: probes.length,
    acknowledged: probes.length - failed,
    failed,
    refusedByReader: probes.filter(({ result }) => result === 'read-only').length,
    failures,
    secondsWithoutWrites: outages.reduce((sum, { gapMs }) => sum + gapMs, 0) / 1000,
    outages,
  };
}

function outagesOf(probes: readonly Probe[], now: number): Outage[] {
  const ended: Outage[] = [];
  let lastWriteAt: number | undefined;
  let open: Omit<Outage, 'gapMs'> | undefined;
  const gap = (until: number, { lastWriteAt: since, firstFailureAt }: Omit<Outage, 'gapMs'>) =>
    until - (since ?? firstFailureAt);
  let served = 0;
  const end = () => {
    const last = ended.pop();
    if (last) ended.push({ ...last, servedAfter: served });
  };
  for (const probe of [...probes].sort((one, other) => endOf(one) - endOf(other))) {
    const at = endOf(probe);
    if (probe.result !== 'ok') {
      // An attempt that began before the last success and fails late says nothing about the time after it.
      if (!open && lastWriteAt !== undefined && probe.at < lastWriteAt) continue;
      if (!open) end();
      open ??= { ...(lastWriteAt === undefined ? {} : { lastWriteAt }), firstFailureAt: at, failed: 0 };
      open = { ...open, failed: open.failed + 1 };
      continue;
    }
    if (open) ended.push({ ...open, firstWriteAt: at, gapMs: gap(at, open) });
    served = open ? 1 : served + 1;
    open = undefined;
    lastWriteAt = at;
  }
  if (!open) end();
  return open ? [...ended, { ...open, gapMs: gap(now, open) }] : ended;
}

/** Outages with few successes between them count as one: a client that is served only now and then has not recovered. */
export type Episode = Outage & { readonly interruptions: number };

/** Consecutive successes, a second's worth with the timings of AWS, after which the client has recovered. */
const servedAgain = 10;

export function episodesOf(outages: readonly Outage[]): Episode[] {
  const episodes: Episode[] = [];
  for (const outage of outages) {
    const last = episodes.at(-1);
    if (last && (last.servedAfter ?? servedAgain) < servedAgain) episodes[episodes.length - 1] = joined(last, outage);
    else episodes.push({ ...outage, interruptions: 1 });
  }
  return episodes;
}

/** Lasts from the first failure to the last; the gap is the time without an answer. */
function joined(one: Episode, { firstWriteAt, servedAfter, gapMs, failed }: Outage): Episode {
  const { lastWriteAt, firstFailureAt, interruptions } = one;
  return {
    ...(lastWriteAt === undefined ? {} : { lastWriteAt }),
    firstFailureAt,
    ...(firstWriteAt === undefined ? {} : { firstWriteAt }),
    ...(servedAfter === undefined ? {} : { servedAfter }),
    gapMs: one.gapMs + gapMs,
    failed: one.failed + failed,
    interruptions: interruptions + 1,
  };
}

/** The longest one, which the drill reports as the outage. */
export const mainOutage = (outages: readonly Outage[]): Episode | undefined =>
  episodesOf(outages).toSorted((one, other) => other.gapMs - one.gapMs)[0];
