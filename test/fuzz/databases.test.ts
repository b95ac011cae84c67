import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, databasesFrom } from '../../infra/databases.ts';
import { anything, hostileText, mangled, runs, timeout } from './inputs.ts';

const examples = join(import.meta.dirname, '../../examples');
const texts = readdirSync(examples)
  .filter((name) => name.endsWith('.json'))
  .map((name) => readFileSync(join(examples, name), 'utf8'));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The value somewhere inside, chosen by numbers, replaced by another. */
function replaced(value: Json, path: readonly number[], by: Json): Json {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) {
    const index = at % Math.max(1, value.length);
    return value.map((item, i) => (i === index ? replaced(item, rest, by) : item));
  }
  const keys = Object.keys(value);
  const key = keys[at % Math.max(1, keys.length)] ?? 'name';
  return { ...value, [key]: replaced(value[key] ?? null, rest, by) };
}

const text = fc.oneof(
  mangled(fc.constantFrom(...texts)),
  fc
    .tuple(fc.constantFrom(...texts), fc.array(fc.nat(30), { maxLength: 6 }), anything)
    .map(([whole, path, by]) => JSON.stringify(replaced(JSON.parse(whole) as Json, path, (by ?? null) as Json))),
  anything.map((value) => JSON.stringify(value) ?? ''),
  hostileText,
);

/** Accepted, or refused with the one documented error. */
function read(content: string): 'accepted' | 'refused' {
  try {
    for (const { name, database } of databasesFrom(content, 'databases.json'))
      expect([typeof name, typeof database]).toEqual(['string', 'object']);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toMatch(/^databases\.json has \d+ problems?:\n- ./);
    return 'refused';
  }
}

describe('the text of a configuration file', () => {
  test(
    'of any kind is accepted, or refused with ConfigurationError',
    () => {
      const seen = { accepted: 0, refused: 0 };
      fc.assert(
        fc.property(text, (content) => {
          seen[read(content)] += 1;
        }),
        runs(500),
      );
      expect(seen.refused).toBeGreaterThan(0);
      expect(seen.accepted).toBeGreaterThan(0);
    },
    timeout,
  );

  test.each([
    ['nested ten thousand deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['with ten thousand entries that are no databases', JSON.stringify(Array.from({ length: 10_000 }, () => 1))],
    ['with the key __proto__', '[{"__proto__": {"name": "x"}, "name": "orders"}]'],
    ['that is null', 'null'],
    ['that is empty', ''],
  ])('%s is refused', (_, content) => {
    expect(read(content)).toBe('refused');
  });
});
