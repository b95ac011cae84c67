import type { Experiment } from './experiment.ts';
import { failovers } from './failover.ts';
import { registration } from './registration.ts';
import { standby } from './standby.ts';
import { weights } from './weights.ts';

/** In the order in which those on the same ground run. */
export const experiments: readonly Experiment[] = [registration, weights, standby, ...failovers];
