import { type DrillRecord, ofKind, type Setting } from '../record.ts';
import { stepMeanings } from '../words.ts';
import { escaped, seconds } from './html.ts';
import { eventLabel, eventsOf, runsOf } from './lanes.ts';

/** A phone has no room for the heads of the columns: each figure then has its own. */
const number = (text: string, head: string): string => `<td class="number" data-head="${head}">${text}</td>`;

/** Each step: when, how long after the one before it, and who saw it. */
export function budgetTable({ budget }: DrillRecord): string {
  const rows = budget.map(({ name, atMs, sinceMs, seenBy }, index) => {
    const times =
      atMs === undefined || sinceMs === undefined
        ? `<td class="quiet long" colspan="2">not seen: ${escaped(seenBy)}</td>`
        : number(seconds(atMs), 'after the outage') + number(`+${seconds(sinceMs)}`.replace('+−', '−'), 'takes');
    const badge = atMs === undefined ? '–' : `<span class="badge">${index + 1}</span>`;
    return `<tr><td>${badge}</td><th scope="row">${name}</th>${times}<td class="long" data-head="reached when">${stepMeanings[name]}<span class="quiet">${
      atMs === undefined ? '' : ` · ${escaped(seenBy)}`
    }</span></td></tr>`;
  });
  return table('stack', ['', 'step', 'after the outage', 'takes', 'reached when'], rows, new Set([2, 3]));
}

export function eventsTable(record: DrillRecord): string {
  const lost = new Set(ofKind(record.observations, 'event-lost').map(({ id }) => id));
  const rows = eventsOf(record).map(
    ({ at, id, message, source }, index) =>
      `<tr>${number(seconds(at - record.outageAt), 'after the outage')}<th scope="row">${escaped(eventLabel(id, index))}</th>` +
      `<td class="long" data-head="RDS says">${escaped(message)} <span class="quiet">${escaped(source)}${id && lost.has(id) ? ' · lost on its way' : ''}</span></td></tr>`,
  );
  return table('stack', ['after the outage', 'event', 'RDS says'], rows, new Set([0]));
}

export function runsTable(record: DrillRecord): string {
  const rows = runsOf(record).map(
    ({ startedAt, at, trigger, summary, function: name }) =>
      `<tr>${number(seconds(startedAt - record.outageAt), 'begins')}${number(seconds(at - startedAt), 'runs for')}` +
      `<th scope="row">${escaped(name)}</th><td class="long" data-head="decision">${escaped(trigger)}: ${escaped(summary)}</td></tr>`,
  );
  return table('stack', ['begins', 'runs for', 'function', 'decision'], rows, new Set([0, 1]));
}

export const settingsTable = (settings: readonly Setting[]): string =>
  table(
    '',
    [],
    settings.map(({ name, value }) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`),
  );

function table(kind: string, heads: readonly string[], rows: readonly string[], numbers = new Set<number>()): string {
  const head = heads.map((text, index) => `<th scope="col"${numbers.has(index) ? ' class="number"' : ''}>${text}</th>`);
  return (
    `<table class="${kind}">${heads.length > 0 ? `<thead><tr>${head.join('')}</tr></thead>` : ''}` +
    `<tbody>${rows.join('')}</tbody></table>`
  );
}
