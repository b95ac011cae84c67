import { cardsHtml, escaped, pageHtml, problemList, sandboxBanner, settingsTable } from '../../page/html.ts';
import { mainOutage } from '../outage.ts';
import { type DrillRecord, engineText, onAwsClock, type Sample } from '../record.ts';
import { chartSvg } from './chart.ts';
import { eventsTable, legend, runsTable, seconds, sharesTable, stepsTable } from './html.ts';
import { runsOf } from './lanes.ts';
import { narrow, wide } from './layout.ts';
import { css, patternsSvg } from './style.ts';

/** One self-contained page without scripts that fetches nothing. Every time on it is AWS's. */
export function reportHtml(measured: DrillRecord): string {
  const record = onAwsClock(measured);
  const { database, timeline, shares = [], settings, versions } = record;
  const engine = engineText(measured);
  const title = `Failover drill: ${escaped(database.name)}`;
  const when = new Date(measured.startedAt).toISOString().slice(0, 16).replace('T', ' ');
  return pageHtml({
    title,
    css,
    generator: 'drill',
    body: `${patternsSvg}
<main>
${measured.place === 'sandbox' ? sandboxBanner(measured.speed) : ''}<h1>${title}</h1>
<p class="sub">DB ${database.kind} ${escaped(database.id)}${engine ? ` · ${escaped(engine)}` : ''} · ${when} UTC</p>
${facts(record, measured)}
${problemList(record.problems)}
<figure>
<div class="wide">${chartSvg(record, wide)}</div>
<div class="narrow">${chartSvg(record, narrow)}</div>
<figcaption>${legend(record)}</figcaption>
</figure>
${timeline.length > 0 ? `<h2>Timeline</h2>${stepsTable(record)}` : ''}
${shares.length > 0 ? `<h2>What the outage waited for</h2>${sharesTable(record)}` : ''}
<h2>RDS events</h2>${eventsTable(record)}
<h2>Decisions of the functions</h2>${runsOf(record).length > 0 ? runsTable(record) : '<p class="quiet">No run is known: no function ran, or the logs could not be read.</p>'}
<div class="columns">
<section><h2>Before</h2>${settingsTable(sampleRows(record.before))}</section>
<section><h2>After</h2>${settingsTable(sampleRows(record.after))}</section>
<section><h2>Settings</h2>${settingsTable(settings)}</section>
<section><h2>Versions</h2>${settingsTable(versions)}</section>
</div>
<footer>${footer(measured)}</footer>
</main>`,
  });
}

const footer = ({ speed }: DrillRecord): string =>
  speed === 1
    ? 'Times are as this machine measured them; RDS dates its own events. The JSON file next to this page has the figures.'
    : `The JSON file next to this page has the times as this machine measured them; here they are ${speed} times as long, including what the machine itself needed, for example to start a function.`;

const sampleRows = ({ writer, status, readers, dns, targets }: Sample) => [
  { name: 'DNS answer', value: dns },
  { name: 'target group', value: targets.join(', ') || 'no target' },
  { name: 'RDS API', value: `${writer ?? 'no writer'} ${status}` },
  ...(readers.length > 0 ? [{ name: 'readers', value: readers.join(', ') }] : []),
];

function facts(record: DrillRecord, { client: here, speed }: DrillRecord): string {
  const { client, writes, probe, outcome, problems } = record;
  const outage = mainOutage(client.outages);
  const what = probe === 'tcp' ? 'connections' : 'writes';
  const isWell = problems.length === 0;
  const verdict = isWell
    ? '✓ recovered'
    : outcome === 'recovered'
      ? '✗ with problems'
      : `✗ ${outcome.replace('-', ' ')}`;
  const cards: (readonly [string, string, string])[] = [
    [
      'outcome',
      `<span class="${isWell ? 'good' : 'bad'}">${verdict}</span>`,
      isWell ? 'the group holds the writer' : `${problems.length} problem${problems.length === 1 ? '' : 's'}, below`,
    ],
    [
      `without ${what}`,
      seconds(outage?.gapMs ?? 0),
      speed === 1 ? 'as the client saw it' : `on AWS's clock: ${seconds(mainOutage(here.outages)?.gapMs ?? 0)} here`,
    ],
    writes
      ? ['acknowledged writes lost', String(writes.lost.length), `of ${writes.acknowledged}`]
      : ['connections served', String(client.acknowledged), 'nothing was written'],
    ['attempts that failed', String(client.failed), `${client.refusedByReader} of them refused by a reader`],
  ];
  return cardsHtml(cards.map(([name, value, more]) => ({ name, value, more })));
}
