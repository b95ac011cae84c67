import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Column, ownInSameWorlds, probeColumns, type Tallies, warmColumns, warmScriptOf } from './batch.ts';
import { play, policyNames } from './play.ts';
import type { Script } from './script.ts';
import { shrunk } from './script-arbitrary.ts';
import { textOf } from './script-print.ts';
import { type Arm, storyFrom } from './story.ts';
import { scriptOf, withProbe } from './story-draw.ts';
import { ascending, merge, newTally, quantile, type Tally } from './tally.ts';

const arms: readonly Arm[] = ['events', 'events lost', 'RDS API down', 'hostile'];
const seconds = (ms: number): string => (Number.isNaN(ms) ? '–' : (ms / 1000).toFixed(1));

/** Prints what the storm came to; the number of violations of our own. */
export async function printStorm(
  tallies: Tallies,
  run: { readonly seed: number; readonly seconds: number; readonly workers: number },
): Promise<number> {
  const own = newTally();
  for (const arm of arms) merge(own, tallies[arm] ?? newTally());
  const probed = newTally();
  for (const column of probeColumns) if (column !== 'the same without') merge(probed, tallies[column] ?? newTally());
  const warm = newTally();
  for (const column of warmColumns) merge(warm, tallies[column] ?? newTally());
  console.log(`failovers ${own.stories}, seed ${run.seed}: ${run.seconds.toFixed(0)} s with ${run.workers} workers`);
  const wrong = probed.violations.filter(({ invariant }) => invariant === 10).length;
  console.log(
    `violations ${own.violations.length + probed.violations.length + warm.violations.length}\n\nwhat happened, and how often`,
  );
  for (const [name, count] of Object.entries(own.faults).sort()) console.log(`  ${name.padEnd(44)} ${count}`);
  console.log(`\n${header}`);
  for (const column of [...arms, ownInSameWorlds, ...policyNames])
    console.log(row(column, tallies[column] ?? newTally()));
  console.log(`\n${probed.stories} of these worlds once more, with a probe; what the members did`);
  for (const [name, count] of Object.entries(probed.faults).sort())
    if (name.startsWith('probe: ')) console.log(`  ${name.slice(7).padEnd(44)} ${count}`);
  console.log(`  ${'wrong writer confirmed'.padEnd(44)} ${wrong}\n\n${header}`);
  for (const column of probeColumns) console.log(row(column, tallies[column] ?? newTally()));
  merge(own, { ...newTally(), violations: [...probed.violations, ...warm.violations] });
  for (const column of warmColumns) console.log(row(column, tallies[column] ?? newTally()));
  console.log(`\n${warmText(warm)}`);
  await printViolations(own);
  return own.violations.length;
}

/** What befell the hosts, which the table above does not count. */
const warmText = ({ faults }: Tally): string => {
  const told = Object.entries(faults).filter(([name]) => name.startsWith('standby: '));
  return `what befell the hosts of warm standbys\n${told
    .sort()
    .map(([name, count]) => `  ${name.padEnd(44)} ${count}`)
    .join('\n')}`;
};

const header = [
  'lag from the truth to a right group, s'.padEnd(38),
  ...[
    'stories',
    'median',
    '  p99',
    'worst',
    'never right',
    'violations',
    'emptied',
    'non-writer alone',
    'calls: DNS',
    ' RDS',
    ' ELB',
    ' EC2',
  ],
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
    [String(tally.violations.length), 10],
    [String(tally.emptied), 7],
    [`${seconds(wrong)} s mean`, 16],
    [calls('DNS').toFixed(0), 10],
    [calls('RDS').toFixed(1), 4],
    [calls('ELB').toFixed(1), 4],
    [calls('EC2').toFixed(1), 4],
  ];
  return [column.padEnd(38), ...cells.map(([text, width]) => text.padStart(width))].join('  ');
}

/** Each with its seed; the first of them made as simple as it gets, and written down so that it can be played again. */
async function printViolations({ violations }: Tally): Promise<void> {
  const [first] = violations;
  if (!first) return;
  for (const { seed, arm, invariant, what, at, isProbed } of violations.slice(0, 20))
    console.log(
      `violation of ${invariant}: ${what} at ${seconds(at)} s; seed ${seed}, ${arm}${isProbed ? ', with a probe' : ''}`,
    );
  const breaks = async (script: Script) =>
    (await play(storyFrom(script))).violations.some(({ invariant }) => invariant === first.invariant);
  const drawn = (warmColumns as readonly string[]).includes(first.arm)
    ? warmScriptOf(first.seed)
    : scriptOf(first.seed, first.arm as Arm);
  const script = await shrunk(first.isProbed ? withProbe(drawn) : drawn, breaks);
  const file = join(tmpdir(), `story-${first.seed}.json`);
  writeFileSync(file, `${JSON.stringify(script, undefined, 2)}\n`);
  console.log(`\nthe first, made simpler; play it again: npm run storm -- --story ${file}\n`);
  await printStory(script);
}

/** Plays one story and prints it, with its trace up to the first violation; whether it broke nothing. */
export async function printStory(script: Script): Promise<boolean> {
  const { violations, trace } = await play(storyFrom(script), true);
  const end = trace.findIndex((line) => line.includes('VIOLATION'));
  const shown = end < 0 ? trace : trace.slice(Math.max(0, end - 60), end + 1);
  console.log(`${textOf(script)}\n\n${shown.join('\n')}\n\nviolations ${violations.length}`);
  for (const { invariant, what, at } of violations) console.log(`  ${invariant}: ${what} at ${seconds(at)} s`);
  return violations.length === 0;
}
