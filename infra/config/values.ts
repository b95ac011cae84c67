import { canonicalCidr } from '../../lib/addresses.ts';
import type { Path, Problem } from './problems.ts';

/* Reads a configuration file as it is, valid or not; and what its rules are written with. */

export const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    value,
  );

export const textAt = (value: unknown, ...path: Path): string | undefined => {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
};

export const listAt = (value: unknown, ...path: Path): readonly unknown[] | undefined => {
  const found = at(value, path);
  return Array.isArray(found) ? found : undefined;
};

/** Indexes of values that an earlier one equals, with that earlier one's index. */
export function repeats(values: readonly (string | undefined)[]): { index: number; first: number }[] {
  const firsts = new Map<string, number>();
  return values.flatMap((value, index) => {
    if (value === undefined) return [];
    const first = firsts.get(value) ?? index;
    firsts.set(value, first);
    return first < index ? [{ index, first }] : [];
  });
}

/*
 * A rule between fields concludes nothing from a refused value: its finding would be a consequence of that mistake, no mistake of its
 * own.
 */

/** Made once, since it is thrown often and its stack is never read. */
const unknownValue = new Error('the value is not known');

/** A copy in which reading one of these places stops the rule that reads it. */
export const withUnknown = (value: unknown, paths: readonly Path[]): unknown => paths.reduce(withOneUnknown, value);

function withOneUnknown(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  const own = Object.getOwnPropertyDescriptors(value) as Record<PropertyKey, PropertyDescriptor>;
  if (own[key]?.get) return value;
  const descriptor = rest.length === 0 ? { get: unknown } : { value: withOneUnknown(own[key]?.value, rest) };
  const copy = Object.defineProperties(Array.isArray(value) ? [] : {}, own);
  return Object.defineProperty(copy, key, { ...descriptor, enumerable: true, configurable: true });
}

const unknown = (): never => {
  throw unknownValue;
};

/** What a rule finds; nothing once it reads an unknown value. */
export const findings = (rule: () => readonly Problem[]): readonly Problem[] => unlessUnknown(rule, []);

/** What it reads, or something else once it reads an unknown value. */
export function unlessUnknown<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error === unknownValue) return otherwise;
    throw error;
  }
}

export const has = (entry: unknown, ...path: Path): boolean => at(entry, path) !== undefined;

/** A resource gateway alone has no functions, so none of their keys, which its own rules say. */
export const hasFunctions = (entry: unknown): boolean => textAt(entry, 'access') !== 'resource-gateway';

/** A problem unless the value is there. */
export const required = (entry: unknown, path: Path, allowed: string): Problem[] =>
  has(entry, ...path) ? [] : [{ path, allowed }];

/** A problem if the value is there. */
export const refused = (entry: unknown, path: Path, allowed: string): Problem[] =>
  has(entry, ...path) ? [{ path, input: at(entry, path), allowed }] : [];

/** A rule between entries: no two of them have the same text there. */
export const once =
  (path: Path, allowed: (first: number) => string, keyOf = (text: string) => text) =>
  (entries: readonly unknown[]): Problem[] =>
    repeats(entries.map((entry) => textAt(entry, ...path)).map((text) => text && keyOf(text))).map(
      ({ index, first }) => ({
        path: [index, ...path],
        input: at(entries[index], path),
        allowed: allowed(first),
      }),
    );

/** Capitals make no other name: on some disks the template of one stack would replace that of the other. */
export const uniqueNames = once(
  ['name'],
  (first) => `a name that [${first}] has not taken`,
  (name) => name.toLowerCase(),
);

/** One spelling for the same range, or the same account as a principal. */
const canonical = (text: string): string => /^arn:[^:]+:iam::(\d{12}):root$/.exec(text)?.[1] ?? canonicalCidr(text);

/** A text that stands twice in a list: AWS refuses a second rule, principal or Region like the first. */
export function repeatedProblems(value: unknown, path: Path = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const texts = Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : undefined)) : [];
  return [
    ...repeats(texts.map((text) => text && canonical(text))).map(({ index, first }) => ({
      path: [...path, index],
      input: texts[index],
      allowed: `each value once: [${first}] is the same`,
    })),
    ...Object.keys(value).flatMap((key) =>
      findings(() => repeatedProblems(at(value, [key]), [...path, Array.isArray(value) ? Number(key) : key])),
    ),
  ];
}
