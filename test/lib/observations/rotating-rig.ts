import { targetKey } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { reportOf } from '../../../lib/report.ts';
import { watch } from '../../../lib/run/watch.ts';
import { healthy, host, hostname, port, requestOf, whenHealthy } from '../scene.ts';
import { createFakeGroup, createWorld } from '../world.ts';

/* A name that shows one of its addresses at a time, behind a resolver that repeats its answer until the TTL is over. */

export type Order = 'at random' | 'in turn';

export type Name = { readonly addresses: number; readonly ttlSeconds: number; readonly order: Order };

export const targetOf = (number: number) => ({ ip: `10.0.1.${10 + number}`, port });
export const keysOf = (numbers: number) => Array.from({ length: numbers }, (_, i) => targetKey(targetOf(i))).sort();

/** Numbers in [0, 1) that look random, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the resolver says at a time: one address for each TTL, which is counted down in whole seconds. */
function answersOf({ addresses, ttlSeconds, order }: Name, seed: number): (now: number) => DnsAnswer {
  const random = randomFrom(seed);
  const ttlMs = ttlSeconds * 1000;
  const offset = random() * ttlMs;
  const draws: number[] = [];
  return (now) => {
    const window = Math.floor((now + offset) / ttlMs);
    while (draws.length <= window) draws.push(Math.floor(random() * addresses));
    const number = order === 'in turn' ? window % addresses : (draws[window] ?? 0);
    const leftMs = (window + 1) * ttlMs - offset - now;
    return { kind: 'addresses', addresses: [targetOf(number).ip], ttlMs: Math.floor(leftMs / 1000) * 1000 };
  };
}

/** The group's targets and the reports of checks, one each minute, that each may take `timeoutMs`. */
export async function checks(
  name: Name,
  seed: number,
  { count, timeoutMs, held = [] }: { count: number; timeoutMs: number; held?: readonly number[] },
) {
  const world = createWorld(createFakeGroup(held.map((number) => healthy(targetOf(number)))));
  const answer = answersOf(name, seed);
  let queries = 0;
  Object.assign(world.ports.resolver, {
    resolve: async (asked: string): Promise<DnsAnswer> => {
      queries += 1;
      return asked === host ? answer(world.clock.now()) : { kind: 'not-found' };
    },
  });
  const check = async (minute: number) => {
    await world.clock.sleep(minute * 60_000);
    const startedAt = world.clock.now();
    const deadline = startedAt + timeoutMs - 2000;
    const request = requestOf(hostname, 'check', undefined, whenHealthy);
    const state = await watch(world.ports, request, newState(startedAt), deadline);
    return { ...reportOf(request, state, world.clock.now()), live: world.group.live(), endedAt: world.clock.now() };
  };
  const reports = await world.clock.run(Promise.all(Array.from({ length: count }, (_, minute) => check(minute))));
  return { reports, live: world.group.live(), fewest: world.group.fewest(), queries };
}
