import type { Path, Problem } from './problems.ts';
import { at, findings, repeats, textAt } from './values.ts';

/* What the rules of databases.json and consumers.json are written with. */

export const has = (entry: unknown, ...path: Path): boolean => at(entry, path) !== undefined;

/** A problem unless the value is there. */
export const required = (entry: unknown, path: Path, allowed: string): Problem[] =>
  has(entry, ...path) ? [] : [{ path, allowed }];

/** A problem if the value is there. */
export const refused = (entry: unknown, path: Path, allowed: string): Problem[] =>
  has(entry, ...path) ? [{ path, input: at(entry, path), allowed }] : [];

/** A rule between entries: no two of them have the same text there. */
export const once =
  (path: Path, allowed: (first: number) => string) =>
  (entries: readonly unknown[]): Problem[] =>
    repeats(entries.map((entry) => textAt(entry, ...path))).map(({ index, first }) => ({
      path: [index, ...path],
      input: at(entries[index], path),
      allowed: allowed(first),
    }));

export const uniqueNames = once(['name'], (first) => `a name that [${first}] has not taken`);

/** A text that stands twice in a list: AWS refuses a second rule, principal or Region like the first. */
export function repeatedProblems(value: unknown, path: Path = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const texts = Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : undefined)) : [];
  return [
    ...repeats(texts).map(({ index, first }) => ({
      path: [...path, index],
      input: texts[index],
      allowed: `each value once: [${first}] is the same`,
    })),
    ...Object.keys(value).flatMap((key) =>
      findings(() => repeatedProblems(at(value, [key]), [...path, Array.isArray(value) ? Number(key) : key])),
    ),
  ];
}
