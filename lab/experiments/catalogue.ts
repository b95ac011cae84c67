import type { Experiment } from './experiment.ts';
import { failovers } from './failover.ts';
import { registration } from './registration.ts';
import { stacks } from './stacks.ts';
import { standby } from './standby.ts';
import { weights } from './weights.ts';

/** In the order in which those on the same ground run. The last proof of `stacks` begins to delete the services. */
export const experiments: readonly Experiment[] = [registration, weights, standby, ...failovers, stacks];
