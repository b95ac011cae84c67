import { visible } from '../../lib/visible.ts';

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes our own text, which may have several lines. */
export const withoutMarkup = (text: string): string => text.replace(/[&<>"']/g, (one) => named[one] ?? one);

/** Escapes names and messages from outside: none may become markup, or reorder what is shown. */
export const escaped = (text: string): string => withoutMarkup(visible(text));

type Page = {
  /** Escaped, as the rest. */
  readonly title: string;
  readonly css: string;
  /** The name of the command that writes the page. */
  readonly generator: string;
  readonly body: string;
};

/** A line that every page of a command has, and no other file. */
export const generatorOf = (command: string): string => `<meta name="generator" content="rds-target ${command}">`;

/** One self-contained page without scripts that fetches nothing. */
export const pageHtml = ({ title, css, generator, body }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
${generatorOf(generator)}
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${css}</style>
</head>
<body>
${body}
</body>
</html>
`;

export type Card = { readonly name: string; readonly value: string; readonly more: string };

/** The figures at the top of a page. Escaped. */
export const cardsHtml = (cards: readonly Card[]): string =>
  `<dl class="facts">${cards
    .map(({ name, value, more }) => `<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`)
    .join('')}</dl>`;

/** Rows that become blocks on a phone, where each cell names its column itself (`data-head`). Escaped. */
export function tableHtml(
  kind: string,
  heads: readonly string[],
  rows: readonly string[],
  numbers: ReadonlySet<number> = new Set(),
): string {
  const head = heads.map((text, index) => `<th scope="col"${numbers.has(index) ? ' class="number"' : ''}>${text}</th>`);
  return (
    `<table class="${kind}">${heads.length > 0 ? `<thead><tr>${head.join('')}</tr></thead>` : ''}` +
    `<tbody>${rows.join('')}</tbody></table>`
  );
}

/** A figure, which on a phone has the head of its column with it. Escaped. */
export const numberCell = (head: string, text: string): string => `<td class="number" data-head="${head}">${text}</td>`;

export const settingsTable = (settings: readonly { readonly name: string; readonly value: string }[]): string =>
  tableHtml(
    '',
    [],
    settings.map(({ name, value }) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`),
  );

export const problemList = (problems: readonly string[]): string =>
  problems.length === 0
    ? ''
    : `<ul class="problems">${problems.map((problem) => `<li>${escaped(problem)}</li>`).join('')}</ul>`;

/** Keeps readers from taking a sandbox's figures for AWS's. */
export const sandboxBanner = (speed: number): string =>
  `<p class="place"><strong>SANDBOX</strong> This ran on one machine, not on AWS${speed === 1 ? '.' : `, ${speed} times faster. Every time on this page is AWS's.`}</p>\n`;
