import { type Column, ownInSameWorlds, type Tallies } from './batch.ts';
import { play, policyNames } from './play.ts';
import type { Arm } from './story.ts';
import { storyOf } from './story-draw.ts';
import { ascending, merge, newTally, quantile, type Tally } from './tally.ts';

const arms: readonly Arm[] = ['events', 'events lost', 'RDS API down'];
const seconds = (ms: number): string => (Number.isNaN(ms) ? '–' : (ms / 1000).toFixed(1));

/** Prints what the storm came to; the number of violations of our own. */
export async function printStorm(
  tallies: Tallies,
  run: { readonly seed: number; readonly seconds: number; readonly workers: number },
): Promise<number> {
  const own = newTally();
  for (const arm of arms) merge(own, tallies[arm] ?? newTally());
  console.log(`failovers ${own.stories}, seed ${run.seed}: ${run.seconds.toFixed(0)} s with ${run.workers} workers`);
  console.log(`violations ${own.violations.length}\n\nfaults`);
  for (const [name, count] of Object.entries(own.faults).sort()) console.log(`  ${name.padEnd(44)} ${count}`);
  console.log(`\n${header}`);
  for (const column of [...arms, ownInSameWorlds, ...policyNames])
    console.log(row(column, tallies[column] ?? newTally()));
  await printViolations(own);
  return own.violations.length;
}

const header = [
  'lag from the truth to a right group, s'.padEnd(38),
  ...['stories', 'median', 'p99', 'worst', 'never right', 'emptied', 'non-writer alone', 'calls: DNS', 'RDS', 'ELB'],
].join('  ');

function row(column: Column, tally: Tally): string {
  const lags = ascending(tally.lags);
  const wrong = tally.wrongOnly.reduce((sum, ms) => sum + ms, 0) / tally.stories;
  const calls = (prefix: string) =>
    Object.entries(tally.calls).reduce((sum, [name, count]) => sum + (name.startsWith(prefix) ? count : 0), 0) /
    tally.stories;
  const cells: [string, number][] = [
    [String(tally.stories), 7],
    [seconds(quantile(lags, 0.5)), 6],
    [seconds(quantile(lags, 0.99)), 5],
    [seconds(lags.at(-1) ?? Number.NaN), 5],
    [String(tally.neverRight), 11],
    [String(tally.emptied), 7],
    [`${seconds(wrong)} s mean`, 16],
    [calls('DNS').toFixed(0), 10],
    [calls('RDS').toFixed(1), 4],
    [calls('ELB').toFixed(1), 4],
  ];
  return [column.padEnd(38), ...cells.map(([text, width]) => text.padStart(width))].join('  ');
}

/** Each with its seed, and the shortest trace among the first of them. */
async function printViolations({ violations }: Tally): Promise<void> {
  if (violations.length === 0) return;
  for (const { seed, arm, invariant, what, at } of violations.slice(0, 20))
    console.log(`violation of ${invariant}: ${what} at ${seconds(at)} s; seed ${seed}, ${arm}`);
  const traces = await Promise.all(
    violations.slice(0, 20).map(async ({ seed, arm }) => (await play(storyOf(seed, arm as Arm), true)).trace),
  );
  const [shortest = []] = traces.sort((one, other) => one.length - other.length);
  const end = shortest.findIndex((line) => line.includes('VIOLATION'));
  console.log(`\nthe shortest, up to the violation:\n${shortest.slice(Math.max(0, end - 60), end + 1).join('\n')}`);
}
