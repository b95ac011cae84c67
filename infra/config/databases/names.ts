import type { DatabaseEntry } from './schema.ts';

/* What a database's stack and functions are called: for the stack that makes them, and for the command that looks for them. */

export const stackNameOf = ({
  stackName,
  namePrefix,
  name,
}: Pick<DatabaseEntry, 'stackName' | 'namePrefix' | 'name'>): string =>
  stackName ?? (namePrefix ? `${namePrefix}-${name}` : name);

/** Put in front of `failover` and `drift`. */
export const functionPrefixOf = (entry: Parameters<typeof stackNameOf>[0]): string => `${stackNameOf(entry)}-`;
