import type * as z from 'zod/mini';
import type { Description, Setting } from './setting.ts';
import { descriptions, type Name, settings } from './table.ts';

/* The table, row by row. */

export type Values = { [N in Name]?: z.output<(typeof settings)[N]['codec']['schema']> };

/** Every variable that the functions read. */
export const variableNames = Object.keys(settings) as readonly Name[];
export const row = (name: Name): Setting => settings[name];
export const schemaOf = (name: Name) => settings[name].codec.schema as z.ZodMiniType<unknown, string>;

/** Name, value and what is allowed. */
export const problem = (name: Name, shown: string): string =>
  `${name} is ${shown}; allowed: ${settings[name].codec.allowed}`;

const descriptionOf = (name: Name): Description => descriptions[name];
/** What databases.json calls it. */
export const keyOf = (name: Name): string | undefined => descriptionOf(name).key;
