import type { Io } from '../io.ts';
import { table } from '../table.ts';
import { type DrillRecord, ofKind } from './record.ts';
import { clientLines, dnsLines, type Line, sentence, stepMeanings } from './words.ts';

type Terminal = Pick<Io, 'colour' | 'width'>;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const column = (ms: number): string => `${seconds(ms).padStart(8)} s`;

/** What happened from the request on, one line each. */
function linesOf({
  observations,
  client,
  probe,
  speed,
  requestedAt = Number.POSITIVE_INFINITY,
  endedAt,
}: DrillRecord): Line[] {
  const story = observations.filter((one) => one.at >= requestedAt - 50 || one.kind === 'trouble');
  const told = story
    .filter((one) => one.kind !== 'dns')
    .flatMap((one) => {
      const line = sentence(one);
      return line ? [{ at: one.at, ...line }] : [];
    });
  const all = [...told, ...dnsLines(ofKind(story, 'dns'), speed), ...clientLines({ client, probe })];
  return all.filter(({ at }) => at <= endedAt).sort((one, other) => one.at - other.at);
}

export function timelineText(record: DrillRecord, { colour, width }: Terminal): string {
  const { outageAt, speed } = record;
  const head = [...(speed === 1 ? ['   outage'] : ['      here', '    on AWS']), 'who', 'what'];
  const rows = linesOf(record).map(({ at, who, what }) => [
    column(at - outageAt),
    ...(speed === 1 ? [] : [colour.dim(column((at - outageAt) * speed))]),
    colour.cyan(who),
    what,
  ]);
  return table([head.map((text) => colour.bold(text)), ...rows], width).join('\n');
}

/** The budget as a table: each step, when it was reached, and how long after the one before. */
export function budgetText({ budget, speed }: DrillRecord, { colour, width }: Terminal): string {
  const isFast = speed !== 1;
  const head = ['budget', '        at', '     takes', ...(isFast ? ['  (on AWS)'] : []), ''];
  const rows = budget.map(({ name, atMs, sinceMs, seenBy }) => {
    if (atMs === undefined || sinceMs === undefined)
      return [name, '', '', ...(isFast ? [''] : []), `not seen: ${seenBy}`];
    const on = isFast ? [colour.dim(column(sinceMs * speed))] : [];
    return [name, column(atMs), column(sinceMs), ...on, `${stepMeanings[name]} (${seenBy})`];
  });
  return table([head.map((text) => colour.bold(text)), ...rows], width).join('\n');
}

export function resultText(record: DrillRecord, terminal: Terminal): string {
  const { requestedAt, targets, problems, writes } = record;
  const { colour, width } = terminal;
  const story = requestedAt === undefined ? [] : [timelineText(record, terminal), '', budgetText(record, terminal), ''];
  const about = [
    [colour.bold('client'), clientText(record)],
    [colour.bold('group'), targets.join(', ') || 'no target'],
  ];
  const verdict =
    problems.length === 0
      ? [[`right: the group holds the writer${writes ? ', and no acknowledged write is lost' : ''}`]]
      : problems.map((problem) => [`wrong: ${problem}`]);
  const paint = problems.length === 0 ? colour.green : colour.red;
  return [...story, ...table(about, width), ...table(verdict, width, paint)].join('\n');
}

export function clientText({ client, writes, probe }: DrillRecord): string {
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
