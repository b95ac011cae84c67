import type { Codec } from './codecs.ts';
import type { Description, Setting } from './setting.ts';
import { descriptions, type Name, settings } from './table.ts';

/* The table, row by row. */

export type Values = { [N in Name]?: NonNullable<ReturnType<(typeof settings)[N]['codec']['decode']>> };

/** Every variable that the functions read. */
export const variableNames = Object.keys(settings) as readonly Name[];
export const row = (name: Name): Setting => settings[name];
export const codecOf = (name: Name) => settings[name].codec as Codec<unknown>;

/** Name, value and what is allowed. */
export const problem = (name: Name, shown: string): string =>
  `${name} is ${shown}; allowed: ${settings[name].codec.allowed}`;

const descriptionOf = (name: Name): Description => descriptions[name];
/** What databases.json calls it. */
export const keyOf = (name: Name): string | undefined => descriptionOf(name).key;

/** What an entry of databases.json says of it. */
export const writtenIn = (entry: object, name: Name): unknown =>
  keyOf(name)
    ?.split('.')
    .reduce<unknown>((around, key) => (around as Record<string, unknown> | undefined)?.[key], entry);

/** An environment of what was given for each; lists and numbers become texts as `textOf` says. */
export const environmentFrom = (
  given: (name: Name) => unknown,
  textOf: (value: unknown, name: Name) => string = String,
): Record<string, string> =>
  Object.fromEntries(
    variableNames.flatMap((name) => {
      const value = given(name);
      return value === undefined ? [] : [[name, textOf(value, name)] as const];
    }),
  );

/** The default, where it is one value. */
function single(name: Name): string | number | boolean | undefined {
  const { codec, default: byDefault = codec.kind === 'flag' ? false : undefined } = row(name);
  return typeof byDefault === 'object' || typeof byDefault === 'function' ? undefined : byDefault;
}

/** What the functions do where the variable is not set, for people. */
export function defaultText(name: Name): string {
  const { required = [] } = row(name);
  if (required === 'always') return 'required';
  const { otherwise = single(name) } = descriptionOf(name);
  const texts = [otherwise?.toString(), required.length > 0 && `required for ${required.join(' and ')}`];
  return texts.filter(Boolean).join('; ') || 'none';
}

/** The default of its key, where it is one value. */
export function defaultInFile(name: Name) {
  const { otherwise, otherwiseInFile = otherwise } = descriptionOf(name);
  return otherwiseInFile === undefined ? single(name) : undefined;
}

/** What databases.json says of its key. */
export function descriptionInFile(name: Name, isOptional: boolean): string {
  const { meaning, otherwise = single(name) ?? 'none', otherwiseInFile = otherwise } = descriptionOf(name);
  return isOptional ? `${meaning}. Default: ${otherwiseInFile}` : meaning;
}

/** What the environment says of it. */
export const meaningOf = (name: Name): string => descriptionOf(name).meaning;
