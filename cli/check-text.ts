import type { Check } from '../lib/domain.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';
import { table, wrap } from './table.ts';

export const failedOf = (checks: readonly Check[]): readonly Check[] =>
  checks.filter(({ result }) => result === 'failed');

const words: Readonly<Record<Check['result'], string>> = { ok: 'ok', failed: 'FAILED', 'not-checked': 'not checked' };

/** Every check with what was seen; what it means and what to do where it is not right. */
export function checkLines(io: Io, { selection, place }: Session, checks: readonly Check[]): string[] {
  const { colour, width } = io;
  const paint = { ok: colour.green, failed: colour.red, 'not-checked': colour.yellow };
  const nameWidth = Math.max(...checks.map(({ check }) => check.length), 0);
  const lines = checks.flatMap((one) => [
    ...checkRow(paint[one.result](words[one.result].padEnd(11)), one.check.padEnd(nameWidth), one.detail, width),
    ...(one.result === 'ok' ? [] : [...note(io, 'means', one.meaning), ...note(io, 'do', one.remedy)]),
  ]);
  const count = (result: Check['result']) => checks.filter((one) => one.result === result).length;
  const sum = `${count('ok')} ok, ${count('failed')} failed, ${count('not-checked')} not checked`;
  const where = place === 'local' ? 'this machine' : selection.functionName;
  return [
    ...lines,
    `${colour.bold(selection.name)}  ${count('failed') > 0 ? colour.red(sum) : sum}, seen from ${where}`,
  ];
}

const noteIndent = ' '.repeat(13);

/** Names and ARNs stay whole where the width allows it: what does not fit beside the check's name stands below it. */
function checkRow(result: string, name: string, detail: string, width: number): string[] {
  const beside = width - noteIndent.length - name.length - 2;
  if (detail.split(' ').every((word) => word.length <= beside)) return table([[result, name, detail]], width);
  const below = wrap(detail, width - noteIndent.length).map((line) => noteIndent + line);
  return [`${result}  ${name.trimEnd()}`, ...below];
}

function note({ colour, width }: Io, label: string, text: string | undefined): string[] {
  if (!text) return [];
  const [first = '', ...rest] = wrap(text, Math.max(20, width - noteIndent.length - label.length - 2));
  const under = ' '.repeat(label.length + 2);
  return [`${noteIndent}${colour.bold(`${label}:`)} ${first}`, ...rest.map((line) => `${noteIndent}${under}${line}`)];
}
