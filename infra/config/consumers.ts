import { between, within } from './consumers/checks.ts';
import { type ConsumerEntry, consumersSchema, listSchema } from './consumers/schema.ts';
import { entriesFrom, type Kind, textOf } from './databases/read.ts';

export type { ConsumerEntry } from './consumers/schema.ts';

const kind: Kind<ConsumerEntry> = {
  list: 'consumers',
  listSchema,
  fileSchema: consumersSchema,
  keys: ['name', 'serviceName', 'resourceConfigurationArn', 'port', 'vpc'],
  rules: { within, between },
};

/**
 * Reads the consumers' configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export const readConsumers = (file: string): readonly ConsumerEntry[] => consumersFrom(textOf(file), file);

/**
 * The consumers that the text of a configuration file lists: a list, or `{"consumers": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value, what is allowed, and where it stands
 */
export const consumersFrom = (text: string, file: string): readonly ConsumerEntry[] => entriesFrom(text, file, kind);
