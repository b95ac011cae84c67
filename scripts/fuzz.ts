import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/* `npm run fuzz -- --runs 1000000 [--seed N] [--property WORDS] [events dns …]`: the tests of test/fuzz with so many inputs for each property. */

type Results = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number | null;
    }[];
  }[];
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '' },
    property: { type: 'string', default: '' },
  },
});
const isCount = (text: string) => /^[1-9]\d{0,9}$/.test(text);
if (!isCount(values.runs) || (values.seed !== '' && !/^-?\d+$/.test(values.seed))) {
  console.error(
    'npm run fuzz -- [--runs N] [--seed N] [--property WORDS] [FILE …]; allowed: whole numbers, words of a test name, and names of files in test/fuzz',
  );
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
try {
  process.exitCode = fuzz(join(directory, 'results.json'), join(directory, 'titles'));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function fuzz(results: string, titles: string): number {
  const files = positionals.length > 0 ? positionals.map((name) => `test/fuzz/${name}`) : ['test/fuzz'];
  const only = values.property === '' ? [] : ['--testNamePattern', values.property];
  const { status } = spawnSync(
    'vitest',
    [
      'run',
      '--project',
      'core',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
      ...only,
      ...files,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        FUZZ_RUNS: values.runs,
        FUZZ_TITLES: titles,
        ...(values.seed === '' ? {} : { FUZZ_SEED: values.seed }),
      },
    },
  );
  if (existsSync(results) && existsSync(titles)) printTable(results, titles);
  return status ?? 1;
}

/** One line for each property; the named rows beside them are no inputs of chance. */
function printTable(results: string, titles: string): void {
  const plain = (title: string) => title.replaceAll(' > ', ' ');
  const properties = new Set(readFileSync(titles, 'utf8').trim().split('\n').map(plain));
  const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as Results;
  console.log(`\n${'inputs'.padStart(12)} ${'seconds'.padStart(9)} ${'findings'.padStart(9)}  property`);
  for (const { fullName, status, duration } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (!properties.has(plain(fullName))) continue;
    const seconds = ((duration ?? 0) / 1000).toFixed(1);
    const findings = status === 'passed' ? '0' : '1';
    // A property ends with its first finding; after how many inputs stands in its message.
    const inputs = status === 'passed' ? Number(values.runs).toLocaleString('en-GB') : 'stopped';
    console.log(`${inputs.padStart(12)} ${seconds.padStart(9)} ${findings.padStart(9)}  ${fullName}`);
  }
}
