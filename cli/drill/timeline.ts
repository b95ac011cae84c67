import type { Io } from '../terminal/io.ts';
import { hung, table } from '../terminal/table.ts';
import { engineText, onAwsClock } from './aws-clock.ts';
import { type DrillRecord, ofKind } from './record.ts';
import { clientLines, dnsLines, type Line, sentence, stepMeanings } from './words.ts';

type Terminal = Pick<Io, 'colour' | 'width'>;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const column = (ms: number): string => `${seconds(ms).padStart(8)} s`;

/** What happened from the request on, one line each. */
function linesOf(record: DrillRecord, toleranceMs: number): Line[] {
  const { observations, client, probe, requestedAt = Number.POSITIVE_INFINITY, endedAt } = record;
  const story = observations.filter((one) => one.at >= requestedAt - toleranceMs || one.kind === 'trouble');
  const told = story
    .filter((one) => one.kind !== 'dns')
    .flatMap((one) => {
      const line = sentence(one);
      return line ? [{ at: one.at, ...line }] : [];
    });
  const all = [...told, ...dnsLines(ofKind(story, 'dns')), ...clientLines({ client, probe })];
  return all.filter(({ at }) => at <= endedAt).sort((one, other) => one.at - other.at);
}

function timelineLines(record: DrillRecord, toleranceMs: number, { colour, width }: Terminal): string[] {
  const head = ['   outage', 'who', 'what'];
  const rows = linesOf(record, toleranceMs).map(({ at, who, what }) => [
    column(at - record.outageAt),
    colour.cyan(who),
    what,
  ]);
  return table([head.map((text) => colour.bold(text)), ...rows], width);
}

/** The budget as a table: each step, when it was reached, and how long after the one before. */
function budgetLines({ budget }: DrillRecord, { colour, width }: Terminal): string[] {
  const head = ['budget', '        at', '     takes', ''];
  const rows = budget.map(({ name, atMs, sinceMs, seenBy }) =>
    atMs === undefined || sinceMs === undefined
      ? [name, '', '', `not seen: ${seenBy}`]
      : [name, column(atMs), column(sinceMs), `${stepMeanings[name]} (${seenBy})`],
  );
  return table([head.map((text) => colour.bold(text)), ...rows], width);
}

/** One story, on one clock: AWS's. */
export function resultLines(measured: DrillRecord, terminal: Terminal): string[] {
  const record = onAwsClock(measured);
  const { requestedAt, targets, problems, writes } = record;
  const { colour, width } = terminal;
  const story =
    requestedAt === undefined
      ? []
      : [...timelineLines(record, 50 * measured.speed, terminal), '', ...budgetLines(record, terminal), ''];
  const about = [
    [colour.bold('client'), clientText(record)],
    [colour.bold('group'), targets.join(', ') || 'no target'],
  ];
  const verdict =
    problems.length === 0
      ? [`right: the group holds the writer${writes ? ', and no acknowledged write is lost' : ''}`]
      : problems.map((problem) => `wrong: ${problem}`);
  const paint = problems.length === 0 ? colour.green : colour.red;
  return [
    ...placeLines(measured, terminal),
    ...story,
    ...table(about, width),
    ...verdict.flatMap((one) => hung(one, width)).map(paint),
  ];
}

/** Where it was, unless it was AWS; with an empty line. */
function placeLines({ place, speed, ...record }: DrillRecord, { colour, width }: Terminal): string[] {
  if (place !== 'sandbox') return [];
  const what = engineText({ place, ...record }) ?? 'a database';
  const clock = speed === 1 ? '' : ` Times are AWS's; the sandbox is ${speed} times faster.`;
  return [...hung(`${colour.bold('SANDBOX')}, not AWS: ${what}.${clock}`, width), ''];
}

function clientText({ client, writes, probe }: DrillRecord): string {
  const { acknowledged, failed, refusedByReader } = client;
  const what = probe === 'tcp' ? 'connections' : 'writes';
  return (
    `${client.secondsWithoutWrites.toFixed(2)} s without ${what}; ${acknowledged} ${what} acknowledged, ` +
    `${writes ? `${writes.lost.length} of them lost, ` : ''}${failed} failed` +
    (probe === 'tcp'
      ? ' (a reader accepts connections too)'
      : `, ${refusedByReader} refused because they reached a reader`)
  );
}
