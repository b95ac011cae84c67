import { type RegisteredTarget, type Timings, targetKey } from '../domain.ts';
import type { DecisionInput } from './decision-input.ts';
import { type Answer, absences } from './observations.ts';

/*
 * A name may show some of its addresses at a time. The answers of a run are a sample then, and these rules say what it proves. They take
 * each address to be shown equally often: with K addresses, s of them in an answer, n answers in a row all miss a given one with the
 * probability (1 - s/K)^n. docs/any-tcp-service.md has the figures.
 */

/**
 * No more often than this a check takes an address for gone that belongs to the name, and one that has met something new stops asking
 * although there is more. Without anything new the next check has its chance as well.
 */
const error = 1 / 10_000;
const errorOfMany = 1 / 50;

/** How likely it is that so many answers in a row miss an address that belongs to the name. */
const missed = (among: number, atOnce: number, answers: number): number => Math.max(0, 1 - atOnce / among) ** answers;

/** Whether so many answers in a row that lack an address prove that it does not belong to the name. */
export const isProven = (among: number, atOnce: number, answers: number): boolean =>
  among * missed(among, atOnce, answers) <= error;

/** So long the same answer proves as much, and so long where the run has no more time: a long TTL leaves nothing better. */
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
  readonly isOpen: boolean;
};

export function sampleOf(input: DecisionInput): Sample {
  const { timings, database, observations, lookups, live = [], until = Number.POSITIVE_INFINITY } = input;
  const { answers, first } = observations;
  const { at } = lookups;
  const { appearances, ownUntil, differ, atOnce } = overview(answers);
  const known = new Set([...appearances.keys(), ...live.map(({ ip }) => ip)]).size;
  const ownAfter = (index: number) => (ownUntil.at(-1) ?? 0) - (ownUntil[index] ?? 0);
  const sameFor = at - (observations.followed?.since ?? at);
  const isSame = sameFor >= (until - at <= timings.settleMs / 3 ? sameMs(timings).least : sameMs(timings).usual);

  const isGone = ({ ip, state }: Pick<RegisteredTarget, 'ip' | 'state'>): boolean => {
    const last = appearances.get(ip)?.last ?? -1;
    const isAbsent =
      answers.length - 1 - last >= absences.answers && at - (answers[last + 1]?.at ?? at) >= absences.windowMs(timings);
    // What is not healthy serves no client: for that, so much is proof enough.
    if (!isAbsent || (state !== 'healthy' && state !== 'initial')) return isAbsent;
    return isSame || isProven(known, atOnce, ownAfter(last));
  };
  const states = new Map(live.map(({ ip, state }) => [ip, state]));
  const isNew = (ip: string) => first && database.port && !first.has(targetKey({ ip, port: database.port }));
  // The latest answer that was the first to show an address which the group did not hold when the run began.
  const newest = Math.max(-1, ...[...appearances].map(([ip, one]) => (isNew(ip) ? one.first : -1)));
  const isPart = differ > 1 || newest >= 0 || known > appearances.size;
  const isEnough = isSame || missed(known + 1, atOnce, ownAfter(newest)) <= (newest >= 0 ? error : errorOfMany);
  return {
    shown: [...appearances.keys()].sort().filter((ip) => !isGone({ ip, state: states.get(ip) ?? 'unused' })),
    rotates: differ > 2,
    isGone,
    isOpen: isPart && !isEnough,
  };
}

/** By the index of the answer: where each address was first and last shown, and how many answers up to there repeat no other. */
function overview(answers: readonly Answer[]) {
  const appearances = new Map<string, { first: number; last: number }>();
  const ownUntil: number[] = [];
  for (const [index, { addresses, isRepeated }] of answers.entries()) {
    ownUntil.push((ownUntil.at(-1) ?? 0) + (isRepeated ? 0 : 1));
    for (const ip of addresses) appearances.set(ip, { first: appearances.get(ip)?.first ?? index, last: index });
  }
  const differ = new Set(answers.filter(({ isRepeated }) => !isRepeated).map(({ addresses }) => addresses.join(' ')))
    .size;
  return { appearances, ownUntil, differ, atOnce: Math.min(...answers.map(({ addresses }) => addresses.length)) };
}
