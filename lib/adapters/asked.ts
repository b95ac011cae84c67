import { noAnswer } from '../errors.ts';

/** RDS keeps identifiers in lower case, and takes them in any. */
export const isSameId = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

/**
 * What was asked for by its identifier, wherever it stands in the answer; undefined when the answer is empty.
 * @throws ReconcileError when the answer is about others alone: that is no answer
 */
export function asked<T>(
  call: string,
  found: readonly T[],
  id: string,
  idOf: (one: T) => string | undefined,
): T | undefined {
  const [only, ...others] = found;
  // What has no identifier at all, and came alone, is told by the question.
  if (only === undefined || (others.length === 0 && idOf(only) === undefined)) return only;
  const match = found.find((one) => isSameId(idOf(one), id));
  if (match === undefined) throw noAnswer(`${call} was asked for ${id} and gave ${found.map(idOf).join(', ')}`);
  return match;
}
