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
  for (const probe of [...probes].sort((one, other) => endOf(one) - endOf(other))) {
    const at = endOf(probe);
    if (probe.result !== 'ok') {
      // An attempt from before the last success that fails late says nothing about the time after it.
      if (!open && lastWriteAt !== undefined && probe.at < lastWriteAt) continue;
      open ??= { ...(lastWriteAt === undefined ? {} : { lastWriteAt }), firstFailureAt: at, failed: 0 };
      open = { ...open, failed: open.failed + 1 };
      continue;
    }
    if (open) ended.push({ ...open, firstWriteAt: at, gapMs: gap(at, open) });
    open = undefined;
    lastWriteAt = at;
  }
  return open ? [...ended, { ...open, gapMs: gap(now, open) }] : ended;
}

/** The one that the drill is about: the longest. */
export const mainOutage = (outages: readonly Outage[]): Outage | undefined =>
  outages.toSorted((one, other) => other.gapMs - one.gapMs)[0];
