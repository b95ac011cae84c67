import { crossRegionIdleSeconds } from '../endpoint-service-limits.ts';
import type { Problem } from './problems.ts';
import { at, listAt, textAt } from './values.ts';

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
