import type { Zone } from './types.ts';

export type RotatingName = {
  readonly zone: Zone;
  /** What stands behind the name from now on. */
  point(addresses: readonly string[]): void;
};

/**
 * A name with more addresses than one answer shows: each answer holds `shown` of them, drawn at random, as Route 53 gives at most
 * eight. With `shown` left out every answer is whole.
 */
export function createRotatingName(options: {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly shown?: number;
  /** In [0, 1). */
  readonly random: () => number;
}): RotatingName {
  const { name, shown, random } = options;
  let addresses = options.addresses;
  const draw = () =>
    addresses
      .map((ip) => ({ ip, at: random() }))
      .sort((one, other) => one.at - other.at)
      .slice(0, shown ?? addresses.length)
      .map(({ ip }) => ip);
  return {
    zone(asked, type) {
      if (asked !== name) return { kind: 'nxdomain' };
      return type === 'A' && addresses.length > 0 ? { kind: 'records', a: draw() } : { kind: 'no-data' };
    },
    point(next) {
      addresses = next;
    },
  };
}
