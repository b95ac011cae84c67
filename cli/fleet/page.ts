import { cardsHtml, escaped, generatorOf, pageHtml, tableHtml } from '../page/html.ts';
import { css as pageCss } from '../page/style.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Paint } from '../terminal/verdict.ts';
import type { Row } from './each.ts';
import type { Facts, FleetAnswer } from './facts.ts';

export type FleetRow = Row<FleetAnswer>;

/** When and over what the rows were read. */
export type Reading = {
  readonly at: number;
  readonly sinceMs: number;
  readonly isSandbox?: boolean;
};

const command = 'fleet';

/** Whether a text is a page of an earlier run. */
export const isFleetPage = (text: string): boolean => text.slice(0, 1000).includes(generatorOf(command));

/** One self-contained page without scripts: each database, worst first. */
export function fleetHtml(rows: readonly FleetRow[], reading: Reading): string {
  const title = `Fleet: ${rows.length} database${rows.length === 1 ? '' : 's'}`;
  const when = new Date(reading.at).toISOString().slice(0, 16).replace('T', ' ');
  const place = reading.isSandbox
    ? '<p class="place"><strong>SANDBOX</strong> This ran on one machine, not on AWS.</p>\n'
    : '';
  return pageHtml({
    title,
    css: pageCss + css,
    generator: command,
    body: `<main>
${place}<h1>${title}</h1>
<p class="sub">${when} UTC · events and failovers of the last ${spanOf(reading.sinceMs)}</p>
${cardsHtml(cardsOf(rows))}
${tableHtml('stack fleet', heads, rows.map(rowHtml), new Set([4]))}
<footer>Worst first. Lag: from the first event of a failover until the group was right. Missed: events that woke no run, or only after a minute. Written by rds-target fleet; it does not refresh itself.</footer>
</main>`,
  });
}

const heads = ['database', 'state', 'writer', 'last failover', 'missed events', 'alarms'];

const spanOf = (ms: number): string => {
  const hours = Math.round(ms / 3_600_000);
  return hours >= 48 && hours % 24 === 0
    ? `${hours / 24} days`
    : hours >= 1
      ? `${hours} h`
      : `${Math.ceil(ms / 60_000)} min`;
};

const factsOf = (row: FleetRow): Facts => ('facts' in row ? row.facts : { unread: [] });

function cardsOf(rows: readonly FleetRow[]) {
  const facts = rows.map(factsOf);
  const count = (code: number) => rows.filter((row) => row.code === code).length;
  const sum = (of: (one: Facts) => number | undefined) => facts.reduce((total, one) => total + (of(one) ?? 0), 0);
  const [faults, wrong] = [count(exitCodes.fault), count(exitCodes.drift)];
  const [ringing, missed] = [sum(({ alarms }) => alarms?.length), sum((one) => one.missed)];
  const lags = facts.flatMap(({ slowestMs }) => slowestMs ?? []);
  const counted = (number: number) => (number > 0 ? `<span class="bad">${number}</span>` : '0');
  return [
    { name: 'well', value: `<span class="good">${count(exitCodes.inSync)}</span>`, more: `of ${rows.length}` },
    { name: 'to look at', value: counted(wrong), more: 'drift, a hold, an alarm, a missed failover' },
    { name: 'not known', value: counted(faults), more: 'not reached, or not allowed' },
    { name: 'alarms that ring', value: counted(ringing), more: 'of all databases' },
    {
      name: 'slowest failover',
      value: lags.length > 0 ? secondsOf(Math.max(...lags)) : '–',
      more: `${sum((one) => one.failovers)} failovers, ${missed} missed events`,
    },
  ];
}

const secondsOf = (ms: number): string =>
  ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;

/** Each state has a mark of its own: the page is readable without colour. */
const marks: Readonly<Record<Paint, string>> = { red: '✗', yellow: '!', green: '✓', dim: '–' };

function rowHtml(row: FleetRow): string {
  const { region, writer, failover, failovers, missed, alarms, unread } = factsOf(row);
  const told = row.text.split('; ').filter((one) => !unread.includes(one) && !one.startsWith('ALARM '));
  const notes = [...unread, row.next ? `next: ${row.next}` : ''].filter(Boolean);
  const cells = [
    cell(
      'state',
      `<span class="mark" aria-hidden="true">${marks[row.paint]}</span>${escaped(told.join('; '))}${notes.map(noteHtml).join('')}`,
    ),
    cell('writer', writer === undefined ? unknown : addressHtml(writer), 'word'),
    cell(
      'last failover',
      failover === undefined
        ? unknown
        : `<span class="${failover.paint}">${escaped(failover.text)}</span>${moreOf(failovers)}`,
    ),
    cell('missed events', countHtml(missed), 'number'),
    cell('alarms', alarms === undefined ? unknown : alarmsHtml(alarms)),
  ];
  const where = region ? ` <span class="quiet">${escaped(region)}</span>` : '';
  return `<tr class="${row.paint}"><th scope="row">${escaped(row.name)}${where}</th>${cells.join('')}</tr>`;
}

const unknown = '<span class="quiet">not known</span>';

const cell = (head: string, html: string, kind = ''): string =>
  `<td data-head="${head}"${kind ? ` class="${kind}"` : ''}>${html}</td>`;

/** An IPv6 address may break at its colons, an IPv4 address nowhere. */
const addressHtml = (address: string): string =>
  address.startsWith('[') ? escaped(address).replaceAll(':', ':<wbr>') : escaped(address);

const noteHtml = (note: string): string => `<small>${escaped(note)}</small>`;

const moreOf = (failovers = 0): string => (failovers > 1 ? `<small>${failovers} failovers</small>` : '');

const countHtml = (count: number | undefined): string =>
  count === undefined ? unknown : count > 0 ? `<span class="red">${count}</span>` : '0';

const alarmsHtml = (alarms: readonly string[]): string =>
  alarms.length === 0 ? 'none' : `<span class="red">${alarms.map(escaped).join(', ')}</span>`;

const css = `
.fleet small{display:block;color:var(--quiet);font-size:13px}
.fleet tbody th{white-space:nowrap}
.fleet tbody th .quiet{display:block;font-weight:400;font-size:13px}
.fleet .mark{display:inline-block;width:1.3em;font-weight:700}
.fleet tr.red .mark,.fleet span.red{color:var(--bad)}
.fleet tr.yellow .mark,.fleet span.yellow{color:var(--warn)}
.fleet tr.green .mark{color:var(--good)}
@media screen and (max-width:720px){
.fleet tbody tr{display:block;background:var(--card);border:1px solid var(--faint);border-left-width:4px;border-radius:10px;padding:10px 12px;margin:0 0 10px}
.fleet tr.red{border-left-color:var(--bad)}
.fleet tr.yellow{border-left-color:var(--warn)}
.fleet tr.green{border-left-color:var(--good)}
.fleet tbody th,.fleet tbody td{display:block;text-align:left;white-space:normal;overflow-wrap:anywhere}
.fleet tbody th .quiet{display:inline}
}
`;
