import type { Score, Violation } from './score.ts';

/** What many stories came to. Plain data, so that workers can send it. */
export type Tally = {
  stories: number;
  lags: number[];
  wrongOnly: number[];
  neverRight: number;
  emptied: number;
  readonly calls: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly violations: (Violation & { readonly seed: number; readonly arm: string; readonly isProbed?: boolean })[];
};

export const newTally = (): Tally => ({
  stories: 0,
  lags: [],
  wrongOnly: [],
  neverRight: 0,
  emptied: 0,
  calls: {},
  faults: {},
  violations: [],
});

const add = (sum: Record<string, number>, counts: Iterable<readonly [string, number]>) => {
  for (const [name, count] of counts) sum[name] = (sum[name] ?? 0) + count;
};

export function record(tally: Tally, score: Score, seed: number, arm: string, isProbed = false): void {
  tally.stories += 1;
  if (!score.isRight) tally.neverRight += 1;
  else if (score.lagMs !== undefined) tally.lags.push(Math.round(score.lagMs ?? 0));
  tally.wrongOnly.push(Math.round(score.wrongOnlyMs));
  tally.emptied += score.emptied;
  add(tally.calls, score.calls);
  add(tally.faults, score.faults);
  tally.violations.push(...score.violations.map((one) => ({ ...one, seed, arm, ...(isProbed ? { isProbed } : {}) })));
}

export function merge(into: Tally, from: Tally): void {
  into.stories += from.stories;
  into.lags = into.lags.concat(from.lags);
  into.wrongOnly = into.wrongOnly.concat(from.wrongOnly);
  into.neverRight += from.neverRight;
  into.emptied += from.emptied;
  add(into.calls, Object.entries(from.calls));
  add(into.faults, Object.entries(from.faults));
  into.violations.push(...from.violations);
}

/** The value below which `share` of a sorted list lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

export const ascending = (list: readonly number[]): number[] => Array.from(Float64Array.from(list).sort());
