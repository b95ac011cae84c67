import * as z from 'zod';
import { nearest } from '../../lib/nearest.ts';
import { onlyKeys } from './fields.ts';
import type { Path, Problem } from './problems.ts';
import { at } from './values.ts';

/*
 * A key that is misspelt, or stands in the wrong place, is one mistake and is reported once. Reading goes on as if the value stood where
 * it was meant, so that no rule reports it as missing.
 */

export type Repair = {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Places whose values stand elsewhere in the file: rules treat them as unknown. */
  readonly unknown: readonly Path[];
  /** Keys that were renamed, by the path that they have now. */
  readonly renamed: readonly { readonly path: Path; readonly from: string }[];
};

type Scene = {
  readonly root: z.ZodType;
  readonly whole: unknown;
  readonly path: Path;
  readonly otherKinds?: readonly string[];
};

export function repaired(
  value: unknown,
  schema: z.ZodType,
  scene: Scene = { root: schema, whole: value, path: [] },
): Repair {
  const fit = fitting(schema, value);
  if (fit instanceof z.ZodArray && Array.isArray(value)) return repairedList(value, fit.element as z.ZodType, scene);
  if (fit instanceof z.ZodObject && isObject(value))
    return repairedObject(value, fit, { ...scene, otherKinds: keysOfOthers(schema, value) });
  return { value, problems: [], unknown: [], renamed: [] };
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function repairedList(list: readonly unknown[], element: z.ZodType, scene: Scene): Repair {
  const items = list.map((item, index) => repaired(item, element, { ...scene, path: [...scene.path, index] }));
  return { ...together(items), value: items.map((item) => item.value) };
}

const together = (parts: readonly Omit<Repair, 'value'>[]): Omit<Repair, 'value'> => ({
  problems: parts.flatMap(({ problems }) => problems),
  unknown: parts.flatMap(({ unknown }) => unknown),
  renamed: parts.flatMap(({ renamed }) => renamed),
});

function repairedObject(value: Json, { shape }: z.ZodObject, scene: Scene): Repair {
  const unknownKeys = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  const guesses = unknownKeys.map((key) => guessOf(key, value, shape, scene));
  const renames = new Map(guesses.flatMap(({ key, rename }) => (rename === undefined ? [] : [[rename, key] as const])));
  const known = Object.keys(shape).filter((key) => Object.hasOwn(value, key) || renames.has(key));
  const members = known.map((key) =>
    repaired(value[renames.get(key) ?? key], shape[key] as z.ZodType, { ...scene, path: [...scene.path, key] }),
  );
  const inside = together(members);
  return {
    value: Object.fromEntries(known.map((key, index) => [key, members[index]?.value])),
    problems: [...guesses.map(({ problem }) => problem), ...inside.problems],
    unknown: [...guesses.flatMap(({ meant }) => meant), ...inside.unknown],
    renamed: [...[...renames].map(([to, from]) => ({ path: [...scene.path, to], from })), ...inside.renamed],
  };
}

type Guess = { readonly key: string; readonly rename?: string; readonly meant: Path[]; readonly problem: Problem };

function guessOf(key: string, value: Json, shape: z.ZodRawShape, scene: Scene): Guess {
  const { path } = scene;
  const absent = Object.keys(shape).filter((one) => !Object.hasOwn(value, one));
  const guess = (hint: string, more: { rename?: string; meant?: Path[] } = {}): Guess => ({
    key,
    meant: [],
    ...more,
    problem: { path: [...path, key], input: value[key], allowed: `${onlyKeys(shape)}${hint}` },
  });
  if (/^(\/\/|#|_|\$?comment$)/i.test(key)) return guess('; comments are written // like this');
  const present = Object.keys(shape).filter((one) => Object.hasOwn(value, one));
  const there = present.find((one) => isTypo(one, key));
  if (there) return guess(`; did you mean "${there}", which is there too?`);
  // A key that is spelt right stands in the wrong place, or belongs to another kind; only a misspelt one may be another key.
  const elsewhere = placesElsewhere(key, scene);
  const isOfOthers = scene.otherKinds?.includes(key) ?? false;
  const near = nearestKey(key, absent);
  if (near && ((!elsewhere && !isOfOthers) || isTypo(near, key) || isRequired(shape[near])))
    return guess(`; did you mean "${near}"?`, { rename: near, meant: [[...path, near]] });
  if (elsewhere) return guess(`; did you mean ${elsewhere.names}?`, { meant: elsewhere.meant });
  const missing = absent.filter((one) => !z.safeParse(shape[one] as z.ZodType, undefined).success);
  if (isOfOthers)
    return guess('; or another "kind", which has this key', { meant: missing.map((one) => [...path, one]) });
  const twice = nearestKey(key, present);
  if (twice) return guess(`; did you mean "${twice}", which is there too?`);
  // One unknown key and one missing key: they are probably the same.
  const unknownKeys = Object.keys(value).length - (Object.keys(shape).length - absent.length);
  const [other] = missing;
  return other !== undefined && missing.length === 1 && unknownKeys === 1
    ? guess(`; did you mean "${other}"?`, { meant: [[...path, other]] })
    : guess('');
}

/** A required key that is missing is the one that was meant: otherwise one mistake would be two problems. */
const isRequired = (field: z.ZodRawShape[string] | undefined): boolean =>
  field !== undefined && !z.safeParse(field, undefined).success;

/** Of the same letters, apart from case and hyphens. */
const isTypo = (near: string, key: string): boolean => plain(near) === plain(key);

const words = (key: string) => key.split(/(?=[A-Z])|[^A-Za-z0-9]+/).map((word) => word.toLowerCase());
const plain = (key: string) => words(key).join('');

/** By its letters, by its words (`principals`, `vpcId`), or by its beginning or end (`host`). */
function nearestKey(key: string, known: readonly string[]): string | undefined {
  const byLetters = nearest(plain(key), known.map(plain));
  const own = words(key);
  const isPart = (few: readonly string[], many: readonly string[]) => few.every((word) => many.includes(word));
  const byWords = known
    .filter((one) => isPart(own, words(one)) || isPart(words(one), own))
    .sort((a, b) => Math.abs(a.length - key.length) - Math.abs(b.length - key.length));
  const byEnds = known.filter((one) => {
    const [short = '', long = ''] = [plain(key), plain(one)].sort((a, b) => a.length - b.length);
    return short.length >= 4 && (long.startsWith(short) || long.endsWith(short));
  });
  return known.find((one) => plain(one) === byLetters) ?? byWords[0] ?? byEnds[0];
}

/** Where else in the same entry this key belongs, preferably in an object that the entry has. */
function placesElsewhere(key: string, { root, whole, path }: Scene): { names: string; meant: Path[] } | undefined {
  const depth = path.findIndex((part) => typeof part === 'number');
  if (depth < 0) return undefined;
  const base = path.slice(0, depth + 1);
  const entry = at(whole, base);
  const free = keyPaths(schemaAt(root, whole, base), entry).filter(
    (one) => plain(String(one.at(-1))) === plain(key) && at(entry, one) === undefined,
  );
  const there = free.filter((one) => at(entry, one.slice(0, -1)) !== undefined);
  const places = there.length > 0 ? there : free;
  const firstAbsent = (one: Path) =>
    one.slice(0, one.findIndex((_, index) => at(entry, one.slice(0, index + 1)) === undefined) + 1);
  return places.length === 0
    ? undefined
    : {
        names: places.map((one) => placeName(one, String(path[depth + 1]))).join(' or '),
        meant: places.map((one) => [...base, ...firstAbsent(one)]),
      };
}

/** A key of the entry itself has no other name than the one that is there: only its place differs. */
const placeName = (path: Path, beside: string): string =>
  path.length === 1 ? `"${String(path[0])}" beside "${beside}"` : `"${path.join('.')}"`;

const schemaAt = (schema: z.ZodType, value: unknown, path: Path): z.ZodType =>
  path.reduce<{ schema: z.ZodType; value: unknown }>(
    ({ schema: outer, value: around }, part) => {
      const fit = fitting(outer, around);
      const inner =
        fit instanceof z.ZodArray ? fit.element : fit instanceof z.ZodObject ? fit.shape[String(part)] : undefined;
      return { schema: (inner as z.ZodType | undefined) ?? z.unknown(), value: at(around, [part]) };
    },
    { schema, value },
  ).schema;

/** Paths of the keys of an object and of the objects in it; not of lists, where one place would be as good as another. */
function keyPaths(schema: z.ZodType, value: unknown): Path[] {
  const fit = fitting(schema, value ?? {});
  if (!(fit instanceof z.ZodObject)) return [];
  const keys = Object.entries(fit.shape as Record<string, z.ZodType>);
  return [
    ...keys.map(([key]) => [key]),
    ...keys.flatMap(([key, inner]) => keyPaths(inner, at(value, [key])).map((path) => [key, ...path])),
  ];
}

/** The schema without its wrappers; of a union, the option that the value fits. */
function fitting(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodOptional) return fitting(schema.unwrap() as z.ZodType, value);
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = (schema.options as z.ZodType[]).map((one) => fitting(one, value));
  const objects = options.filter((one) => one instanceof z.ZodObject);
  const kind = (one: z.ZodObject) => one.shape.kind as z.ZodType | undefined;
  return (
    objects.find((one) => isObject(value) && kind(one)?.safeParse(value.kind).success) ??
    (objects.length === 1 && isObject(value) ? objects[0] : undefined) ??
    (Array.isArray(value) ? options.find((one) => one instanceof z.ZodArray) : undefined) ??
    merged(objects) ??
    schema
  );
}

/** Keys that a database of another kind has. */
function keysOfOthers(schema: z.ZodType, value: Json): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysOfOthers(schema.unwrap() as z.ZodType, value);
  if (!(schema instanceof z.ZodDiscriminatedUnion) || value.kind === undefined) return [];
  return (schema.options as z.ZodObject[]).flatMap(({ shape }) => Object.keys(shape));
}

/** While the kind is not known, a key of any of them may be right. */
function merged(objects: readonly z.ZodObject[]): z.ZodType | undefined {
  if (objects.length < 2) return undefined;
  const all = objects.flatMap(({ shape }) => Object.entries(shape as Record<string, z.ZodType>));
  return z.strictObject(Object.fromEntries(all.map(([key, one]) => [key, key === 'kind' ? one : one.optional()])));
}
