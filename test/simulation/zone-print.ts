import { ascending, quantile } from './tally.ts';
import { failZone, type ZoneFigures } from './zone.ts';

const allowed = 1.3;
/** The alarm for a missing `Success` goes off after so long. */
export const starvedMs = 300_000;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * Prints the scenario of the failed Availability Zone, with one invocation at a time for each database, as docs/deploy.md says for many
 * databases in one account, and with as many as there are events. Whether the floor was kept in the first case, and no invariant broken.
 */
export async function printZone(seed: number): Promise<boolean> {
  console.log(`\nan Availability Zone fails: 200 databases in one second, 50 others; from DNS showing the new writers`);
  const zone = { seed, hit: 200, others: 50 };
  const reserved = print('reserved concurrency 1', await failZone({ ...zone, concurrency: 1 }));
  const unlimited = print('no reserved concurrency', await failZone(zone));
  const isWell = reserved.isKept && reserved.isSound && unlimited.isSound;
  if (isWell) console.log('why what is MISSED is no failure: docs/decisions/0011-what-the-storm-still-finds.md');
  else
    console.log(
      'a failure: a last group or a check MISSED with one invocation at a time, starving, or something broken',
    );
  return isWell;
}

/** Whether the last group was right in time, and whether nothing was broken and no database starved. */
export function verdictOf({ rightMs, floors, neverRight, violations, longestGapMs }: ZoneFigures) {
  return {
    isKept: (rightMs.at(-1) ?? Number.POSITIVE_INFINITY) <= floors.last * allowed,
    isSound: neverRight === 0 && violations.length === 0 && longestGapMs <= starvedMs,
  };
}

function print(title: string, figures: ZoneFigures) {
  const { registeredMs, rightMs, floors, neverRight, violations, longestGapMs, calls, refused } = figures;
  const last = rightMs.at(-1) ?? Number.NaN;
  const median = quantile(ascending(registeredMs), 0.5);
  const told = (isKept: boolean): string => (isKept ? 'ok' : 'MISSED');
  const line = (name: string, ms: number, floor: number) =>
    console.log(
      `  ${name.padEnd(44)} ${seconds(ms).padStart(8)}  floor ${seconds(floor).padStart(7)}  × ${(ms / floor).toFixed(2)}  ${told(ms <= floor * allowed)}`,
    );
  console.log(`${title}:`);
  line('last group right', last, floors.last);
  line('median registration, pairs in turn', median, floors.medianOfPairs);
  line('median registration, registrations first', median, floors.medianOfRegistrations);
  console.log(`  never right ${neverRight}, violations ${violations.length} ${violations.slice(0, 3)}`.trimEnd());
  console.log(
    `  ${'longest without a check of another database'.padEnd(44)} ${seconds(longestGapMs).padStart(8)}  at most ${seconds(starvedMs)}         ${told(longestGapMs <= starvedMs)}`,
  );
  const attempted = Object.entries(calls).map(([name, count]) => `${name} ${count}`);
  console.log(`  attempted calls: ${attempted.join(', ')}; given up for want of a token: ${refused}`);
  return verdictOf(figures);
}
