import { ascending, quantile } from './tally.ts';
import { failZone } from './zone.ts';

const allowed = 1.3;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * Prints the scenario of the failed Availability Zone, with one invocation at a time for each database, as docs/deploy.md says for many
 * databases in one account, and with as many as there are events. Whether the floor was kept in the first case, and no invariant broken.
 */
export async function printZone(seed: number): Promise<boolean> {
  console.log(`\nan Availability Zone fails: 200 databases in one second, 50 others; from DNS showing the new writers`);
  const reserved = await printFigures('reserved concurrency 1', seed, 1);
  const unlimited = await printFigures('no reserved concurrency', seed);
  return reserved.isKept && reserved.isSound && unlimited.isSound;
}

async function printFigures(title: string, seed: number, concurrency?: number) {
  const { registeredMs, rightMs, floors, ...found } = await failZone(seed, concurrency);
  const last = rightMs.at(-1) ?? Number.NaN;
  const median = quantile(ascending(registeredMs), 0.5);
  const line = (name: string, ms: number, floor: number) =>
    console.log(
      `  ${name.padEnd(44)} ${seconds(ms).padStart(8)}  floor ${seconds(floor).padStart(7)}  × ${(ms / floor).toFixed(2)}  ${ms <= floor * allowed ? 'ok' : 'MISSED'}`,
    );
  console.log(`${title}:`);
  line('last group right', last, floors.last);
  line('median registration, pairs in turn', median, floors.medianOfPairs);
  line('median registration, registrations first', median, floors.medianOfRegistrations);
  console.log(
    `  never right ${found.neverRight}, violations ${found.violations.length} ${found.violations.slice(0, 3)}`,
  );
  console.log(`  longest time without a successful check of another database: ${seconds(found.longestGapMs)}`);
  const calls = Object.entries(found.calls).map(([name, count]) => `${name} ${count}`);
  console.log(`  attempted calls: ${calls.join(', ')}`);
  return {
    isKept: last <= floors.last * allowed,
    isSound: found.neverRight === 0 && found.violations.length === 0,
  };
}
