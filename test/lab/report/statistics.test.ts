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
const samples: Readonly<Record<string, readonly Sample[]>> = {
  one: [
    { run: 0, at: 1, ms: { direct: 40_000, reconciler: 100_000 } },
    { run: 1, at: 1, ms: { direct: 90_000, reconciler: 120_000 } },
    // Only one way has a figure: nothing to compare it with.
    { run: 2, at: 1, ms: { direct: 50_000 } },
    { run: 3, at: 1, ms: {}, error: 'Throttling' },
  ],
};

describe('the result of an experiment', () => {
  test('has each figure in seconds, and leaves failed runs and unknown ways out', () => {
    const { figures, done, failed } = resultOf(experiment, { samples });
    expect(figures.map(({ key, values, median, worst }) => ({ key, values, median, worst }))).toEqual([
      { key: 'direct', values: [40, 90, 50], median: 50, worst: 90 },
      { key: 'reconciler', values: [100, 120], median: 100, worst: 120 },
    ]);
    expect({ done, failed }).toEqual({ done: 3, failed: ['Throttling'] });
  });

  test('compares ways in the same run, and not their medians', () => {
    expect(resultOf(experiment, { samples }).differences).toEqual([
      { name: 'reconciler − direct', values: [60, 30], median: 30 },
    ]);
    expect(resultOf({ ...experiment, isPaired: false }, { samples }).differences).toEqual([]);
  });
});
