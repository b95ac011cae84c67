import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consumersFrom } from '../../infra/config/consumers.ts';
import { ConfigurationError, databasesFrom } from '../../infra/config/databases.ts';
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

describe('one mistake anywhere in an example', () => {
  type Key = string | number;
  type Holder = Record<Key, Json>;

  const keysOf = (value: Json, path: Key[] = []): Key[][] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([name, inner]) => {
          const here = [...path, Array.isArray(value) ? Number(name) : name];
          return [here, ...keysOf(inner, here)];
        });

  const replace = (holder: Holder, key: Key, by: Json) => {
    holder[key] = by;
  };

  /** Each changes what is under one key of an object or a list. */
  const mistakes: Record<string, (holder: Holder, key: Key) => void> = {
    'a letter too few in the key': (holder, key) => {
      if (typeof key !== 'string' || key.length < 4) return;
      const members = Object.entries(holder);
      for (const [name] of members) delete holder[name];
      for (const [name, value] of members) holder[name === key ? key.slice(0, -1) : name] = value;
    },
    'left out': (holder, key) => void (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    'twice in its list': (holder, key) =>
      void (Array.isArray(holder) && holder.push(structuredClone(holder[Number(key)]))),
    null: (holder, key) => replace(holder, key, null),
    'a number': (holder, key) => replace(holder, key, 7),
    nonsense: (holder, key) => replace(holder, key, 'nonsense here'),
    'an empty object': (holder, key) => replace(holder, key, {}),
    'an empty list': (holder, key) => replace(holder, key, []),
    'a list around it': (holder, key) => replace(holder, key, [holder[key] ?? null]),
    'quotes around it': (holder, key) => replace(holder, key, `'${String(holder[key])}'`),
  };

  const consumers = readdirSync(join(examples, 'consumers')).map((name) =>
    readFileSync(join(examples, 'consumers', name), 'utf8'),
  );

  test.each(Object.keys(mistakes))(
    '%s: at most one problem, with the entry and the place',
    (mistake) => {
      const seen = { accepted: 0, refused: 0 };
      for (const [kind, whole] of [
        ...texts.map((one) => ['databases', one]),
        ...consumers.map((one) => ['consumers', one]),
      ] as const)
        for (const path of keysOf(JSON.parse(whole ?? '') as Json)) {
          const content = JSON.parse(whole ?? '') as Json;
          const holder = path
            .slice(0, -1)
            .reduce<Json>((found, key) => (found as Holder)[key] ?? null, content) as Holder;
          mistakes[mistake]?.(holder, path.at(-1) ?? '');
          const lines = problemsIn(JSON.stringify(content), kind === 'databases' ? databasesFrom : consumersFrom);
          expect(lines.length, `${path.join('.')}:\n${lines.join('\n')}`).toBeLessThan(2);
          for (const line of lines)
            expect(line).toMatch(/ \(([\w-]+, |'[\w-]+', |nonsense here, )?line 1, column \d+\)$/);
          seen[lines.length === 0 ? 'accepted' : 'refused'] += 1;
        }
      expect(seen.refused).toBeGreaterThan(20);
    },
    timeout,
  );

  function problemsIn(content: string, read: (text: string, file: string) => unknown): string[] {
    try {
      read(content, 'mine.json');
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return (error as Error).message.split('\n- ').slice(1);
    }
  }
});
