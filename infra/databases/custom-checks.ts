import type { Problem } from './problems.ts';
import { at, textAt } from './values.ts';

/** The members of a custom endpoint are a cluster's. */
export function customProblems(entry: object): Problem[] {
  const role = textAt(entry, 'role');
  const isGiven = at(entry, ['endpointId']) !== undefined;
  if (role !== 'custom')
    return isGiven
      ? [{ path: ['endpointId'], input: at(entry, ['endpointId']), allowed: 'nothing without "role": "custom"' }]
      : [];
  const kind = textAt(entry, 'database', 'kind');
  const isOther = kind !== undefined && kind !== 'cluster';
  return [
    ...(isOther ? [{ path: ['role'], input: role, allowed: '"custom" for a cluster alone' }] : []),
    ...(isGiven ? [] : [{ path: ['endpointId'], allowed: 'the identifier of the custom endpoint' }]),
  ];
}
