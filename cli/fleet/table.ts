import { CliError } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { table } from '../terminal/text.ts';
import type { Row } from './each.ts';

/** The rows as a table, each with what to do next below it, and how many there are of each kind. */
export function tableLines(io: Io, heads: readonly string[], rows: readonly Row[]): string[] {
  const { colour, width } = io;
  const blank = heads.slice(0, -1).map(() => '');
  const lines = rows.flatMap(({ name, cells, text, next, paint }) => {
    const filled = blank.slice(1).map((_, index) => cells[index] ?? '');
    const row = { cells: [colour.bold(name), ...filled, text], paint: colour[paint] };
    return next ? [row, { cells: [...blank, `next: ${next}`], paint: colour.dim }] : [row];
  });
  const all = [
    { cells: heads.map((head, at) => (at === heads.length - 1 ? head : colour.dim(head))), paint: colour.dim },
    ...lines,
  ];
  return [
    ...table(
      all.map(({ cells }) => cells),
      width,
      (text, index) => all[index]?.paint(text) ?? text,
    ),
    sumOf(io, rows),
  ];
}

function sumOf({ colour }: Io, rows: readonly Row[]): string {
  const count = (code: Row['code']) => rows.filter((row) => row.code === code).length;
  const [faults, wrong, well] = [count(exitCodes.fault), count(exitCodes.drift), count(exitCodes.inSync)];
  const parts = [
    faults > 0 ? colour.red(`${faults} not known`) : '',
    wrong > 0 ? colour.red(`${wrong} to look at`) : '',
    well > 0 ? colour.green(`${well} well`) : '',
  ].filter(Boolean);
  return `${rows.length} database${rows.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}

/** One line of JSON for each database. */
export const rowsAsJson = (rows: readonly Row[]): string[] =>
  rows.map(({ name, code, json }) => JSON.stringify({ database: name, exitCode: code, ...json }));

/**
 * Missing credentials or an unreachable network are one fault, not a hundred.
 * @throws CliError where every row has the same fault
 */
export function refuseSameFault(rows: readonly Row[]): void {
  const [first, ...others] = rows;
  if (first?.code !== exitCodes.fault || others.length === 0) return;
  if (others.every(({ text, next }) => text === first.text && next === first.next))
    throw new CliError(first.text.replace(/^FAULT: /, ''), first.next);
}
