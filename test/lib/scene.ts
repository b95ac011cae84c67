import { newState, type RunRequest } from '../../lib/observations/run-state.ts';
import type { TopologyObservation } from '../../lib/ports.ts';
import { reportOf } from '../../lib/report.ts';
import { watch } from '../../lib/run/watch.ts';
import { createFakeGroup, createWorld, type World } from './world.ts';

/* Runs in a world, from now on. */

export async function run(world: World, request: RunRequest, deadline = 1_000_000_000) {
  const begun = world.clock.now();
  const state = await world.clock.run(watch(world.ports, request, newState(begun), deadline));
  return { state, report: reportOf(request, state, world.clock.now()), endedAt: world.clock.now() };
}
export const group = (...targets: Parameters<typeof createFakeGroup>[0] & object) =>
  createWorld(createFakeGroup(targets));

/** Notes when the RDS API is asked, and answers as `answer` says, or as the world shows. */
export function timedApi(world: World, answer?: (signal?: AbortSignal) => Promise<TopologyObservation>): number[] {
  const times: number[] = [];
  Object.assign(world.ports, {
    topology: {
      describe: async (signal?: AbortSignal) => {
        times.push(world.clock.now());
        return answer ? answer(signal) : world.topology;
      },
    },
  });
  return times;
}
export const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));
