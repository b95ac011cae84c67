import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, patternOf, type Results } from '../test/sabotages/judge.ts';
import { type Change, type Sabotage, sabotages } from '../test/sabotages/sabotages.ts';
import { optionsOrUsage } from './options.ts';

const usage = `Takes out the defences of docs/security.md one by one, in memory, and tells whether the tests that the page names notice.
usage: npm run sabotages [-- WORDS]
  WORDS   only threats whose name contains them`;

/** @throws Error when there is no such threat */
function chosenBy(args: readonly string[]): readonly Sabotage[] {
  const words = args.join(' ');
  const chosen = sabotages.filter(({ threat }) => threat.toLowerCase().includes(words.toLowerCase()));
  if (chosen.length > 0) return chosen;
  throw new Error(`no threat is called "${words}"; allowed: words of a row of docs/security.md`);
}

const chosen = optionsOrUsage(usage, chosenBy);
if (chosen) process.exitCode = play(chosen) === chosen.length ? 0 : 1;

/** What the tests of these sabotages say, with one of them played or without any. */
function resultsOf(of: readonly Sabotage[], change?: Change): Results {
  const directory = mkdtempSync(join(tmpdir(), 'sabotages-'));
  const file = join(directory, 'results.json');
  const titles = of.map(({ test: [, title] }) => patternOf(title)).join('|');
  const files = new Set(of.map(({ test: [path] }) => path));
  try {
    const { stderr } = spawnSync(
      'vitest',
      // One failure tells enough.
      ['run', '-t', `(${titles})$`, `--bail=${change ? 1 : 0}`, '--reporter=json', `--outputFile=${file}`, ...files],
      { encoding: 'utf8', env: { ...process.env, SABOTAGE: change ? JSON.stringify(change) : '' } },
    );
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Results;
    return { testResults: [{ message: stderr, assertionResults: [] }] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function secondsSince(ms: number): string {
  return `${((performance.now() - ms) / 1000).toFixed(1)} s`;
}

/** How many were noticed: the test passed without the sabotage, and failed with it. */
function play(list: readonly Sabotage[]): number {
  const startedAt = performance.now();
  const sound = resultsOf(list);
  let noticed = 0;
  for (const sabotage of list) {
    const { threat, file, test } = sabotage;
    const [path, title] = test;
    const from = performance.now();
    const before = judge(sound, title);
    const after = before.kind === 'passed' ? judge(resultsOf([sabotage], sabotage), title) : before;
    const verdict =
      before.kind === 'passed' ? { failed: 'noticed', passed: 'MISSED', absent: 'BROKEN' }[after.kind] : 'RED BEFORE';
    if (verdict === 'noticed') noticed += 1;
    console.log(`${verdict.padEnd(10)} ${secondsSince(from).padStart(7)}  ${threat}: ${file}`);
    console.log(`  ${path}: ${title}\n  ${after.said}`);
  }
  const threats = new Set(list.map(({ threat }) => threat)).size;
  console.log(
    `\n${list.length} sabotages of ${threats} threats: ${noticed} noticed, ${list.length - noticed} not, in ${secondsSince(startedAt)}`,
  );
  return noticed;
}
