import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/* `npm run fuzz -- --runs 1000000 [--seed N]`: the tests of test/fuzz with so many inputs for each property. */

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '' } },
});
const isCount = (text: string) => /^[1-9]\d{0,9}$/.test(text);
if (!isCount(values.runs) || (values.seed !== '' && !/^-?\d+$/.test(values.seed))) {
  console.error('npm run fuzz -- [--runs N] [--seed N]; allowed: whole numbers');
  process.exit(2);
}
const { status } = spawnSync('vitest', ['run', 'test/fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: values.runs, ...(values.seed === '' ? {} : { FUZZ_SEED: values.seed }) },
});
process.exitCode = status ?? 1;
