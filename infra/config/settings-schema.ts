import * as z from 'zod';
import { defaultInFile, descriptionInFile, keyOf, row, variableNames } from '../../lib/settings/rows.ts';
import type { descriptions, Name, settings } from '../../lib/settings/table.ts';
import * as f from './fields.ts';

/* The keys of databases.json that are settings, as their rows in lib/settings/table.ts have them. */

type Written<Codec> = Codec extends { readonly kind: 'words'; readonly words: readonly (infer Word)[] }
  ? Word
  : Codec extends { readonly kind: infer Kind extends keyof WrittenAs }
    ? WrittenAs[Kind]
    : never;
type WrittenAs = { flag: boolean; number: number; list: string[]; text: string; endpoint: string };
type Field<N extends Name> = z.ZodType<Written<(typeof settings)[N]['codec']>>;

/** What the file takes in another form than the environment, or with more help. */
const own: { readonly [N in Name]?: Field<N> } = {
  ALLOWED_CIDRS: f.list(f.targetCidr(), 'private ranges'),
  DATABASE_ENDPOINT: f.hostName(),
};

function fieldOf(name: Name): z.ZodType {
  const { codec } = row(name);
  switch (codec.kind) {
    case 'flag':
      return f.flag();
    case 'number':
      return f.whole(Math.ceil(codec.min), codec.max);
    case 'words':
      return f.oneOf(...codec.words);
    case 'list':
      return f.list(f.textThat(codec.isItem, codec.each), codec.items);
    case 'text':
      return f.text(codec.pattern, codec.allowed);
    case 'endpoint':
      return f.hostName();
  }
}

/** A field with what its row says of it. */
export function described<T extends z.ZodType>(name: Name, field: T): T {
  const isOptional = field.safeParse(undefined).success;
  const value = isOptional ? defaultInFile(name) : undefined;
  return field.meta({
    description: descriptionInFile(name, isOptional),
    ...(value === undefined ? {} : { default: value }),
  });
}

export const setting = <N extends Name>(name: N): z.ZodOptional<Field<N>> =>
  described(name, z.optional((own[name] ?? fieldOf(name)) as Field<N>));

type KeyOf<N extends Name> = (typeof descriptions)[N] extends { readonly key: infer Key } ? Key : never;
type Fields = { [N in Name as KeyOf<N> extends `reconcile.${infer Key}` ? Key : never]: z.ZodOptional<Field<N>> };

/** All under `reconcile`. */
export const reconcileSettings = Object.fromEntries(
  variableNames.flatMap((name) => {
    const [group, key] = keyOf(name)?.split('.') ?? [];
    return group === 'reconcile' ? [[key, setting(name)] as const] : [];
  }),
) as Fields;
