import { reachChecks } from '../../../lib/doctor/reach-checks.ts';
import type { Surroundings } from '../../../lib/doctor/surroundings.ts';
import type { RunState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { instance } from '../scene.ts';
import { configOf, state, surroundings } from './scene.ts';

/* One of the checks of reachability, where all is well but for what is given. */

type Name = keyof ReturnType<typeof reachChecks>;
export const check = (
  name: Name,
  {
    over = {},
    seen: more = {},
    database = instance,
  }: { over?: Partial<RunState>; seen?: Partial<Surroundings>; database?: typeof instance } = {},
) => reachChecks(configOf(database), { ...state, ...over }, { ...surroundings, ...more })[name];
export const answers = (given: Record<string, DnsAnswer>) => ({
  lookups: { at: 0, answers: new Map(Object.entries(given)) },
});
export const said = (observation: NonNullable<RunState['topology']>['observation']) => ({
  topology: { at: 0, pollIntervalMs: 0, observation },
});
