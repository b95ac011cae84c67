import { type DatabaseEntry, fileSchema, listSchema } from './database-entry.ts';
import { between, within } from './database-rules.ts';
import { entriesFrom, type Kind, textOf } from './read.ts';

export type { DatabaseEntry } from './database-entry.ts';
export { ConfigurationError } from './problems.ts';

const kind: Kind<DatabaseEntry> = {
  list: 'databases',
  listSchema,
  fileSchema,
  keys: ['name', 'database', 'vpc', 'endpointService', 'targetGroupArn'],
  rules: { within, between },
};

/**
 * Reads the configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export const readDatabases = (file: string): readonly DatabaseEntry[] => databasesFrom(textOf(file), file);

/**
 * The databases that the text of a configuration file lists: a list, or `{"databases": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value, what is allowed, and where it stands
 */
export const databasesFrom = (text: string, file: string): readonly DatabaseEntry[] => entriesFrom(text, file, kind);
