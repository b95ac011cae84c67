/** Seeded numbers in [0, 1): the same seed draws the same sequence (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `length` characters of `alphabet`. */
export const randomText = (random: () => number, alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');

/** An identifier in the form of a UUID. */
export function randomUuid(random: () => number): string {
  const hex = randomText(random, '0123456789abcdef', 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A resource id in AWS's form, such as `db-ABCDEFGHIJKLMNOPQRSTUVWXYZ`: 26 capitals and digits after the prefix. */
export const resourceId = (prefix: 'db' | 'cluster', random: () => number): string =>
  `${prefix}-${randomText(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 26)}`;
