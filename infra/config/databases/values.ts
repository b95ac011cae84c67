import type { Path } from './problems.ts';

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
