import { type FloodFigures, flood } from './flood.ts';
import { starvedMs } from './zone-print.ts';

/** For so long an event about a stranger may keep a function on the average; one question to the RDS API takes 65 ms, a watch 120 s. */
const allowedMs = 20;

/** Prints the flood of foreign events, over five minutes and within a second. Whether it stayed within its bound, and broke nothing. */
export async function printFlood(seed: number): Promise<boolean> {
  console.log('\nforeign events while the RDS API is throttled: 100 clusters, 20 databases that fail over meanwhile');
  const counts = { seed, woken: 100, events: 300, hit: 20, isThrottled: true };
  const slow = print('300 events in five minutes', await flood({ ...counts, forMs: 300_000 }));
  const fast = print('300 events in one second', await flood({ ...counts, forMs: 1000 }));
  return slow && fast;
}

/** Whether the functions ran for no longer than they may, nothing was broken, and no database was kept waiting. */
export const isBounded = ({ runs, ranMs, neverRight, violations, longestGapMs }: FloodFigures): boolean =>
  ranMs <= runs * allowedMs && neverRight === 0 && violations.length === 0 && longestGapMs <= starvedMs;

function print(title: string, figures: FloodFigures): boolean {
  const { runs, ranMs, rightMs, neverRight, violations, longestGapMs, refused } = figures;
  const told = isBounded(figures) ? 'ok' : 'MISSED';
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const each = `${(ranMs / runs).toFixed(1)} ms`;
  console.log(`${title}: ${told}`);
  console.log(
    `  ${runs} events to the functions, which ran for ${seconds(ranMs)}, ${each} each, at most ${allowedMs} ms`,
  );
  console.log(`  never right ${neverRight}, violations ${violations.length} ${violations.slice(0, 3)}`.trimEnd());
  console.log(
    `  last database that failed over right after ${seconds(rightMs.at(-1) ?? Number.NaN)}, longest without a check of a cluster ${seconds(longestGapMs)}; given up for want of a token: ${refused}`,
  );
  return isBounded(figures);
}
