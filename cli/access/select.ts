import { existsSync } from 'node:fs';
import { functionPrefixOf } from '../../infra/config/database-entry.ts';
import {
  type Configuration,
  ConfigurationError,
  type DatabaseEntry,
  readConfiguration,
} from '../../infra/config/databases.ts';
import { nearest } from '../../lib/nearest.ts';
import { arnPattern, isRegion } from '../../lib/partitions.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import type { CommonOptions } from '../terminal/options.ts';

/** The database or function that a command is about. */
export type Selection = {
  /** The database's name in the file, or the function's name. */
  readonly name: string;
  /** Its entry in the configuration file; absent with --function. */
  readonly entry?: DatabaseEntry;
  /** Name or ARN of the function to ask. */
  readonly functionName: string;
  /** Names or ARNs of all functions of this database that are known. */
  readonly functions: readonly string[];
  /** Their plain names, for logs. */
  readonly functionNames: readonly string[];
  /** Undefined: the profile's. */
  readonly region?: string;
  readonly profile?: string;
};

/** The argument with which another command means the same database. */
export const argumentOf = ({ entry, name, functionName }: Selection): string =>
  entry ? name : `--function ${functionName}`;

export const defaultFile = 'databases.json';

/**
 * Finds the database or function that the command line means, without a call to AWS.
 * @throws UsageError
 */
export function select(io: Pick<Io, 'env'>, name: string | undefined, options: CommonOptions): Selection {
  if (options.function !== undefined) {
    if (name !== undefined)
      throw new UsageError(`give a database ("${name}") or --function ("${options.function}"), not both`);
    checkFunction(options.function);
    return {
      ...byFunction(options.function),
      region: regionOf(io, options, regionFromArn(options.function)),
      profile: options.profile,
    };
  }
  const file = options.databases ?? defaultFile;
  const entry = entryOf(name, file);
  if (!hasFunctions(entry))
    throw new UsageError(
      `${file} gives ${entry.name} "access": "resource-gateway", so it has neither functions nor an endpoint service: the gateway follows the database by itself`,
      `test it from the consumer's network with connect-check.`,
    );
  return byEntry(io, entry, options);
}

export function byEntry(io: Pick<Io, 'env'>, entry: DatabaseEntry, options: CommonOptions): Selection {
  const prefix = functionPrefixOf(entry);
  const functions = [`${prefix}failover`, `${prefix}drift`];
  return {
    name: entry.name,
    entry,
    functionName: `${prefix}drift`,
    functions,
    functionNames: functions,
    region: regionOf(io, options, entry.region),
    profile: options.profile,
  };
}

export const hasFunctions = ({ access }: DatabaseEntry) => access !== 'resource-gateway';

/** Names of the databases in the file that have functions; none when it cannot be read. For completion. */
export function databaseNames(file = defaultFile): string[] {
  try {
    return readConfiguration(file)
      .databases.filter(hasFunctions)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function entryOf(name: string | undefined, file: string): DatabaseEntry {
  const configuration = configurationIn(file);
  const { databases } = configuration;
  const [only] = databases;
  if (name === undefined) {
    if (only && databases.length === 1) return only;
    throw new UsageError(`which database? ${file} has ${databases.map((entry) => entry.name).join(', ')}`);
  }
  const found = databases.find((entry) => entry.name === name);
  if (found) return found;
  throw unknownDatabase(name, configuration, file);
}

export const isPattern = (name: string): boolean => /[*?]/.test(name);

/** What a name with * or ? stands for. */
export const patternOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.')}$`,
  );

type Names = {
  readonly databases: readonly (Pick<DatabaseEntry, 'name'> & Partial<Pick<DatabaseEntry, 'loadBalancer'>>)[];
  readonly loadBalancers: readonly { readonly name: string }[];
};

/** No database has this name, or matches this pattern. It may be a load balancer, which no command is about. */
export function unknownDatabase(name: string, { databases, loadBalancers }: Names, file: string): UsageError {
  const balancers = loadBalancers.map((one) => one.name).filter((one) => patternOf(name).test(one));
  const known = databases.map((entry) => entry.name);
  if (balancers.length > 0) {
    const behind = databases.filter(({ loadBalancer }) => balancers.includes(loadBalancer?.name ?? ''));
    return new UsageError(
      isPattern(name)
        ? `"${name}" matches in ${file} only load balancers (${balancers.join(', ')}), and no database`
        : `"${name}" is a load balancer in ${file}, and no database`,
      behind.length > 0
        ? `name a database behind it: ${behind.map((entry) => entry.name).join(', ')}`
        : 'no database names it in endpointService.shared',
    );
  }
  if (isPattern(name))
    return new UsageError(
      `no database in ${file} matches "${name}"; allowed: a name, in which * stands for any letters and ? for one. It has ${known.join(', ')}.`,
    );
  const guess = nearest(name, known);
  return new UsageError(
    `${file} has no database "${name}"${guess ? `; did you mean "${guess}"?` : '.'} It has ${known.join(', ')}.`,
  );
}

export function configurationIn(file: string): Configuration {
  if (!existsSync(file))
    throw new UsageError(
      `there is no ${file} in this directory`,
      `change to its directory, pass --databases FILE, or name a function with --function NAME. No AWS account? Add --sandbox.`,
    );
  try {
    return readConfiguration(file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message.split('\n'));
    throw error;
  }
}

/** As Lambda takes them, also with a version or alias; of another account only as an ARN. */
const isFunction = (name: string): boolean =>
  [/^(\d{12}:function:)?[\w-]{1,64}(:[\w$-]+)?$/, arnPattern('lambda', 'function:[\\w-]{1,64}(:[\\w$-]+)?')].some(
    (pattern) => pattern.test(name),
  );

function checkFunction(name: string): void {
  if (isFunction(name)) return;
  throw new UsageError(
    `--function is "${name}"; allowed: the name of a function, like orders-drift, or its ARN`,
    `the stack's outputs DriftFunction and FailoverFunction name it.`,
  );
}

const regionFromArn = (name: string): string | undefined => /^arn:[^:]+:lambda:([^:]+):/.exec(name)?.[1];

/** The names of the two functions of a database differ in their last word; any other name stands alone. */
function byFunction(functionName: string): Pick<Selection, 'name' | 'functionName' | 'functions' | 'functionNames'> {
  const [, place = '', plain = functionName, qualifier = ''] =
    /^(.*:function:)?([^:]+)(:.+)?$/.exec(functionName) ?? [];
  const [, prefix] = /^(.+-)(failover|drift)$/.exec(plain) ?? [];
  const functionNames = prefix ? [`${prefix}failover`, `${prefix}drift`] : [plain];
  return {
    name: plain,
    functionName,
    functions: functionNames.map((name) => place + name + qualifier),
    functionNames,
  };
}

function regionOf({ env }: Pick<Io, 'env'>, { region }: CommonOptions, known?: string): string | undefined {
  const found = region ?? known ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (region !== undefined && !isRegion(region))
    throw new UsageError(`--region is "${region}"; allowed: a Region like eu-central-1`);
  return found;
}
