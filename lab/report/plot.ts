import { escaped } from '../../cli/page/html.ts';
import type { Figure } from './statistics.ts';

const area = { left: 20, right: 20, top: 4, row: 62, label: 16, width: 1100 } as const;

/** At most ten marks, at round seconds. */
function stepOf(end: number): number {
  return [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((step) => end / step <= 10) ?? 900;
}

type Row = Pick<Figure, 'name' | 'values' | 'median'>;

/** Each run is a dot, at its seconds; a bar stands at the median. Dots of the same value lie above each other. */
export function plotSvg(rows: readonly Row[]): string {
  const all = rows.flatMap(({ values }) => values);
  const [from, to] = [Math.min(0, ...all), Math.max(1, ...all)];
  const step = stepOf(to - from);
  const [low, high] = [Math.floor(from / step) * step, Math.ceil(to / step) * step];
  const x = (value: number) =>
    (area.left + ((value - low) / (high - low)) * (area.width - area.left - area.right)).toFixed(1);
  const bottom = area.top + rows.length * area.row;
  const marks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
  const grid = marks.map(
    (value) =>
      `<path class="grid" d="M${x(value)} ${area.top}V${bottom}"/><text x="${x(value)}" y="${bottom + 18}" text-anchor="middle">${value}</text>`,
  );
  const lines = rows.map(({ name, values, median }, index) => {
    const y = area.top + index * area.row + area.label + 24;
    const dots = values.map((value, at) => {
      const before = values.slice(0, at).filter((one) => Math.abs(one - value) < (high - low) / 150).length;
      return `<circle class="dot" cx="${x(value)}" cy="${(y + (before % 2 === 0 ? 1 : -1) * Math.min(14, Math.ceil(before / 2) * 4)).toFixed(1)}" r="4"/>`;
    });
    const middle = x(median);
    return `<text class="label" x="${area.left}" y="${y - 24}">${escaped(name)}</text>${dots.join('')}<path class="median" d="M${middle} ${y - 18}V${y + 18}"/>`;
  });
  return `<svg viewBox="0 0 ${area.width} ${bottom + 44}" role="img" aria-label="Seconds of each run"><g font-size="13">${[...grid, ...lines].join('')}<text x="${x((low + high) / 2)}" y="${bottom + 38}" text-anchor="middle">seconds; each dot is a run, the bar is the median</text></g></svg>`;
}

export const plotCss = `
figure{margin:8px 0 16px}
figure svg{display:block;width:100%;height:auto;min-width:640px;font-family:inherit}
figure{overflow-x:auto}
svg text{fill:var(--ink)}
.grid{stroke:var(--faint);fill:none}
.dot{fill:var(--good);fill-opacity:.5;stroke:var(--good)}
.median{stroke:var(--ink);stroke-width:3;fill:none}
`;
