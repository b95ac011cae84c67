import { takesConnections } from '../decision/served.ts';
import { isLive, type Timings } from '../domain.ts';
import { isProven } from '../observations/partial-answers.ts';
import type { RunRequest, RunState, Unshown } from '../observations/run-state.ts';

/*
 * A name that shows some of its addresses at a time may take longer to prove that one is gone than any run lasts: what it showed once, and
 * what answers the load balancer's health checks, stays for good. So an execution environment remembers the answers of its runs, and reports
 * a healthy target that none of them has shown for an hour. AWS ends an environment every few hours; the next one knows nothing yet.
 */

/** By address. Times are ms since the epoch. */
export type Shown = {
  /** When an answer showed it last. */
  readonly at: Map<string, number>;
  /**
   * Targets that no answer shows and that were once healthy: since when, and how many independent answers there were since. A health check
   * that fails for a moment, which its target can arrange, does not restart the count.
   */
  readonly absent: Map<string, { readonly since: number; answers: number }>;
  /** Those of them that no answer has shown for an hour. */
  longUnshown: ReadonlySet<string>;
  /** Until then a cache may repeat the latest answer that was counted. */
  repeatableUntil: number;
};

export const nothingShown = (): Shown => ({
  at: new Map(),
  absent: new Map(),
  longUnshown: new Set(),
  repeatableUntil: 0,
});

const hourMs = ({ settleMs }: Timings): number => 120 * settleMs;

/** A name that shows more addresses than this in an hour is not remembered. */
const mostAddresses = 1000;

/** Adds a run's answers, and says which healthy targets neither they nor those of an hour before have shown. Undefined: there is no answer. */
export function rememberAnswers(
  shown: Shown,
  { database, timings }: Pick<RunRequest, 'database' | 'timings'>,
  { observations: { answers }, observed }: Pick<RunState, 'observations' | 'observed'>,
  now: number,
): readonly Unshown[] | undefined {
  if (database.kind !== 'hostname' || answers.length === 0 || !observed) return undefined;
  const healthy = new Map(observed.targets.filter(takesConnections).map((target) => [target.ip, target]));
  for (const [ip, at] of shown.at) if (now - at >= hourMs(timings)) shown.at.delete(ip);
  if (shown.at.size > mostAddresses) shown.at.clear();
  const live = new Set(observed.targets.filter(isLive).map(({ ip }) => ip));
  for (const ip of shown.absent.keys()) if (!live.has(ip)) shown.absent.delete(ip);
  for (const ip of healthy.keys())
    if (!shown.absent.has(ip)) shown.absent.set(ip, { since: shown.at.get(ip) ?? answers[0]?.at ?? now, answers: 0 });
  for (const { at, addresses, ttlMs = timings.settleMs / 6 } of answers) {
    if (at >= shown.repeatableUntil) {
      // A TTL is the answer's own word: one of weeks would count no other for as long.
      shown.repeatableUntil = at + Math.min(ttlMs, hourMs(timings));
      for (const one of shown.absent.values()) one.answers += 1;
    }
    for (const ip of addresses) {
      shown.at.set(ip, at);
      shown.absent.delete(ip);
    }
  }
  const among = new Set([...shown.at.keys(), ...shown.absent.keys()]).size;
  const atOnce = Math.min(...answers.map(({ addresses }) => addresses.length));
  const unshown = [...shown.absent].flatMap(([ip, { since, answers: count }]) => {
    const target = healthy.get(ip);
    // Shown within the hour.
    if (!target || shown.at.has(ip)) return [];
    const forMs = now - since;
    return [{ target, forMs, isLong: forMs >= hourMs(timings) && isProven(among, atOnce, count) }];
  });
  shown.longUnshown = new Set(unshown.filter(({ isLong }) => isLong).map(({ target }) => target.ip));
  return unshown;
}
