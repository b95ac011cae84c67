import { parseArgs } from 'node:util';
import { experiments } from '../../lab/experiments/catalogue.ts';
import { wholeNumber } from '../../scripts/options.ts';

export type KillOptions = {
  readonly kills: number;
  readonly seed: number;
  /** So many labs beside each other. */
  readonly atOnce: number;
  readonly only: string;
};

export const usage = 'npm run lab-kills -- [--kills N] [--seed N] [--at-once N] [--only EXPERIMENTS]';

/** @throws Error that names the option that is wrong, its value and what is allowed */
export function killOptions(args: readonly string[]): KillOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '2' },
      only: { type: 'string', default: 'standby' },
    },
  });
  const { only } = values;
  const names = experiments.map(({ name }) => name);
  if (!only.split(',').every((one) => names.includes(one)))
    throw new Error(`--only is ${only || 'empty'}; allowed: ${names.join(', ')}, with commas between them`);
  return {
    kills: wholeNumber('kills', values.kills, 1, 1000),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
    atOnce: wholeNumber('at-once', values['at-once'], 1, 10),
    only,
  };
}
