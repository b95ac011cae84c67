import { partitionOf } from '../../../lib/partitions.ts';
import { crossRegionIdleSeconds } from '../../endpoint-service/limits.ts';
import { findings } from './known.ts';
import type { Path, Problem } from './problems.ts';
import { at, listAt, textAt } from './values.ts';

/** Partitions share nothing: neither a principal nor a topic of another one can be named. Tags may say anything. */
export function partitionProblems(entry: object): Problem[] {
  const partition = partitionOf(textAt(entry, 'region') ?? '');
  return partition === undefined
    ? []
    : Object.keys(entry).flatMap((key) => (key === 'tags' ? [] : arnsOfOthers(entry, [key], partition)));
}

function arnsOfOthers(entry: object, path: Path, partition: string): Problem[] {
  const input = at(entry, path);
  if (typeof input === 'string') {
    const own = input.replace(/^arn:[^:]*:/, `arn:${partition}:`);
    const allowed = `an ARN of ${partition}, the partition of the database's Region; did you mean "${own}"?`;
    return own === input ? [] : [{ path, input, allowed }];
  }
  if (typeof input !== 'object' || input === null) return [];
  const keys = Array.isArray(input) ? input.map((_, index) => index) : Object.keys(input);
  return keys.flatMap((key) => findings(() => arnsOfOthers(entry, [...path, key], partition)));
}

/** What AWS does not do for consumers in other Regions. */
export function regionProblems(entry: object): Problem[] {
  const path = ['endpointService', 'idleTimeoutSeconds'];
  const input = at(entry, path);
  const regions = listAt(entry, 'endpointService', 'supportedRegions') ?? [];
  const isCrossRegion = regions.some((region) => region !== textAt(entry, 'region'));
  return typeof input === 'number' && input !== crossRegionIdleSeconds && isCrossRegion
    ? [
        {
          path,
          input,
          allowed: `${crossRegionIdleSeconds}, or leave it out: AWS takes no other idle time-out where consumers come from other Regions (supportedRegions)`,
        },
      ]
    : [];
}
