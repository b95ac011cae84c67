import { InvalidArgumentError } from 'commander';
import { longestPauseHours } from '../../lib/settings/variables.ts';

const minuteMs = 60_000;

/** `30m`, `2h` or `1h30m`, as ms. */
export function pauseFrom(text: string): number {
  const [, hours = '0', minutes = '0'] = /^(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?$/.exec(text) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * minuteMs;
  if (ms >= minuteMs && ms <= longestPauseHours * 60 * minuteMs) return ms;
  throw new InvalidArgumentError(`It must be a time from 1m to ${longestPauseHours}h, like 30m, 2h or 1h30m.`);
}
