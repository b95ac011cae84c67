import { createRandom } from '../../sandbox/world/database/random.ts';

/** Draws by name, from one seed. */
export type Dice = {
  number(): number;
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
};

export function createDice(seed: number): Dice {
  const number = createRandom(seed);
  return {
    number,
    between: (min, max) => min + number() * (max - min),
    chance: (probability) => number() < probability,
    pick: (choices) => choices[Math.floor(number() * choices.length)] ?? choices[0],
  };
}
