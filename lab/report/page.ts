import type { Setting } from '../../cli/drill/record.ts';
import {
  cardsHtml,
  escaped,
  numberCell,
  pageHtml,
  problemList,
  sandboxBanner,
  settingsTable,
  tableHtml,
} from '../../cli/page/html.ts';
import { css } from '../../cli/page/style.ts';
import type { LabState } from '../state.ts';
import { plotCss, plotSvg } from './plot.ts';
import type { Result } from './statistics.ts';

export type LabReport = {
  readonly version: 1;
  readonly state: Omit<LabState, 'fixtures'>;
  readonly results: readonly Result[];
  readonly settings: readonly Setting[];
  readonly versions: readonly Setting[];
};

const seconds = (value: number): string => `${value.toFixed(1).replace('-', '−')} s`;

/** One self-contained page without scripts that fetches nothing. Times are AWS's. */
export function labHtml({ state, results, settings, versions }: LabReport): string {
  const title = `The lab: ${escaped(state.region)}`;
  const sum = (of: (result: Result) => number) => results.reduce((all, result) => all + of(result), 0);
  const failed = sum((result) => result.failed.length);
  const when = new Date(state.startedAt).toISOString().slice(0, 16).replace('T', ' ');
  return pageHtml({
    title,
    css: css + plotCss,
    generator: 'lab',
    body: `<main>
${state.place ? sandboxBanner(state.speed) : ''}<h1>${title}</h1>
<p class="sub">account ${escaped(state.account)} · ${when} UTC</p>
${cardsHtml([
  { name: 'experiments', value: String(results.length), more: 'asked for' },
  {
    name: 'runs',
    value: `${sum(({ done }) => done)} of ${sum(({ runs }) => runs)}`,
    more: failed > 0 ? `<span class="bad">${failed} failed</span>` : 'none failed',
  },
  ...results.flatMap(cardOf),
])}
${results.map(sectionOf).join('\n')}
<h2>Settings</h2>${settingsTable(settings)}
<h2>Versions</h2>${settingsTable(versions)}
<footer>Written by npm run lab. p95 is the smallest measured value that 95 % of the runs do not exceed.${state.place ? ' The delays of the sandbox are those that docs/decisions/0006 lists.' : ''}</footer>
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

function sectionOf({ title, question, method, decides, runs, ...result }: Result): string {
  const { done, failed, figures, differences, facts } = result;
  const rows = figures.map(
    ({ name, values, median, p95, worst }) =>
      `<tr><th scope="row">${escaped(name)}</th>${numberCell('runs', String(values.length))}${numberCell('median', seconds(median))}${numberCell('p95', seconds(p95))}${numberCell('worst', seconds(worst))}</tr>`,
  );
  return `<section><h2>${escaped(title)}</h2>
<p>${escaped(question)}</p>
<p class="quiet">${escaped(method)} ${done} of ${runs} runs. Decides: ${escaped(decides)}.</p>
${problemList(failed)}
${rows.length > 0 ? `<figure>${plotSvg(figures)}</figure>${tableHtml('stack', ['', 'runs', 'median', 'p95', 'worst'], rows, new Set([1, 2, 3, 4]))}` : ''}
${differences.length > 0 ? `<h3>Differences in the same failover</h3><figure>${plotSvg(differences)}</figure>` : ''}
${facts.length > 0 ? tableHtml('', ['', ''], facts.map(factsRow)) : ''}
${done === 0 ? '<p class="quiet">Not run.</p>' : ''}</section>`;
}

function factsRow(facts: Readonly<Record<string, string>>): string {
  const [head, ...rest] = Object.entries(facts);
  return `<tr><th scope="row">${escaped(head?.[1] ?? '')}</th><td>${rest.map(([name, value]) => `${escaped(name)}: ${escaped(value)}`).join('<br>')}</td></tr>`;
}
