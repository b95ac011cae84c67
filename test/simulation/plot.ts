import type { Column, ProbeColumn, Tallies, WarmColumn } from './batch.ts';
import { ascending, newTally, quantile, type Tally } from './tally.ts';

type Line = { readonly title: string; readonly colour: string; readonly dashes?: string; readonly width?: number };

/** Where a name is poisoned, the time to a right group is the poisoner's choice. Probes and warm standbys are told in figures. */
type Plotted = Exclude<Column, 'hostile' | ProbeColumn | WarmColumn>;

/** Ours are solid and the thicker the harder the world, the others dashed, so that they can be told apart without colour. */
const lines: Readonly<Record<Plotted, Line>> = {
  'the reconciler, same worlds': { title: 'the reconciler, same worlds', colour: '#00441b', width: 1.5 },
  events: { title: 'the reconciler, events', colour: '#1b7837', width: 2.5 },
  'RDS API down': { title: 'the reconciler, RDS API down', colour: '#74c476', width: 3.5 },
  'events lost': { title: 'the reconciler, all events lost', colour: '#4d9221', width: 4.5 },
  'one lookup per event': { title: 'one lookup per event', colour: '#9e6fb0', dashes: '2 3' },
  'poll 1 min by role, deregister first': {
    title: 'poll 1 min by role, deregister first',
    colour: '#8856a7',
    dashes: '8 4',
  },
  'poll 5 min, first target compared': {
    title: 'poll 5 min, first target compared',
    colour: '#54278f',
    dashes: '14 4 2 4',
  },
};

const area = { left: 60, top: 30, width: 640, height: 320 } as const;
const maxSeconds = 360;
const x = (seconds: number): number => area.left + (Math.min(seconds, maxSeconds) / maxSeconds) * area.width;
const y = (share: number): number => area.top + (1 - share) * area.height;

/** Which share of the groups was right so long after the truth had changed. Those that never were keep a line below 100 %. */
export function plot(tallies: Tallies): string {
  const columns = Object.keys(lines).filter((name): name is Plotted => name in tallies);
  const body = [
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        grid(area.left, y(share), x(maxSeconds), y(share)) +
        label(area.left - 8, y(share) + 4, `${share * 100} %`, 'end'),
    ),
    ...[0, 60, 120, 180, 240, 300, 360].map(
      (s) => grid(x(s), y(0), x(s), y(1)) + label(x(s), y(0) + 18, String(s), 'middle'),
    ),
    label(area.left, y(1) - 12, 'share of the groups that are right', 'start'),
    label(x(maxSeconds / 2), y(0) + 38, 'seconds from the change of the truth to a right group', 'middle'),
    ...columns.map((column) => curve(tallies[column] ?? newTally(), column)),
    ...columns.map((column, index) => legend(tallies[column] ?? newTally(), column, index)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 540" font-family="sans-serif" font-size="12">
<title>How fast a target group follows a failover</title>
<rect width="720" height="540" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}

const stroke = (column: Plotted): string => {
  const { colour, dashes, width = 2 } = lines[column];
  return `stroke="${colour}" stroke-width="${width}"${dashes ? ` stroke-dasharray="${dashes}"` : ''}`;
};

const grid = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="#ddd"/>`;
const label = (left: number, top: number, text: string, anchor: string): string =>
  `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;

function curve(tally: Tally, column: Plotted): string {
  const lags = ascending(tally.lags);
  const all = lags.length + tally.neverRight;
  const points = Array.from({ length: 201 }, (_, step) => {
    const seconds = (step / 200) * maxSeconds;
    const reached = lags.findLastIndex((ms) => ms <= seconds * 1000) + 1;
    return `${x(seconds).toFixed(1)} ${y(all === 0 ? 0 : reached / all).toFixed(1)}`;
  });
  return `<path d="M${points.join('L')}" fill="none" ${stroke(column)}/>`;
}

function legend({ lags, neverRight, stories }: Tally, column: Plotted, index: number): string {
  const top = area.top + area.height + 62 + index * 18;
  const sorted = ascending(lags);
  const [median, most] = [0.5, 0.99].map((share) => `${(quantile(sorted, share) / 1000).toFixed(1)} s`);
  const never = neverRight > 0 ? `; ${((100 * neverRight) / stories).toFixed(0)} % never right` : '';
  const text = `${lines[column].title}: ${stories} failovers, median ${median}, p99 ${most}${never}`;
  return `<path d="M${area.left} ${top - 4}h36" ${stroke(column)}/>${label(area.left + 44, top, text, 'start')}`;
}
