import { AwsError } from '../wire/aws-error.ts';
import { booleanParam, listParam, paginate, structParam } from '../wire/params.ts';
import type { QueryParams, Replies } from '../wire/query.ts';
import { declaration, element, type XmlValue } from '../wire/xml.ts';

/** What the filters of one operation compare with, by their names. */
export type Fields<T> = Readonly<Record<string, (one: T) => string | readonly string[] | undefined>>;

/** Several names of one filter. */
export const aliases = <T>(names: readonly string[], field: Fields<T>[string]): Fields<T> =>
  Object.fromEntries(names.map((name) => [name, field]));

const invalid = (message: string) => new AwsError('InvalidParameterValue', message);

/** Values are compared with their case; `*` stands for any text and `?` for one character ("Filter your resources", EC2 user guide). */
function pattern(value: string): RegExp {
  const parts = value.split(/(\\.|[*?])/s).map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.replace(/^\\(.)$/s, '$1').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

/** Of all filters of a call together ("List and filter your resources", EC2 user guide). */
const mostValues = 200;

/** The items that pass every filter of the request. An unknown filter is refused even when there is nothing to filter. */
export function filtered<T>(
  params: QueryParams,
  all: readonly T[],
  fields: Fields<T>,
  tagsOf?: (one: T) => Readonly<Record<string, string>>,
): readonly T[] {
  const filters = structParam(params, 'Filter').map((filter) => {
    const name = filter.get('Name') ?? '';
    const values = listParam(filter, 'Value').map(pattern);
    const field = fieldNamed(name, fields, tagsOf);
    if (!field) throw invalid(`The filter '${name}' is invalid`);
    if (values.length === 0) throw invalid(`The filter '${name}' needs a value`);
    return (one: T) => [field(one) ?? []].flat().some((found) => values.some((value) => value.test(found)));
  });
  const count = structParam(params, 'Filter').flatMap((filter) => listParam(filter, 'Value')).length;
  if (count > mostValues)
    throw new AwsError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${mostValues}`,
    );
  return all.filter((one) => filters.every((passes) => passes(one)));
}

function fieldNamed<T>(
  name: string,
  fields: Fields<T>,
  tagsOf: ((one: T) => Readonly<Record<string, string>>) | undefined,
): Fields<T>[string] | undefined {
  if (name === 'tag-key') return (one) => Object.keys(tagsOf?.(one) ?? {});
  if (name.startsWith('tag:')) return (one) => tagsOf?.(one)[name.slice(4)];
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function maxResultsParam(params: QueryParams): number | undefined {
  const text = params.get('MaxResults');
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 5 && value <= 1000) return value;
  throw invalid(`Value ( ${text} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`);
}

/** One page of at most `MaxResults`, which cannot be combined with identifiers. */
export function pageOf(params: QueryParams, element: string, items: readonly XmlValue[], idsPrefix?: string): XmlValue {
  const pageSize = maxResultsParam(params);
  if (pageSize !== undefined && idsPrefix && listParam(params, idsPrefix).length > 0)
    throw new AwsError(
      'InvalidParameterCombination',
      `The parameter ${idsPrefix}s cannot be used with the parameter MaxResults`,
    );
  const marker = params.get('NextToken') || undefined;
  const badMarker = () => invalid('The specified NextToken is not valid');
  const found = paginate(items, { marker, pageSize, min: 5, max: 1000, badMarker });
  return { [element]: { item: found.items }, nextToken: found.nextMarker };
}

/** What EC2 tells apart from an id of nothing. */
type Form = { readonly prefix: string; readonly code: string };

const isOfForm = (id: string, { prefix }: Form) => new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id);

function malformed(id: string, { prefix, code }: Form): AwsError {
  const expected = id.startsWith(`${prefix}-`) ? '' : ` (expecting "${prefix}-...")`;
  return new AwsError(code, `Invalid id: "${id}"${expected}`);
}

/** The items that the request names, or all. @throws AwsError when one of them does not exist, or is no id at all */
export function named<T>(
  params: QueryParams,
  prefix: string,
  all: ReadonlyMap<string, T>,
  code: string,
  form?: Form,
): [string, T][] {
  const ids = listParam(params, prefix);
  const wrong = form && ids.find((id) => !isOfForm(id, form));
  if (form && wrong !== undefined) throw malformed(wrong, form);
  return (ids.length > 0 ? ids : [...all.keys()]).map((id) => {
    const found = all.get(id);
    if (!found) throw new AwsError(code, `The ID '${id}' does not exist`);
    return [id, found];
  });
}

/** Every action of EC2 supports `DryRun`. */
export function refuseDryRun(params: QueryParams): void {
  if (booleanParam(params, 'DryRun'))
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
}

/** EC2's dialect of the Query protocol: no element around the result, and errors in a list. */
export const ec2Replies: Replies = {
  success: (action, result, xmlns, requestId) => ({
    status: 200,
    body: declaration + element(`${action}Response`, { requestId, ...(result as Record<string, XmlValue>) }, xmlns),
  }),
  error: ({ status, code, message }, _xmlns, requestId) => ({
    status,
    body:
      declaration + element('Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }),
  }),
};
