import { median } from '../figures.ts';
import { firstWrites, type Row } from './outage.ts';

const area = { left: 190, top: 30, width: 490, row: 34 } as const;
const stepSeconds = 30;

/** Each failover is a dot, at the seconds from the promotion to the first write; a bar stands at the median. */
export function outagePlot(rows: readonly Row[]): string {
  const most = Math.max(...rows.flatMap(firstWrites));
  const end = Math.ceil(most / stepSeconds) * stepSeconds;
  const x = (value: number) => (area.left + (Math.max(0, value) / end) * area.width).toFixed(1);
  const y = (index: number) => area.top + (index + 0.5) * area.row;
  const bottom = area.top + rows.length * area.row;
  const marks = Array.from({ length: end / stepSeconds + 1 }, (_, index) => index * stepSeconds);
  const grid = marks.map(
    (value) =>
      `<path d="M${x(value)} ${area.top}V${bottom}" stroke="#ddd"/><text x="${x(value)}" y="${bottom + 18}" text-anchor="middle">${value}</text>`,
  );
  const lines = rows.map((row, index) => {
    const first = firstWrites(row);
    const dots = first.map(
      (value) => `<circle cx="${x(value)}" cy="${y(index)}" r="4" fill="#1b7837" fill-opacity="0.45"/>`,
    );
    const middle = x(median(first));
    return `<text x="${area.left - 12}" y="${y(index) + 4}" text-anchor="end">${row.kind}, ${row.way}</text>${dots.join('')}<path d="M${middle} ${y(index) - 11}V${y(index) + 11}" stroke="#00441b" stroke-width="3"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${bottom + 50}" font-family="sans-serif" font-size="12">
<title>Seconds from the promotion to the first write, by way</title>
<rect width="720" height="${bottom + 50}" fill="#fff"/>
${[...grid, ...lines].join('\n')}
<text x="${x(end / 2)}" y="${bottom + 40}" text-anchor="middle">seconds from the promotion of the new writer to the first write; the bar is the median</text>
</svg>
`;
}
