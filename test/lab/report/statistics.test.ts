import { describe, expect, test } from 'vitest';
import type { Experiment } from '../../../lab/experiments/experiment.ts';
import { quantile, resultOf } from '../../../lab/report/statistics.ts';
import type { Sample } from '../../../lab/state.ts';

describe('a quantile', () => {
  test.each([
    [0.5, [3, 1, 2], 2],
    [0.5, [4, 1, 3, 2], 2],
    [0.95, Array.from({ length: 30 }, (_, index) => index + 1), 29],
    [0.95, [7], 7],
    [1, [3, 9, 1], 9],
    [0.5, [], Number.NaN],
  ])('of %d is a measured value', (share, values, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });
});

const experiment: Experiment = {
  ...{ name: 'one', title: '', question: '', method: '', decides: '', on: 'instance', runs: 3, isPaired: true },
  figures: { direct: 'direct', reconciler: 'reconciler', probe: 'probe' },
  run: async () => ({ ms: {} }),
};

/** The result as the report has it, from what a state file has. */
const of = (samples: readonly Partial<Sample>[], over: Partial<Experiment> = {}) =>
  resultOf(
    { ...experiment, ...over },
    JSON.parse(JSON.stringify({ samples: { one: samples.map((one, run) => ({ run, at: 1, ms: {}, ...one })) } })),
  );

const samples: readonly Partial<Sample>[] = [
  { ms: { direct: 40_000, reconciler: 100_000 } },
  { ms: { direct: 90_000, reconciler: 120_000 } },
  // Only one way has a figure: nothing to compare it with.
  { ms: { direct: 50_000 } },
  { error: 'Throttling' },
];

describe('the result of an experiment', () => {
  test('has each figure in seconds, and leaves failed runs and unknown ways out', () => {
    const { figures, done, failed } = of(samples);
    expect(figures.map(({ key, values, median, worst }) => ({ key, values, median, worst }))).toEqual([
      { key: 'direct', values: [40, 90, 50], median: 50, worst: 90 },
      { key: 'reconciler', values: [100, 120], median: 100, worst: 120 },
    ]);
    expect({ done, failed }).toEqual({ done: 3, failed: ['Throttling'] });
  });

  test('compares ways in the same run, and not their medians', () => {
    expect(of(samples).differences).toEqual([{ name: 'reconciler − direct', values: [60, 30], median: 30 }]);
    expect(of(samples, { isPaired: false }).differences).toEqual([]);
  });

  test('has no difference of ways that no run has in common', () => {
    const { figures, differences } = of([{ ms: { direct: 1000 } }, { ms: { reconciler: 2000 } }, { ms: { probe: 0 } }]);
    expect(figures).toHaveLength(3);
    expect(differences).toEqual([]);
  });

  test('of one run has that run as median, p95 and worst', () => {
    expect(of([{ ms: { direct: 7000 } }])).toMatchObject({
      figures: [{ values: [7], median: 7, p95: 7, worst: 7 }],
      differences: [],
    });
  });

  test.each([
    ['that was not run', [], []],
    ['where every run failed', [{ error: 'AccessDenied' }, { error: 'Throttling' }], ['AccessDenied', 'Throttling']],
  ])('%s has no figures, and no zero', (_, all, failed) => {
    expect(of(all)).toMatchObject({ done: 0, failed, figures: [], differences: [], facts: [] });
  });

  test('has what was seen where nothing is counted, failed runs left out', () => {
    const facts = { when: 'before' };
    expect(of([{ facts }, { error: 'Throttling' }], { figures: {} })).toMatchObject({ done: 1, facts: [facts] });
  });
});
