import type { Operation, QueryParams } from '../../../world/types.ts';
import { filtersParam, requiredParam } from '../../wire/params.ts';
import { pageOf } from '../describe.ts';
import { invalidParameterCombination, invalidParameterValue } from '../faults.ts';
import { type ParameterGroups, parametersIn } from './groups.ts';
import { type Parameter, parameterXml } from './parameter.ts';

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
