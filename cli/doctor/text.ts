import type { Check } from '../../lib/domain.ts';
import type { Session } from '../access/session.ts';
import { inFileWords, runbookOf } from '../terminal/file-words.ts';
import type { Io } from '../terminal/io.ts';
import { table, wrap } from '../terminal/text.ts';

export const failedOf = (checks: readonly Check[]): readonly Check[] =>
  checks.filter(({ result }) => result === 'failed');

export const words: Readonly<Record<Check['result'], string>> = {
  ok: 'ok',
  failed: 'FAILED',
  'not-checked': 'not checked',
};

export const gravity = { failed: 0, 'not-checked': 1, ok: 2 } as const;

/** Every check with its detail, failures first; for a failure also the problem, the remedy and the runbook's section. */
export function checkLines(io: Io, { selection, place }: Session, all: readonly Check[]): string[] {
  const { colour, width } = io;
  const paint = { ok: colour.green, failed: colour.red, 'not-checked': colour.yellow };
  const checks = all
    .map((check) => inFileWords(check, selection))
    .toSorted((a, b) => gravity[a.result] - gravity[b.result]);
  const nameWidth = Math.max(...checks.map(({ check }) => check.length), 0);
  const lines = checks.flatMap((one) => [
    ...checkRow(paint[one.result](words[one.result].padEnd(11)), one.check.padEnd(nameWidth), one.detail, width),
    ...notesOf(io, one, runbookOf(selection)),
  ]);
  const names = (result: Check['result']) => checks.filter((one) => one.result === result).map(({ check }) => check);
  const failed = names('failed');
  const sum = `${names('ok').length} ok, ${failed.length} failed, ${names('not-checked').length} not checked`;
  const where = place === 'local' ? 'this machine' : selection.functionNames.join(' and ');
  return [
    ...lines,
    `${colour.bold(selection.name)}  ${failed.length > 0 ? colour.red(sum) : sum}`,
    ...wrap(`seen from ${where}`, width - 2).map((line) => `  ${line}`),
    ...wrap(failed.length > 0 ? `failed: ${[...new Set(failed)].join(', ')}` : '', width - 2)
      .filter(Boolean)
      .map((line) => `  ${colour.red(line)}`),
  ];
}

function notesOf(io: Io, { check, result, meaning, failure, remedy }: Check, runbook: string): string[] {
  switch (result) {
    case 'ok':
      return [];
    case 'not-checked':
      return [...note(io, 'means', meaning), ...note(io, 'do', remedy)];
    case 'failed':
      return [...note(io, 'wrong', failure), ...note(io, 'do', remedy), ...note(io, 'see', `${runbook}#${check}`)];
  }
}

const noteIndent = ' '.repeat(13);

/** Names and ARNs stay whole where the width allows it: a detail that does not fit next to the check's name goes below it. */
export function checkRow(result: string, name: string, detail: string, width: number): string[] {
  const beside = width - noteIndent.length - name.length - 2;
  if (detail.split(' ').every((word) => word.length <= beside)) return table([[result, name, detail]], width);
  const below = wrap(detail, width - noteIndent.length).map((line) => noteIndent + line);
  return [`${result}  ${name.trimEnd()}`, ...below];
}

export function note({ colour, width }: Io, label: string, text: string | undefined): string[] {
  if (!text) return [];
  const [first = '', ...rest] = wrap(text, Math.max(20, width - noteIndent.length - label.length - 2));
  const under = ' '.repeat(label.length + 2);
  return [`${noteIndent}${colour.bold(`${label}:`)} ${first}`, ...rest.map((line) => `${noteIndent}${under}${line}`)];
}
