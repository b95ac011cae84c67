import { AwsError, validationError } from './aws-error.ts';
import type { QueryParams } from './query.ts';

/** A required parameter; an empty one counts as missing. */
export function requiredParam(params: QueryParams, name: string): string {
  const value = params.get(name);
  if (!value) throw new AwsError('MissingParameter', `The request must contain the parameter ${name}.`);
  return value;
}

/** A whole number within [min, max], or undefined when the parameter is absent. */
export function integerParam(params: QueryParams, name: string, range: { min: number; max: number }) {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  const bound = value > range.max ? `less than or equal to ${range.max}` : `greater than or equal to ${range.min}`;
  throw validationError(
    `1 validation error detected: Value '${text}' at '${name}' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/** `true` or `false`, or undefined when the parameter is absent. */
export function booleanParam(params: QueryParams, name: string): boolean | undefined {
  const text = params.get(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new AwsError('MalformedInput', `Value '${text}' at '${name}' must be true or false`);
}

/**
 * The members of a list of structures, in the order of their numbers, each with its keys relative to the member:
 * `structParam(params, 'Targets.member')` reads `Targets.member.1.Id` as `Id`. A scalar member has the key ''.
 */
export function structParam(params: QueryParams, prefix: string): readonly QueryParams[] {
  const members = new Map<number, Map<string, string>>();
  for (const [key, value] of params) {
    if (!key.startsWith(`${prefix}.`)) continue;
    const [number = '', ...rest] = key.slice(prefix.length + 1).split('.');
    if (!/^\d+$/.test(number)) continue;
    const member = members.get(Number(number)) ?? new Map<string, string>();
    members.set(Number(number), member.set(rest.join('.'), value));
  }
  return [...members].sort(([a], [b]) => a - b).map(([, member]) => member);
}

/** The members of a list of scalars, in the order of their numbers: `listParam(params, 'Names.member')`. */
export const listParam = (params: QueryParams, prefix: string): readonly string[] =>
  structParam(params, prefix).flatMap((member) => member.get('') ?? []);

/** One of the `Filters` of RDS. */
export type Filter = { readonly name: string; readonly values: readonly string[] };

/** `Filters.Filter.N.Name` with `Filters.Filter.N.Values.Value.N`, as RDS takes them. */
export const filtersParam = (params: QueryParams): readonly Filter[] =>
  structParam(params, 'Filters.Filter').map((filter) => ({
    name: filter.get('Name') ?? '',
    values: listParam(filter, 'Values.Value'),
  }));

export type Page<T> = { readonly items: readonly T[]; readonly nextMarker?: string };

export type PageRequest = {
  readonly marker?: string | undefined;
  /** As asked for; `max` when undefined. */
  readonly pageSize?: number | undefined;
  readonly min: number;
  readonly max: number;
  /** This service's error for an unknown marker. */
  readonly badMarker?: () => AwsError;
};

const markerAt = (offset: number) => Buffer.from(`offset:${offset}`).toString('base64url');

/** Undefined unless `markerAt` made the marker: base64 decoding alone would accept trailing characters. */
function offsetOf(marker: string): number | undefined {
  const offset = Number(/^offset:(\d+)$/.exec(Buffer.from(marker, 'base64url').toString())?.[1]);
  return markerAt(offset) === marker && offset > 0 ? offset : undefined;
}

const unknownMarker = () => validationError('The specified marker is not valid.');

/** One page of `items`; `nextMarker` is opaque to clients and absent on the last page. */
export function paginate<T>(items: readonly T[], request: PageRequest): Page<T> {
  const { marker, pageSize, min, max, badMarker = unknownMarker } = request;
  const size = pageSize ?? max;
  if (!Number.isInteger(size) || size < min || size > max) {
    throw validationError(`The page size must be between ${min} and ${max}, but it is ${size}.`);
  }
  const start = marker === undefined ? 0 : offsetOf(marker);
  if (start === undefined) throw badMarker();
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { nextMarker: markerAt(end) } : {}) };
}
