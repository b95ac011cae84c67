import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { optionsOrUsage, wholeNumber } from '../../scripts/options.ts';
import { rules } from './ablation-rules.ts';
import { warmColumns } from './batch.ts';

const usage = `Plays the same storm without one rule of the core after another, and tells what each rule is worth.
usage: npm run ablation [-- --failovers N] [--seed N] [--only WORDS]`;

const root = join(import.meta.dirname, '..', '..');

/** @throws Error that names the option that is wrong, its value and what is allowed */
function ablationOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      failovers: { type: 'string', default: '8000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
    },
  });
  const chosen = rules.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) throw new Error(`--only is "${values.only}"; allowed: words of a rule's name`);
  for (const { file, from } of chosen)
    if (readFileSync(join(root, file), 'utf8').split(from).length !== 2)
      throw new Error(`${file} does not hold this rule in one place: ${from}`);
  return {
    chosen,
    failovers: wholeNumber('failovers', values.failovers, 1, 1_000_000),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
  };
}

const options = optionsOrUsage(usage, ablationOptions);
if (options) {
  const { chosen, failovers, seed } = options;
  console.log(
    '| without | violations | never right | events: median / p99 | API down: p99 | hostile: p99 | with a probe: median / p99 |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const rule of [undefined, ...chosen]) {
    const storm = ['test/simulation/storm.ts', `--failovers=${failovers}`, `--seed=${seed}`, '--stories-only'];
    const { stdout } = spawnSync(process.execPath, ['--import', './test/simulation/ablate.ts', ...storm], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, ABLATION: rule ? JSON.stringify(rule) : '' },
    });
    console.log(rowOf(rule?.name ?? 'nothing', stdout));
  }
}

/** The figures of the storm's table. */
function rowOf(name: string, stdout: string): string {
  const column = (arm: string) =>
    (new RegExp(`^${arm} +(\\d.*)$`, 'm').exec(stdout)?.[1] ?? '').split(/ {2,}/).map((cell) => cell.trim());
  const arms = ['events', 'events lost', 'RDS API down', 'hostile', ...warmColumns].map(column);
  const [events = [], , down = [], hostile = []] = arms;
  const probed = ['events, with a probe', 'other arms, with a probe'].map(column);
  const [probe = []] = probed;
  const sum = (index: number) =>
    [...arms, ...probed].reduce((total, cells) => total + Number(cells[index] ?? Number.NaN), 0);
  return `| ${[name, sum(5), sum(4), `${events[1]} / ${events[2]}`, down[2], hostile[2], `${probe[1]} / ${probe[2]}`].join(' | ')} |`;
}
