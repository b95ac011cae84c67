import { allCases } from './cases.ts';
import { explore, type Found } from './explore.ts';

/* npm run interleavings: every order of the steps of two runs over a failover, case by case. */

const columns = ['orders', 'positions', 'steps checked', 'longest', 'broken', 'seconds'] as const;
const widths = [26, 12, 14, 8, 7, 8];

const row = (name: string, values: readonly string[]) =>
  `${name.padEnd(52)}${values.map((value, index) => value.padStart((widths[index] ?? 0) + 1)).join('')}`;

function printViolations({ violations }: Found): void {
  for (const { invariant, what, way } of violations)
    console.log(`  invariant ${invariant}: ${what}\n${way.map((line) => `    ${line}`).join('\n')}`);
}

console.log(row('', columns));
for (const scenario of allCases()) {
  const startedAt = performance.now();
  const found = await explore(scenario);
  const { orders, positions, steps, longest, broken } = found;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const counts = [positions, steps, longest, broken].map((count) => count.toLocaleString('en-GB'));
  console.log(row(scenario.name, [orders.toLocaleString('en-GB'), ...counts, seconds]));
  printViolations(found);
  if (broken > 0) process.exitCode = 1;
}
