import { filtersParam, requiredParam } from '../wire/params.ts';
import type { Operation, QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { pageOf } from './describe.ts';
import { invalidParameterCombination, invalidParameterValue, parameterGroupNotFound } from './faults.ts';
import { type Engine, mysql, postgres } from './parameter-lists.ts';

/** Name to value; undefined: the engine's own default, which the API does not return. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** The account's own parameter groups, by name. Default groups are there without being set, and cannot be changed. */
export type ParameterGroups = {
  readonly instances: Map<string, Parameters>;
  readonly clusters: Map<string, Parameters>;
};

export const createParameterGroups = (): ParameterGroups => ({ instances: new Map(), clusters: new Map() });

const isDefault = (name: string): boolean =>
  /^default\.((aurora-postgresql|postgres)\d+|(aurora-mysql|mysql|mariadb)\d+\.\d+)$/.test(name);

/** @throws AwsError for a group that is not there */
function parametersIn(groups: ReadonlyMap<string, Parameters>, name: string): readonly Parameter[] {
  const own = groups.get(name);
  if (!own && !isDefault(name)) throw parameterGroupNotFound(name);
  return parametersOf(name.includes('postgres') ? postgres : mysql, own ?? {});
}

type Groups = ParameterGroups['instances'];

const SOURCES = ['user', 'system', 'engine-default'];

/** The parameters that the request asks for. */
function selected(all: readonly Parameter[], params: QueryParams): readonly Parameter[] {
  const source = params.get('Source');
  if (source !== undefined && !SOURCES.includes(source))
    throw invalidParameterValue(`Invalid value ${source} for Source. Must be one of: ${SOURCES.join(', ')}`);
  const filters = filtersParam(params);
  for (const { name, values } of filters) {
    if (name !== 'parameter-name') throw invalidParameterValue(`Unrecognized filter name: ${name}`);
    if (values.length === 0) throw invalidParameterCombination(`The values of the filter ${name} must not be empty`);
  }
  return all
    .filter((one) => source === undefined || one.source === source)
    .filter(({ name }) => filters.every(({ values }) => values.includes(name)));
}

/** DescribeDBParameters and DescribeDBClusterParameters. */
export const describeParameters =
  (groups: Groups, nameParam: string): Operation =>
  (params) => {
    const all = parametersIn(groups, requiredParam(params, nameParam));
    const { items, nextMarker } = pageOf(selected(all, params), params);
    return { Parameters: { Parameter: items.map(parameterXml) }, Marker: nextMarker };
  };

type Parameter = {
  readonly name: string;
  readonly type: string;
  /** Absent where the engine's own default holds, which the API does not return. */
  readonly value?: string;
  readonly source: 'user' | 'system' | 'engine-default';
};

/** Every parameter of a group, in the order of their names. `given` are those that were set. */
function parametersOf(engine: Engine, given: Readonly<Record<string, string | undefined>>): readonly Parameter[] {
  const { system, ...types } = engine;
  const typed = new Map<string, string>(Object.keys(system).map((name) => [name, 'string']));
  for (const [type, names = []] of Object.entries(types)) for (const name of names) typed.set(name, type);
  for (const name of Object.keys(given)) if (!typed.has(name)) typed.set(name, 'string');
  return [...typed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]): Parameter => {
      const value = given[name] ?? system[name];
      const source = name in given ? 'user' : name in system ? 'system' : 'engine-default';
      return { name, type, source, ...(value === undefined ? {} : { value }) };
    });
}

const parameterXml = ({ name, type, value, source }: Parameter): XmlValue => ({
  ParameterName: name,
  ...(value === undefined ? {} : { ParameterValue: value }),
  Description: `${name} of the engine`,
  Source: source,
  ApplyType: name === 'skip_name_resolve' ? 'static' : 'dynamic',
  DataType: type,
  ...(type === 'boolean' ? { AllowedValues: '0,1' } : {}),
  IsModifiable: !name.startsWith('basedir') && !name.startsWith('datadir'),
  ApplyMethod: 'pending-reboot',
});
