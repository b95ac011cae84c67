import type { Path, Problem } from './problems.ts';

/* Reads the configuration file as it is, valid or not. */

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
export const repeats = (values: readonly (string | undefined)[]): { index: number; first: number }[] =>
  values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return value !== undefined && first < index ? [{ index, first }] : [];
  });

/*
 * A rule between fields concludes nothing from a refused value: its finding would be a consequence of that mistake, no mistake of its
 * own.
 */

class UnknownValue extends Error {}

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
  throw new UnknownValue();
};

/** What a rule finds; nothing where it reads what is not known. */
export function findings(rule: () => readonly Problem[]): readonly Problem[] {
  try {
    return rule();
  } catch (error) {
    if (error instanceof UnknownValue) return [];
    throw error;
  }
}
