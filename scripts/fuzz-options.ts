import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from './options.ts';

export type FuzzOptions = {
  readonly runs: number;
  readonly seed?: number;
  /** Words of a test's name; empty: all. */
  readonly property: string;
  /** What vitest is told to run. */
  readonly files: readonly string[];
};

const known = readdirSync(join(import.meta.dirname, '../test/fuzz'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.replace('.test.ts', ''));

export const usage = `npm run fuzz -- [--runs N] [--seed N] [--property WORDS] [${known.join(' | ')} …]`;

/** @throws Error that names the option that is wrong, its value and what is allowed */
export function fuzzOptions(args: readonly string[]): FuzzOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '1000000' },
      seed: { type: 'string' },
      property: { type: 'string', default: '' },
    },
  });
  const names = positionals.map((name) => name.replace(/\.test\.ts$/, ''));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no such inputs; allowed: ${known.join(', ')}`);
  return {
    runs: wholeNumber('runs', values.runs, 1, 10_000_000_000),
    ...(values.seed === undefined ? {} : { seed: wholeNumber('seed', values.seed, 0, 2 ** 31 - 1) }),
    property: values.property,
    files: names.length > 0 ? names.map((name) => `test/fuzz/${name}.test.ts`) : ['test/fuzz'],
  };
}
