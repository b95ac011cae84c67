/** One line of the bench's table. `limit` is what may not be exceeded. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: number;
  readonly note?: string;
};

const sorted = (list: readonly number[]) => [...list].sort((one, other) => one - other);

export const median = (list: readonly number[]): number => {
  const ordered = sorted(list);
  const middle = ordered.length / 2;
  return ((ordered[Math.ceil(middle) - 1] ?? Number.NaN) + (ordered[Math.floor(middle)] ?? Number.NaN)) / 2;
};

export const worst = (list: readonly number[]): number => sorted(list).at(-1) ?? Number.NaN;

export const ratio = (value: number, base: number, limit?: number) => ({
  value: value / base,
  unit: '×',
  ...(limit ? { limit } : {}),
});

export const isMissed = ({ value, limit }: Figure): boolean => limit !== undefined && !(value <= limit);

export function table(figures: readonly Figure[]): string {
  const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));
  return figures
    .map((figure) => {
      const limit = figure.limit === undefined ? '' : `at most ${shown(figure.limit)}`;
      const verdict = figure.limit === undefined ? '' : isMissed(figure) ? 'MISSED' : 'ok';
      const value = `${shown(figure.value)} ${figure.unit}`;
      return `${figure.name.padEnd(66)} ${value.padStart(10)}  ${limit.padEnd(14)} ${verdict.padEnd(7)} ${figure.note ?? ''}`.trimEnd();
    })
    .join('\n');
}
