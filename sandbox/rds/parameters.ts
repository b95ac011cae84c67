import type { Operation, QueryParams } from '../types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { filtersParam, requiredParam } from '../wire/params.ts';
import { pageOf } from './describe.ts';
import { families } from './families.ts';
import { invalidParameterValue } from './faults.ts';

/** Name to value; undefined: the engine's own default, which the API does not tell. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** The parameter groups of the account, by name. Default groups are there without being set, and cannot be changed. */
export type ParameterGroups = {
  readonly instances: Map<string, Parameters>;
  readonly clusters: Map<string, Parameters>;
};

export const createParameterGroups = (): ParameterGroups => ({ instances: new Map(), clusters: new Map() });

const ofMysql: Parameters = {
  connect_timeout: undefined,
  max_connect_errors: undefined,
  max_connections: '{DBInstanceClassMemory/12582880}',
  skip_name_resolve: undefined,
};
const ofPostgres: Parameters = {
  max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000)',
  shared_buffers: undefined,
};

const isMysql = (name: string) => /mysql|mariadb/.test(name);

function parametersOf(groups: ReadonlyMap<string, Parameters>, name: string) {
  const own = groups.get(name);
  const isDefault = Object.values(families).some((family) => name === `default.${family}`);
  if (!own && !isDefault)
    throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`, { status: 404 });
  const all = { ...(isMysql(name) || own ? ofMysql : ofPostgres), ...own };
  return Object.entries(all).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
    Source: own && ParameterName in own ? 'user' : ParameterValue === undefined ? 'engine-default' : 'system',
    ApplyType: ParameterName === 'skip_name_resolve' ? 'static' : 'dynamic',
    DataType: 'string',
    IsModifiable: true,
    ApplyMethod: 'pending-reboot',
  }));
}

/** Names of parameters that a filter asks for; all without one. */
function namesParam(params: QueryParams): readonly string[] | undefined {
  const filters = filtersParam(params);
  const other = filters.find(({ name }) => name !== 'parameter-name');
  if (other) throw invalidParameterValue(`Unrecognized filter name: ${other.name}`);
  return filters.length === 0 ? undefined : filters.flatMap(({ values }) => values);
}

export const describeParameters =
  (groups: ReadonlyMap<string, Parameters>, nameParam: string): Operation =>
  (params) => {
    const names = namesParam(params);
    const all = parametersOf(groups, requiredParam(params, nameParam));
    const { items, nextMarker } = pageOf(
      all.filter(({ ParameterName }) => !names || names.includes(ParameterName)),
      params,
    );
    return { Parameters: { Parameter: items }, Marker: nextMarker };
  };
