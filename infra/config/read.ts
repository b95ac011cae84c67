import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import type * as z from 'zod';
import { nearest } from '../../lib/nearest.ts';
import { single } from './fields.ts';
import { type Content, contentOf, NotJson } from './json.ts';
import { type Repair, repaired } from './misspelt-keys.ts';
import { alike, ConfigurationError, type Path, type Problem, problemsFrom, problemText } from './problems.ts';
import { at, findings, listAt, repeats, textAt, withUnknown } from './values.ts';

/* Reads databases.json and consumers.json, and reports every error in the file in one go. */

/** Rules between the fields of an entry, and between entries. They read entries that may have other mistakes. */
type Rules = {
  readonly within: readonly ((entry: object) => readonly Problem[])[];
  readonly between: readonly ((entries: readonly unknown[]) => readonly Problem[])[];
  /** Between the entries and the rest of the file; they stop at a value that is not known. */
  readonly across?: readonly ((entries: readonly unknown[], file: unknown) => readonly Problem[])[];
};

export type Kind<Entry> = {
  /** The key of the list, and of the option that names the file. */
  readonly list: 'databases' | 'consumers';
  readonly listSchema: z.ZodType<readonly Entry[]>;
  readonly fileSchema: z.ZodType;
  /** Keys that identify an entry where the list should be. */
  readonly keys: readonly string[];
  readonly rules: Rules;
  /** Other lists of the same file. */
  readonly others?: Readonly<Record<string, Rules>>;
};

export function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    // PowerShell writes UTF-16 with `>`.
    return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
  } catch (error) {
    const meant = nearestFile(file);
    throw new ConfigurationError(file, [
      `it cannot be read (${error instanceof Error ? error.message : String(error)}); allowed: a file as docs/deploy.md describes, named by --databases FILE, or for cdk by -c databases=FILE or -c consumers=FILE${meant ? `; did you mean ${meant}?` : ''}`,
    ]);
  }
}

/** The file beside it whose name is nearest. */
function nearestFile(file: string): string | undefined {
  try {
    const names = readdirSync(dirname(file)).filter((name) => /\.jsonc?$/.test(name));
    const stem = nearest(
      parse(file).name,
      names.map((name) => parse(name).name),
    );
    const name = names.find((one) => parse(one).name === stem);
    return name && join(dirname(file), name);
  } catch {
    return undefined;
  }
}

/**
 * The lists of a text: a list, or an object with the list and others.
 * @throws ConfigurationError with everything that is wrong with it: path, value, what is allowed, and where it stands
 */
export function listsFrom<Entry>(
  text: string,
  file: string,
  kind: Kind<Entry>,
): Readonly<Record<string, readonly unknown[] | undefined>> & { readonly entries: readonly Entry[] } {
  const content = jsonFrom(text, file);
  const wrong = wholeProblem(content.value, kind);
  if (wrong) throw new ConfigurationError(file, [shownIn(content)({ ...wrong, path: [] })]);
  const { lists, problems } = checked(content, kind);
  if (!lists) throw new ConfigurationError(file, problems.map(shownIn(content, kind.list)));
  const entries = (Array.isArray(lists) ? lists : at(lists, [kind.list])) as readonly Entry[];
  return { ...(Array.isArray(lists) ? {} : (lists as object)), entries };
}

function jsonFrom(text: string, file: string): Content {
  try {
    return contentOf(text);
  } catch (error) {
    if (error instanceof NotJson) throw new ConfigurationError(file, [error.message]);
    throw error;
  }
}

/** One entry where the list should be, or a file of the other kind: every other problem would follow from it. */
function wholeProblem(value: unknown, { list, keys }: Kind<unknown>): Omit<Problem, 'path'> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || list in value) return undefined;
  const other = list === 'databases' ? 'consumers' : 'databases';
  if (other in value)
    return { input: value, allowed: `a list of ${list}; this is a file of ${other}: name it with -c ${other}=FILE` };
  const isMisspelt = Object.entries(value).some(([key, one]) => Array.isArray(one) && nearest(key, [list]));
  return !isMisspelt && keys.some((key) => key in value)
    ? { input: value, allowed: `a list of ${list}, or {"${list}": [...]}${single}` }
    : undefined;
}

function checked<Entry>(
  content: Content,
  kind: Kind<Entry>,
): { readonly lists?: unknown; readonly problems: readonly Problem[] } {
  const isList = Array.isArray(content.value);
  const repair = repaired(content.value, isList ? kind.listSchema : kind.fileSchema);
  const parsed = (isList ? kind.listSchema : kind.fileSchema).safeParse(repair.value, { reportInput: true });
  const refused = (parsed.error ? problemsFrom(parsed.error) : []).filter(
    ({ path }) => !repair.unknown.some((one) => startsWith(path, one) && path.length === one.length),
  );
  const ofFields = refused.map((problem) => ofEmpty(problem, refused, repair.value));
  const base = isList ? [] : [kind.list];
  const unknown = [...repair.unknown, ...ofFields.map(({ path }) => path)];
  const others = isList ? [] : Object.entries(kind.others ?? {});
  const between = [
    ...ruleProblems(repair.value, kind.rules, { base, unknown }),
    ...others.flatMap(([list, rules]) => ruleProblems(repair.value, rules, { base: [list], unknown })),
  ];
  const problems = [...content.repeated, ...repair.problems, ...[...ofFields, ...between].map(asWritten(repair))];
  const found = alike(onePerPlace(problems), (path) =>
    path.length > base.length ? (listAt(content.value, ...path)?.length ?? 0) : 0,
  );
  if (found.length > 0 || !parsed.success) return { problems: inOrder(found, content) };
  return { lists: parsed.data, problems: [] };
}

function ruleProblems(
  file: unknown,
  { within, between, across = [] }: Rules,
  { base, unknown }: { readonly base: Path; readonly unknown: readonly Path[] },
): Problem[] {
  const entries = at(file, base);
  if (!Array.isArray(entries)) return [];
  const inList = unknown.filter((path) => startsWith(path, base)).map((path) => path.slice(base.length));
  const refused = new Set(inList.filter((path) => path.length === 1).map(([index]) => index));
  const inside = entries.flatMap((entry: unknown, index) => {
    if (refused.has(index) || typeof entry !== 'object' || entry === null) return [];
    const known = withUnknown(
      entry,
      inList.filter(([first]) => first === index).map((path) => path.slice(1)),
    ) as object;
    return within
      .flatMap((rule) => findings(() => rule(known)))
      .map((problem) => ({ ...problem, path: [index, ...problem.path] }));
  });
  const found = between.flatMap((rule) => rule(listAt(withoutUnknown(file, unknown), ...base) ?? []));
  // A copied entry has more than its name in common with the other: one problem is enough.
  const repeated = found.filter(
    ({ path: [entry] }, index) => found.findIndex(({ path }) => path[0] === entry) === index,
  );
  // Each unknown value takes a copy of the list: of so many mistakes these are the last to be found.
  const readable = across.length > 0 && unknown.length <= 100 ? withUnknown(file, unknown) : [];
  const outside = across
    .flatMap((rule) => findings(() => rule(listAt(readable, ...base) ?? [], readable)))
    .filter(({ path: [entry] }) => repeated.every(({ path }) => path[0] !== entry));
  return [...repeated, ...outside, ...inside].map((problem) => ({
    ...problem,
    // The rules have read copies, in which some values are not known.
    input: at(entries, problem.path),
    path: [...base, ...problem.path],
  }));
}

/** Between entries, an unknown value conflicts with nothing. */
const withoutUnknown = (file: unknown, paths: readonly Path[]): unknown => {
  const copy = structuredClone(file);
  for (const path of paths) {
    const around = at(copy, path.slice(0, -1));
    if (typeof around === 'object' && around !== null) Reflect.set(around, path.at(-1) ?? '', undefined);
  }
  return copy;
};

/** An empty object has one problem, which lists everything that it lacks. */
function ofEmpty(problem: Problem, others: readonly Problem[], whole: unknown): Problem {
  const path = problem.path.slice(0, -1);
  const around = at(whole, path);
  const isObject = typeof around === 'object' && around !== null && !Array.isArray(around);
  if (!isObject || Object.keys(around).length > 0 || problem.path.length === 0) return problem;
  const lacking = others.filter((other) => other.path.length === path.length + 1 && startsWith(other.path, path));
  const keys = lacking.map((other) => String(other.path.at(-1))).join(', ');
  return lacking.length > 1
    ? { path, input: around, allowed: `an object with ${keys} and what else it needs` }
    : problem;
}

/** The first problem of a value is the closest to the mistake. */
const onePerPlace = (problems: readonly Problem[]): readonly Problem[] => {
  const again = new Set(repeats(problems.map(({ path }) => JSON.stringify(path))).map(({ index }) => index));
  return problems.filter((_, index) => !again.has(index));
};

const startsWith = (path: Path, beginning: Path): boolean => beginning.every((part, index) => path[index] === part);

/** The path as it stands in the file, with its misspelt keys. */
const asWritten =
  ({ renamed }: Repair) =>
  (problem: Problem): Problem => ({
    ...problem,
    path: problem.path.map((part, index) => {
      const here = problem.path.slice(0, index + 1);
      return renamed.find(({ path }) => path.length === here.length && startsWith(here, path))?.from ?? part;
    }),
  });

const inOrder = (problems: readonly Problem[], { placeOf }: Content): readonly Problem[] =>
  problems
    .map((problem) => ({ problem, ...placeOf(problem.path) }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ problem }) => problem);

/** With the entry's name and the place: `(orders, line 12, column 9)`. */
const shownIn =
  ({ value, placeOf }: Content, list?: string) =>
  (problem: Problem): string => {
    const { line, column } = placeOf(problem.path);
    const entry = problem.path.slice(0, Array.isArray(value) ? 1 : 2);
    const name = list === undefined ? undefined : textAt(value, ...entry, 'name')?.slice(0, 60);
    return `${problemText(problem)} (${name ? `${name}, ` : ''}line ${line}, column ${column})`;
  };
