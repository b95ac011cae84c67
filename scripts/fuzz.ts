import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FuzzOptions, fuzzOptions, usage } from './fuzz-options.ts';
import { optionsOrUsage } from './options.ts';

/* `npm run fuzz -- --help`: the tests of test/fuzz with many inputs for each property. */

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

const options = optionsOrUsage(usage, fuzzOptions);
if (options) process.exitCode = inDirectory((directory) => fuzz(options, directory));

function inDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function fuzz({ runs, seed, property, files }: FuzzOptions, directory: string): number {
  const results = join(directory, 'results.json');
  const titles = join(directory, 'titles');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const only = property === '' ? [] : ['--testNamePattern', property];
  const { status } = spawnSync('vitest', ['run', '--project', 'core', ...reporters, ...only, ...files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      FUZZ_RUNS: String(runs),
      FUZZ_TITLES: titles,
      ...(seed === undefined ? {} : { FUZZ_SEED: String(seed) }),
    },
  });
  if (existsSync(results) && existsSync(titles)) printTable(results, titles, runs);
  else console.error(`nothing was tried: no property ${property ? `is called "${property}"` : 'was reached'}`);
  return existsSync(titles) ? (status ?? 1) : status || 1;
}

/** One line for each property; the named rows beside them are no inputs of chance. */
function printTable(results: string, titles: string, runs: number): void {
  const plain = (title: string) => title.replaceAll(' > ', ' ');
  const properties = new Set(readFileSync(titles, 'utf8').trim().split('\n').map(plain));
  const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as Results;
  console.log(`\n${'inputs'.padStart(12)} ${'seconds'.padStart(9)} ${'findings'.padStart(9)}  property`);
  for (const { fullName, status, duration } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (!properties.has(plain(fullName))) continue;
    const seconds = ((duration ?? 0) / 1000).toFixed(1);
    const findings = status === 'passed' ? '0' : '1';
    // A property ends with its first finding; after how many inputs stands in its message.
    const inputs = status === 'passed' ? runs.toLocaleString('en-GB') : 'stopped';
    console.log(`${inputs.padStart(12)} ${seconds.padStart(9)} ${findings.padStart(9)}  ${fullName}`);
  }
}
