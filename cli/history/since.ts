import { InvalidArgumentError, Option } from 'commander';

/** `--since`, with what it is when left out. */
export const sinceOption = (byDefault: string): Option =>
  new Option('--since <time>', 'how far back: 90m, 12h, 7d, or a time')
    .argParser((text) => agoFrom(text))
    .default(agoFrom(byDefault), byDefault);

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** RDS keeps events for 14 days. */
const longestMs = 14 * unitsMs.d;

/** `90m`, `12h`, `7d`, or a time: how long ago, in ms. */
export function agoFrom(text: string, now = Date.now()): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? [];
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const agoMs = unit ? Number(amount) * unitsMs[unit as keyof typeof unitsMs] : now - time;
  if (agoMs > 0 && agoMs <= longestMs) return agoMs;
  const tooLong = agoMs > longestMs ? ' RDS keeps its events for 14 days.' : '';
  throw new InvalidArgumentError(`It must be like 90m, 12h, 7d or 2026-11-20T08:00Z, in the past.${tooLong}`);
}
