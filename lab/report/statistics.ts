import type { Experiment } from '../experiments/experiment.ts';
import type { LabState, Sample } from '../state.ts';

/** One figure of an experiment over its runs. Seconds of AWS. */
export type Figure = {
  readonly key: string;
  readonly name: string;
  readonly values: readonly number[];
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
};

/** How much longer the first one took, in the same run. Seconds of AWS. */
export type Difference = { readonly name: string; readonly values: readonly number[]; readonly median: number };

export type Result = Pick<Experiment, 'name' | 'title' | 'question' | 'method' | 'decides' | 'runs'> & {
  readonly done: number;
  readonly failed: readonly string[];
  readonly figures: readonly Figure[];
  readonly differences: readonly Difference[];
  /** What was seen, where there is no figure. */
  readonly facts: readonly Readonly<Record<string, string>>[];
};

/** The smallest value that at least this share of the values does not exceed: no value is made up. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function resultOf(experiment: Experiment, { samples }: Pick<LabState, 'samples'>): Result {
  const { name, title, question, method, decides, runs } = experiment;
  const all = samples[name] ?? [];
  const whole = all.filter(({ error }) => error === undefined);
  const figures = Object.entries(experiment.figures).flatMap(([key, label]): Figure[] => {
    const values = whole.flatMap(({ ms }) => (ms[key] === undefined ? [] : [ms[key] / 1000]));
    const at = (share: number) => quantile(values, share);
    return values.length === 0 ? [] : [{ key, name: label, values, median: at(0.5), p95: at(0.95), worst: at(1) }];
  });
  return {
    ...{ name, title, question, method, decides, runs, figures },
    done: whole.length,
    failed: all.flatMap(({ error }) => error ?? []),
    differences: experiment.isPaired ? differencesOf(figures, whole) : [],
    facts: figures.length === 0 ? whole.flatMap(({ facts }) => (facts ? [facts] : [])) : [],
  };
}

/** Each way against each later one, run by run; none where no run has both. */
function differencesOf(figures: readonly Figure[], samples: readonly Sample[]): Difference[] {
  return figures.flatMap((one, index) =>
    figures.slice(index + 1).flatMap((other) => {
      const values = samples.flatMap(({ ms }) => {
        const [first, second] = [ms[one.key], ms[other.key]];
        return first === undefined || second === undefined ? [] : [(second - first) / 1000];
      });
      return values.length === 0
        ? []
        : [{ name: `${other.name} − ${one.name}`, values, median: quantile(values, 0.5) }];
    }),
  );
}
