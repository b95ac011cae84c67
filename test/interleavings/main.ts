import { parseArgs } from 'node:util';
import { optionsOrUsage } from '../../scripts/options.ts';
import { allCases } from './cases.ts';
import { explore, type Found } from './explore.ts';
import type { Scenario } from './scenario.ts';

/* npm run interleavings: every order of the steps of two runs over a failover, case by case. */

const usage = 'npm run interleavings [-- --case WORDS]: all cases, or those whose names hold the words';

/** @throws Error that lists the names, when none holds the words */
function casesOf(args: readonly string[]): readonly Scenario[] {
  const { values } = parseArgs({ args: [...args], options: { case: { type: 'string', default: '' } } });
  const cases = allCases();
  const wanted = cases.filter(({ name }) => name.includes(values.case));
  if (wanted.length > 0) return wanted;
  throw new Error(`--case is ${values.case}; allowed: words of\n${cases.map(({ name }) => `  ${name}`).join('\n')}`);
}

const columns = ['orders', 'positions', 'steps checked', 'longest', 'broken', 'seconds'] as const;
const widths = [26, 12, 14, 8, 7, 8];

const row = (name: string, values: readonly string[]) =>
  `${name.padEnd(52)}${values.map((value, index) => value.padStart((widths[index] ?? 0) + 1)).join('')}`;

function printViolations({ violations }: Found): void {
  for (const { invariant, what, way } of violations)
    console.log(`  invariant ${invariant}: ${what}\n${way.map((line) => `    ${line}`).join('\n')}`);
}

const cases = optionsOrUsage(usage, casesOf) ?? [];
if (cases.length > 0) console.log(row('', columns));
for (const scenario of cases) {
  const startedAt = performance.now();
  const found = await explore(scenario);
  const { orders, positions, steps, longest, broken } = found;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const counts = [positions, steps, longest, broken].map((count) => count.toLocaleString('en-GB'));
  console.log(row(scenario.name, [orders.toLocaleString('en-GB'), ...counts, seconds]));
  printViolations(found);
  if (broken > 0) process.exitCode = 1;
}
