import { parseArgs } from 'node:util';
import { wholeNumber } from '../../scripts/options.ts';

export type SoakOptions = {
  readonly minutes: number;
  readonly database: 'instance' | 'cluster';
  readonly seed: number;
  /** How much faster than AWS. */
  readonly speed: number;
};

export const usage = 'npm run soak -- [--minutes N] [--database instance|cluster] [--seed N] [--speed 1..50]';

/** @throws Error that names the option that is wrong, its value and what is allowed */
export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      database: { type: 'string', default: 'cluster' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '20' },
    },
  });
  const number = (name: 'minutes' | 'speed', min: number, max: number): number => {
    const value = Number(values[name]);
    if (values[name].trim() !== '' && value >= min && value <= max) return value;
    throw new Error(`--${name} is ${values[name] || 'empty'}; allowed: a number from ${min} to ${max}`);
  };
  const { database } = values;
  if (database !== 'instance' && database !== 'cluster')
    throw new Error(`--database is ${database}; allowed: instance or cluster`);
  return {
    minutes: number('minutes', 0.1, 10_000),
    database,
    seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
    speed: number('speed', 1, 50),
  };
}
