import { escaped, numberCell, tableHtml } from '../../page/html.ts';
import { type DrillRecord, ofKind } from '../record.ts';
import { shareText } from '../shares.ts';
import { stepMeanings } from '../text.ts';
import { eventLabel, eventsOf, lanesOf, runsOf } from './lanes.ts';
import { swatch } from './style.ts';

export const seconds = (ms: number): string =>
  `${(ms / 1000)
    .toFixed(2)
    .replace(/^-(0\.00)$/, '$1')
    .replace('-', '−')} s`;

/** Each step: when, how long after the previous one, and its source. */
export function stepsTable({ timeline }: DrillRecord): string {
  const rows = timeline.map(({ name, atMs, sinceMs, seenBy }, index) => {
    const times =
      atMs === undefined || sinceMs === undefined
        ? `<td class="quiet long" colspan="2">not seen: ${escaped(seenBy)}</td>`
        : numberCell('after the outage', seconds(atMs)) +
          numberCell('takes', `+${seconds(sinceMs)}`.replace('+−', '−'));
    const badge = atMs === undefined ? '–' : `<span class="badge">${index + 1}</span>`;
    return `<tr><td>${badge}</td><th scope="row">${name}</th>${times}<td class="long" data-head="reached when">${stepMeanings[name]}<span class="quiet">${
      atMs === undefined ? '' : ` · ${escaped(seenBy)}`
    }</span></td></tr>`;
  });
  return tableHtml('stack', ['', 'step', 'after the outage', 'takes', 'reached when'], rows, new Set([2, 3]));
}

/** What the outage waited for, part by part. */
export function sharesTable({ shares = [], probe }: DrillRecord): string {
  const rows = shares.map((one) => {
    const { name, percent, meaning } = shareText(one, shares, probe);
    const times = numberCell('takes', seconds(one.ms)) + numberCell('of the outage', percent);
    return `<tr><th scope="row">${escaped(name)}</th>${times}<td class="long" data-head="waits until">${escaped(meaning)}</td></tr>`;
  });
  return tableHtml('stack', ['part', 'takes', 'of the outage', 'waits until'], rows, new Set([1, 2]));
}

export function eventsTable(record: DrillRecord): string {
  const lost = new Set(ofKind(record.observations, 'event-lost').map(({ id }) => id));
  const rows = eventsOf(record).map(
    ({ at, id, message, source }, index) =>
      `<tr>${numberCell('after the outage', seconds(at - record.outageAt))}<th scope="row">${escaped(eventLabel(id, index))}</th>` +
      `<td class="long" data-head="RDS says">${escaped(message)} <span class="quiet">${escaped(source)}${id && lost.has(id) ? ' · lost' : ''}</span></td></tr>`,
  );
  return tableHtml('stack', ['after the outage', 'event', 'RDS says'], rows, new Set([0]));
}

export function runsTable(record: DrillRecord): string {
  const rows = runsOf(record).map(
    ({ startedAt, at, trigger, summary, function: name }) =>
      `<tr>${numberCell('begins', seconds(startedAt - record.outageAt))}${numberCell('runs for', seconds(at - startedAt))}` +
      `<th scope="row">${escaped(name)}</th><td class="long" data-head="decision">${escaped(trigger)}: ${escaped(summary)}</td></tr>`,
  );
  return tableHtml('stack', ['begins', 'runs for', 'function', 'decision'], rows, new Set([0, 1]));
}

const words = (record: DrillRecord): Readonly<Record<string, string>> => ({
  old: 'the writer before',
  new: 'the writer after',
  flap: 'alternating',
  none: 'no writer, or no answer',
  busy: 'not available',
  healthy: 'healthy',
  initial: 'initial',
  unhealthy: 'unhealthy',
  draining: 'draining',
  'run-changed': 'a run that changed the group',
  'run-quiet': 'a run without a difference',
  'run-held': 'a run that held or waited',
  'run-failed': 'a run that failed',
  failed: record.probe === 'tcp' ? 'attempts that failed, downwards' : 'writes that failed, downwards',
});

/** Lists only what the picture contains. */
export function legend(record: DrillRecord): string {
  const used = new Set<string>(['failed']);
  for (const lane of lanesOf(record)) {
    if (lane.kind === 'spans') for (const { tone } of lane.spans) used.add(tone);
    if (lane.kind === 'items') for (const { tone } of lane.items) used.add(`run-${tone}`);
  }
  const entries = Object.entries(words(record)).filter(([tone]) => used.has(tone));
  const marks = [
    ...(used.has('run-event') ? ['<li><span class="mark">◆</span>an RDS event</li>'] : []),
    ...(used.has('run-lost') ? ['<li><span class="mark">✕</span>an event that never arrived</li>'] : []),
  ];
  const items = entries.map(([tone, text]) => `<li>${swatch(tone)}${escaped(text)}</li>`);
  return `<ul class="legend">${[...items, ...marks].join('')}<li><span class="badge">1</span>a step of the timeline</li></ul>`;
}
