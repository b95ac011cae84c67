import type { Colours } from '../io.ts';
import type { DrillRecord } from './record.ts';
import { clientLines, type Line, sentence, stepMeanings } from './words.ts';

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const column = (ms: number): string => `${seconds(ms).padStart(8)} s`;

/** What happened from the request on, one line each. */
function linesOf({ observations, client, requestedAt = Number.POSITIVE_INFINITY, endedAt }: DrillRecord): Line[] {
  const told = observations.flatMap((one) => {
    const line = one.at >= requestedAt - 50 || one.kind === 'trouble' ? sentence(one) : undefined;
    return line ? [{ at: one.at, ...line }] : [];
  });
  return [...told, ...clientLines(client)].filter(({ at }) => at <= endedAt).sort((one, other) => one.at - other.at);
}

export function timelineText(record: DrillRecord, c: Colours): string {
  const { outageAt, speed } = record;
  const rows = linesOf(record).map(({ at, who, what }) => {
    const on = speed === 1 ? '' : ` ${c.dim(column((at - outageAt) * speed))}`;
    return `${column(at - outageAt)}${on}  ${c.cyan(who.padEnd(11))} ${what}`;
  });
  const head = speed === 1 ? '   outage   who         what' : '      here     on AWS  who         what';
  return [c.bold(head), ...rows].join('\n');
}

/** The budget as a table: each step, when it was reached, and how long after the one before. */
export function budgetText({ budget, speed }: DrillRecord, c: Colours): string {
  const rows = budget.map(({ name, atMs, sinceMs, seenBy }) => {
    if (atMs === undefined || sinceMs === undefined) return `${name.padEnd(13)} ${c.dim(`not seen: ${seenBy}`)}`;
    const on = speed === 1 ? '' : ` ${c.dim(column(sinceMs * speed))}`;
    return `${name.padEnd(13)}${column(atMs)}${column(sinceMs)}${on}  ${stepMeanings[name]} ${c.dim(`(${seenBy})`)}`;
  });
  const head = speed === 1 ? 'budget             at     takes' : 'budget             at     takes    (on AWS)';
  return [c.bold(head), ...rows].join('\n');
}

export function resultText(record: DrillRecord, c: Colours): string {
  const { requestedAt, targets, problems } = record;
  const story = requestedAt === undefined ? [] : [timelineText(record, c), '', budgetText(record, c), ''];
  return [
    ...story,
    `${c.bold('client')}   ${clientText(record)}`,
    `${c.bold('group')}    ${targets.join(', ') || 'no target'}`,
    problems.length === 0
      ? c.green(`right: the group holds the writer${record.writes ? ', and no acknowledged write is lost' : ''}`)
      : c.red(problems.map((problem) => `wrong: ${problem}`).join('\n')),
  ].join('\n');
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
