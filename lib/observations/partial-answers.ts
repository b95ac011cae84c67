import { type RegisteredTarget, type Timings, targetKey } from '../domain.ts';
import type { DecisionInput } from './decision-input.ts';
import { type Answer, absences, addressKey } from './observations.ts';

/*
 * A name may show some of its addresses at a time. The answers of a run are a sample then, and these rules say what it proves. They take
 * each address to be shown equally often: with K addresses, s of them in an answer, n answers in a row all miss a given one with the
 * probability (1 - s/K)^n. docs/any-tcp-service.md has the figures.
 */

/**
 * How often a check may be wrong: take an address for gone that belongs to the name or, once it has met a new one, stop asking although
 * there are more. A check that has met nothing new may be wrong more often, since the next check asks again.
 */
const errorRate = 1 / 10_000;
const repeatableErrorRate = 1 / 50;

/** How likely it is that so many answers in a row miss an address that belongs to the name. */
const missed = (among: number, atOnce: number, answers: number): number => (1 - atOnce / among) ** answers;

/** Whether so many answers in a row that lack an address prove that it does not belong to the name. */
export const isProven = (among: number, atOnce: number, answers: number): boolean =>
  among * missed(among, atOnce, answers) <= errorRate;

/** How long an unchanged answer has to last to prove as much. `least`: where the run is about to end, since a long TTL leaves nothing better. */
const sameMs = ({ settleMs }: Timings) => ({ usual: 2.5 * settleMs, least: 1.5 * settleMs });

/** What the answers of a run say. */
export type Sample = {
  /** Every address that was shown and is not gone, in order. */
  readonly shown: readonly string[];
  /** More than two different answers: however DNS flaps, a move shows two. */
  readonly rotates: boolean;
  /** The name has not shown the address for so long that it does not belong to it. */
  isGone(target: Pick<RegisteredTarget, 'ip' | 'state'>): boolean;
  /** The name may have another address, which it has not shown. */
  readonly mayHaveMore: boolean;
};

export function sampleOf(input: DecisionInput): Sample {
  const { timings, database, observations, lookups, live, until = Number.POSITIVE_INFINITY } = input;
  const { answers, liveAtFirst } = observations;
  const { at } = lookups;
  const { appearances, independentUntil, differ, atOnce } = overview(answers);
  const known = new Set([...appearances.keys(), ...live.map(({ ip }) => ip)]).size;
  const independentAfter = (index: number) => (independentUntil.at(-1) ?? 0) - (independentUntil[index] ?? 0);
  const sameFor = at - (observations.followed?.since ?? at);
  const isSame = sameFor >= (until - at <= timings.settleMs / 3 ? sameMs(timings).least : sameMs(timings).usual);

  const isGone = ({ ip, state }: Pick<RegisteredTarget, 'ip' | 'state'>): boolean => {
    const last = appearances.get(ip)?.last ?? -1;
    const isAbsent =
      answers.length - 1 - last >= absences.answers && at - (answers[last + 1]?.at ?? at) >= absences.windowMs(timings);
    // A target that is not healthy serves no client: its absence so far is proof enough.
    if (!isAbsent || !['healthy', 'initial', 'unavailable', 'unknown'].includes(state)) return isAbsent;
    return isSame || isProven(known, atOnce, independentAfter(last));
  };
  const states = new Map(live.map(({ ip, state }) => [ip, state]));
  const isNew = (ip: string) =>
    liveAtFirst && database.port && !liveAtFirst.has(targetKey({ ip, port: database.port }));
  // The latest answer that was the first to show an address which the group did not hold when the run began.
  const newest = Math.max(-1, ...[...appearances].map(([ip, one]) => (isNew(ip) ? one.first : -1)));
  const isPart = differ > 1 || newest >= 0 || known > appearances.size;
  const isEnough =
    isSame || missed(known + 1, atOnce, independentAfter(newest)) <= (newest >= 0 ? errorRate : repeatableErrorRate);
  return {
    shown: [...appearances.keys()].sort().filter((ip) => !isGone({ ip, state: states.get(ip) ?? 'unused' })),
    rotates: differ > 2,
    isGone,
    mayHaveMore: isPart && !isEnough,
  };
}

/** By the index of the answer: where each address was first and last shown, and how many answers up to there are no repetitions by a cache. */
function overview(answers: readonly Answer[]) {
  const appearances = new Map<string, { first: number; last: number }>();
  const independentUntil: number[] = [];
  for (const [index, { addresses, isRepeated }] of answers.entries()) {
    independentUntil.push((independentUntil.at(-1) ?? 0) + (isRepeated ? 0 : 1));
    for (const ip of addresses) appearances.set(ip, { first: appearances.get(ip)?.first ?? index, last: index });
  }
  const differ = new Set(answers.map(({ addresses }) => addressKey(addresses))).size;
  return {
    appearances,
    independentUntil,
    differ,
    atOnce: Math.min(...answers.map(({ addresses }) => addresses.length)),
  };
}
