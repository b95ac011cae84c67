import { databaseHostName, isRegion } from '../../../lib/partitions.ts';
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

/** Names of RDS say what they lead to: a reader's address would stand in for the writer's while the API does not answer. */
const endpointNames: readonly (readonly [RegExp, string])[] = [
  [/\.cluster-ro-[^.]+\./i, 'the reader endpoint'],
  [/\.cluster-custom-[^.]+\./i, 'a custom endpoint'],
  [/\.proxy-[^.]+\./i, 'the endpoint of an RDS Proxy'],
];

export function endpointProblems(entry: object): Problem[] {
  const path = ['database', 'endpoint'];
  const input = textAt(entry, ...path);
  if (input === undefined || (textAt(entry, 'role') ?? 'writer') !== 'writer') return [];
  const what = endpointNames.find(([name]) => name.test(input))?.[1] ?? strangerOf(input, entry);
  const own = textAt(entry, 'database', 'kind') === 'cluster' ? "the cluster's writer endpoint" : "the instance's own";
  return what === undefined ? [] : [{ path, input, allowed: `${own}; this is ${what}` }];
}

/** A name of RDS begins with the identifier of what it leads to, and tells its Region. */
function strangerOf(endpoint: string, entry: object): string | undefined {
  if (!databaseHostName.test(endpoint)) return undefined;
  const [named = '', ...labels] = endpoint.toLowerCase().split('.');
  const [id, region] = [textAt(entry, 'database', 'id'), textAt(entry, 'region')];
  const its = labels.find(isRegion);
  if (region !== undefined && its !== undefined && its !== region) return `in ${its}, and the entry in ${region}`;
  return id !== undefined && named !== id.toLowerCase() ? `the endpoint of ${named}, not of ${id}` : undefined;
}
