import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../../scripts/options.ts';

/** Failovers to play, or one story that a violation has left behind. */
export type StormOptions =
  | { readonly story: string }
  | {
      readonly failovers: number;
      readonly seed: number;
      readonly workers: number;
      readonly plot?: string;
      /** Neither the failed zone nor what many databases cost each other, which take the same time for any number of failovers. */
      readonly storiesOnly?: boolean;
    };

export const usage =
  'npm run storm -- [--failovers N] [--seed N] [--workers N] [--plot FILE.svg] [--stories-only]\nnpm run storm -- --story FILE';

/** @throws Error that names the option that is wrong, its value and what is allowed */
export function stormOptions(args: readonly string[]): StormOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      failovers: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      plot: { type: 'string' },
      'stories-only': { type: 'boolean', default: false },
      story: { type: 'string' },
    },
  });
  const { plot, story } = values;
  if (story !== undefined) return { story };
  // After minutes of work it is too late to say that there is no such directory.
  if (plot !== undefined && !existsSync(dirname(plot)))
    throw new Error(`--plot is ${plot}; allowed: a file in a directory that exists`);
  return {
    // A storm of none would find nothing wrong.
    failovers: wholeNumber('failovers', values.failovers, 1, 100_000_000),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
    workers: wholeNumber('workers', values.workers, 1, 64),
    ...(plot === undefined ? {} : { plot }),
    ...(values['stories-only'] ? { storiesOnly: true } : {}),
  };
}
