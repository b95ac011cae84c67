import type { Setting } from '../../cli/drill/record.ts';
import { cardsHtml, escaped, pageHtml, tableHtml } from '../../cli/page/html.ts';
import { css } from '../../cli/page/style.ts';
import type { LabState } from '../state.ts';
import { plotCss, plotSvg } from './plot.ts';
import { quantile, type Result } from './statistics.ts';

export type LabReport = {
  readonly version: 1;
  readonly state: Omit<LabState, 'fixtures'>;
  readonly results: readonly Result[];
  readonly settings: readonly Setting[];
  readonly versions: readonly Setting[];
};

const seconds = (value: number): string => `${value.toFixed(1).replace('-', '−')} s`;
const number = (head: string, text: string): string => `<td class="number" data-head="${head}">${text}</td>`;

/** One self-contained page without scripts that fetches nothing. Times are AWS's. */
export function labHtml({ state, results, settings, versions }: LabReport): string {
  const title = `The lab: ${escaped(state.region)}`;
  const done = results.reduce((sum, result) => sum + result.done, 0);
  const failed = results.reduce((sum, result) => sum + result.failed.length, 0);
  const asked = results.reduce((sum, { runs }) => sum + runs, 0);
  const when = new Date(state.startedAt).toISOString().slice(0, 16).replace('T', ' ');
  return pageHtml({
    title,
    css: css + plotCss,
    generator: 'lab',
    body: `<main>
${state.place ? '<p class="place"><strong>SANDBOX</strong> This ran on one machine, not on AWS: its delays are those that docs/decisions/0006 lists.</p>' : ''}
<h1>${title}</h1>
<p class="sub">account ${escaped(state.account)} · ${when} UTC</p>
${cardsHtml([
  { name: 'experiments', value: String(results.length), more: 'asked for' },
  {
    name: 'runs',
    value: `${done} of ${asked}`,
    more: failed > 0 ? `<span class="bad">${failed} failed</span>` : 'none failed',
  },
  ...results.flatMap(cardOf),
])}
${results.map(sectionOf).join('\n')}
<h2>Settings</h2>${settingsTable(settings)}
<h2>Versions</h2>${settingsTable(versions)}
<footer>Written by npm run lab. p95 is the smallest measured value that 95 % of the runs do not exceed.${state.speed === 1 ? '' : ` It ran ${state.speed} times faster than AWS; the times are AWS's.`}</footer>
</main>`,
  });
}

/** The figure that people ask for first. */
const mainFigures = ['connected', 'reconciler'];

function cardOf({ title, figures }: Result) {
  const one = figures.find(({ key }) => mainFigures.includes(key)) ?? figures[0];
  if (!one) return [];
  const more = `${escaped(one.name)}: median of ${one.values.length}; worst ${seconds(one.worst)}`;
  return [{ name: escaped(title), value: seconds(one.median), more }];
}

const settingsTable = (settings: readonly Setting[]): string =>
  tableHtml(
    '',
    [],
    settings.map(({ name, value }) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`),
  );

function sectionOf({
  title,
  question,
  method,
  decides,
  runs,
  done,
  failed,
  figures,
  differences,
  facts,
}: Result): string {
  const rows = figures.map(
    (figure) =>
      `<tr><th scope="row">${escaped(figure.name)}</th>${number('runs', String(figure.values.length))}${number('median', seconds(figure.median))}${number('p95', seconds(figure.p95))}${number('worst', seconds(figure.worst))}</tr>`,
  );
  const median = (values: readonly number[]) => quantile(values, 0.5);
  return `<section><h2>${escaped(title)}</h2>
<p>${escaped(question)}</p>
<p class="quiet">${escaped(method)} ${done} of ${runs} runs. Decides: ${escaped(decides)}.</p>
${failed.length > 0 ? `<ul class="problems">${failed.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul>` : ''}
${rows.length > 0 ? `<figure>${plotSvg(figures, median)}</figure>${tableHtml('stack', ['', 'runs', 'median', 'p95', 'worst'], rows, new Set([1, 2, 3, 4]))}` : ''}
${differences.length > 0 ? `<h3>Differences in the same failover</h3><figure>${plotSvg(differences, median)}</figure>` : ''}
${facts.length > 0 ? tableHtml('', ['', ''], facts.map(factsRow)) : ''}
${done === 0 ? '<p class="quiet">Not run.</p>' : ''}</section>`;
}

function factsRow(facts: Readonly<Record<string, string>>): string {
  const [head, ...rest] = Object.entries(facts);
  return `<tr><th scope="row">${escaped(head?.[1] ?? '')}</th><td>${rest.map(([name, value]) => `${escaped(name)}: ${escaped(value)}`).join('<br>')}</td></tr>`;
}
