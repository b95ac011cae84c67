import { ascending, quantile } from './tally.ts';
import { failZone } from './zone.ts';

const allowed = 1.3;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Prints the scenario of the failed Availability Zone; whether the floors were kept. */
export async function printZone(seed: number): Promise<boolean> {
  const { registeredMs, rightMs, floors, ...found } = await failZone(seed);
  const last = rightMs.at(-1) ?? Number.NaN;
  const median = quantile(ascending(registeredMs), 0.5);
  const line = (name: string, ms: number, floor: number) =>
    console.log(
      `  ${name.padEnd(44)} ${seconds(ms).padStart(8)}  floor ${seconds(floor).padStart(7)}  × ${(ms / floor).toFixed(2)}  ${ms <= floor * allowed ? 'ok' : 'MISSED'}`,
    );
  console.log(`\nan Availability Zone fails: 200 databases in one second, 50 others; from DNS showing the new writers`);
  line('last group right', last, floors.last);
  line('median registration, pairs in turn', median, floors.medianOfPairs);
  line('median registration, registrations first', median, floors.medianOfRegistrations);
  console.log(
    `  never right ${found.neverRight}, violations ${found.violations.length} ${found.violations.slice(0, 3)}`,
  );
  console.log(`  longest time without a successful check of another database: ${seconds(found.longestGapMs)}`);
  const calls = Object.entries(found.calls).map(([name, count]) => `${name} ${count}`);
  console.log(`  attempted calls: ${calls.join(', ')}`);
  return last <= floors.last * allowed && found.neverRight === 0 && found.violations.length === 0;
}
