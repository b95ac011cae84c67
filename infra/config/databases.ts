import { type DatabaseEntry, fileSchema, listSchema } from './database-entry.ts';
import { across, between, ofLoadBalancers, within } from './database-rules.ts';
import type { LoadBalancerEntry } from './load-balancer-entry.ts';
import { type Kind, listsFrom, textOf } from './read.ts';

export type { DatabaseEntry } from './database-entry.ts';
export type { LoadBalancerEntry } from './load-balancer-entry.ts';
export { ConfigurationError } from './problems.ts';

/** Everything that the configuration file asks for. */
export type Configuration = {
  readonly databases: readonly DatabaseEntry[];
  /** Those that databases may share; none has to. */
  readonly loadBalancers: readonly LoadBalancerEntry[];
};

const kind: Kind<DatabaseEntry> = {
  list: 'databases',
  listSchema,
  fileSchema,
  keys: ['name', 'database', 'vpc', 'endpointService', 'targetGroupArn'],
  rules: { within, between, across },
  others: { loadBalancers: ofLoadBalancers },
};

/**
 * Reads the configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export const readConfiguration = (file: string): Configuration => configurationFrom(textOf(file), file);

/**
 * What the text of a configuration file says: a list of databases, or `{"loadBalancers": [...], "databases": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value, what is allowed, and where it stands
 */
export function configurationFrom(text: string, file: string): Configuration {
  const { entries, ...others } = listsFrom(text, file, kind);
  const loadBalancers = (others.loadBalancers ?? []) as readonly LoadBalancerEntry[];
  const databases = entries.map((entry) => {
    const loadBalancer = loadBalancers.find(({ name }) => name === entry.endpointService?.shared);
    return loadBalancer ? { ...entry, loadBalancer } : entry;
  });
  return { databases, loadBalancers };
}

/** Its databases alone. */
export const readDatabases = (file: string): readonly DatabaseEntry[] => readConfiguration(file).databases;

/** Its databases alone. */
export const databasesFrom = (text: string, file: string): readonly DatabaseEntry[] =>
  configurationFrom(text, file).databases;
