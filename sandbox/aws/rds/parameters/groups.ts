import { parameterGroupNotFound } from '../faults.ts';
import { mysql } from './mysql.ts';
import { type Parameter, parametersOf } from './parameter.ts';
import { postgres } from './postgres.ts';

/** Name to value; undefined: the engine's own default, which the API does not tell. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** The account's own parameter groups, by name. Default groups are there without being set, and cannot be changed. */
export type ParameterGroups = {
  readonly instances: Map<string, Parameters>;
  readonly clusters: Map<string, Parameters>;
};

export const createParameterGroups = (): ParameterGroups => ({ instances: new Map(), clusters: new Map() });

/** A database as far as its group follows from it. */
export type Grouped = { readonly engine: string; readonly engineVersion: string; readonly parameterGroup?: string };

/** `postgres17`, `mysql8.4`, `aurora-mysql8.0`: the engine with as much of its version as a family has. */
function familyOf({ engine, engineVersion }: Grouped): string {
  const [major = '', minor = ''] = engineVersion.split('.');
  return engine.includes('postgres') ? engine + major : `${engine}${major}.${minor}`;
}

export const groupOf = (database: Grouped): string => database.parameterGroup ?? `default.${familyOf(database)}`;

const isDefault = (name: string): boolean =>
  /^default\.((aurora-postgresql|postgres)\d+|(aurora-mysql|mysql|mariadb)\d+\.\d+)$/.test(name);

/** @throws AwsError for a group that is not there */
export function parametersIn(groups: ReadonlyMap<string, Parameters>, name: string): readonly Parameter[] {
  const own = groups.get(name);
  if (!own && !isDefault(name)) throw parameterGroupNotFound(name);
  return parametersOf(name.includes('postgres') ? postgres : mysql, own ?? {});
}
