import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FileScore, judge, type MutationReport, percent, type Reasoned } from '../test/mutation/survivors.ts';
import { tenthOf } from '../test/mutation/tenth.ts';

/* `npm run mutation [-- options of stryker run]`: are the tests of lib/ good enough to notice when it is broken? */

const root = join(import.meta.dirname, '..');
/** A package of its own, as no other script needs Stryker. */
const strykerHome = join(root, 'scripts/stryker');
const reportFile = join(root, 'reports/mutation/mutation.json');
const listFile = 'test/mutation/survivors.json';
const wantedPercent = 90;

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

function run(what: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root });
  if (status === 0) return;
  console.error(`${what} did not finish; what it said stands above.`);
  process.exit(status ?? 1);
}

type Lock = { readonly packages: Readonly<Record<string, { readonly version?: string }>> };

const core = 'node_modules/@stryker-mutator/core';
const versionIn = (lock: string): string | undefined => {
  const file = join(strykerHome, lock);
  return existsSync(file) ? readJson<Lock>(file).packages[core]?.version : undefined;
};

if (versionIn('node_modules/.package-lock.json') !== versionIn('package-lock.json'))
  run('npm ci', [process.env.npm_execpath ?? '', 'ci', '--prefix', strykerHome]);

/** `MUTATION_TENTH`: a tenth of the whole, for a score within minutes. */
function sample(tenth: string): string[] {
  if (!/^\d$/.test(tenth)) {
    console.error(`MUTATION_TENTH is ${tenth || 'empty'}; allowed: 0 to 9`);
    process.exit(2);
  }
  const files = globSync('lib/**/*.ts', { cwd: root }).sort();
  const sources = Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  return ['--mutate', tenthOf(sources, Number(tenth)).join(',')];
}

const { MUTATION_TENTH: tenth } = process.env;
const sampled = tenth === undefined ? [] : sample(tenth);
rmSync(reportFile, { force: true });
run('Stryker', [join(strykerHome, core, 'bin/stryker.js'), 'run', ...sampled, ...process.argv.slice(2)]);

const { scores, unlisted, outdated } = judge(
  readJson<MutationReport>(reportFile),
  readJson<Reasoned[]>(join(root, listFile)),
);

const cells = ['killed', 'timedOut', 'survived', 'uncovered'] as const;
const row = (name: string, list: readonly FileScore[]) =>
  [
    name.padEnd(36),
    ...cells.map((cell) => String(list.reduce((sum, score) => sum + score[cell], 0)).padStart(10)),
    `${percent(list).toFixed(1)} %`.padStart(10),
  ].join('');
console.log(['file'.padEnd(36), ...cells.map((cell) => cell.padStart(10)), 'score'.padStart(10)].join(''));
for (const score of scores) console.log(row(score.file, [score]));
console.log(row('all', scores));

const problems = [
  ...unlisted.map(
    (name) =>
      `survives without a reason: ${name}\n  Next: write a test that kills it, or give the reason in ${listFile}.`,
  ),
  // A sample has not tried what is not in it.
  ...(tenth === undefined ? outdated : []).map(
    (name) => `is listed as a survivor, and is killed or gone: ${name}\n  Next: take it out of ${listFile}.`,
  ),
  ...(percent(scores) < wantedPercent ? [`the score is below ${wantedPercent} %`] : []),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
