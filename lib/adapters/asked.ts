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
  if (match === undefined) {
    const others = found.length > 5 ? ` and ${found.length - 5} more` : '';
    throw noAnswer(`${call} was asked for ${id} and gave ${found.slice(0, 5).map(idOf).join(', ')}${others}`);
  }
  return match;
}

/** An empty list is there, and empty. A reply that lacks the list it is read for says nothing: an empty body passes for one of JSON. */
export function listOf<T>(call: string, list: readonly T[] | undefined): readonly T[] {
  if (!list) throw noAnswer(`${call} gave no list`);
  return list;
}

/** A page has room for a hundred. A cluster has 16 instances and few endpoints of its own. */
const mostPages = 3;

/** @throws ReconcileError when the pages have no end */
export async function* fewPages<T>(call: string, pages: AsyncIterable<T>): AsyncGenerator<T> {
  let count = 0;
  for await (const page of pages) {
    if (count === mostPages) throw noAnswer(`${call} goes on after ${mostPages} pages`);
    count += 1;
    yield page;
  }
}
