import type { DatabasesText } from '../../infra/config/databases-file.ts';
import { jsonPath, type Path, placeText } from '../../infra/config/problems.ts';
import { at } from '../../infra/config/values.ts';
import { checkRow, gravity, note, words } from '../doctor/text.ts';
import type { Io } from '../terminal/io.ts';
import { deployWith, hung } from '../terminal/text.ts';
import type { Finding } from './findings.ts';
import type { Result } from './run.ts';

type Where = Pick<DatabasesText, 'base' | 'content'>;

/** A finding with its path in the file, its line and its column. */
const placed = ({ base, content }: Where, index: number | undefined, finding: Finding) => {
  const path: Path = [...base, ...(index === undefined ? [] : [index]), ...finding.path];
  return { ...finding, path, ...content.placeOf(path), input: at(content.value, path) };
};

type Told = ReturnType<typeof placed>;

/** `$[0].vpc.id is "vpc-1"; allowed: … (line 4, column 9)`, as synth says it; of what is all right, only what was found. */
function detailOf({ path, input, result, detail, line, column }: Told, index: number | undefined): string {
  if (result !== 'failed' || index === undefined) return detail;
  return `${placeText({ path, input })}${detail.startsWith('allowed: ') ? ';' : ':'} ${detail} (line ${line}, column ${column})`;
}

export function resultLines(io: Io, result: Result, where: Where, file: string): string[] {
  const { checked, account } = result;
  const isOne = checked.length === 1;
  const blocks = [
    ...checked.map(({ entry, index, findings }) => blockOf(io, entry.name, findings, { where, index, isOne })),
    ...(account.length > 0 ? [blockOf(io, 'the account', account, { where, index: undefined, isOne })] : []),
  ];
  const failed = failedIn(result);
  const next = isOne ? (checked[0]?.entry.name ?? '') : 'NAME';
  return [...blocks.flat(), ...(failed === 0 ? hung(`Next: ${deployWith(next, file)}`, io.width) : [])];
}

type Block = { readonly where: Where; readonly index: number | undefined; readonly isOne: boolean };

/** Of one database everything is told; of many, what is not all right. */
function blockOf(io: Io, name: string, findings: readonly Finding[], { where, index, isOne }: Block): string[] {
  const { colour, width } = io;
  const paint = { ok: colour.green, failed: colour.red, 'not-checked': colour.yellow };
  const count = (one: Finding['result']) => findings.filter(({ result }) => result === one).length;
  const sum = `${count('ok')} ok, ${count('failed')} failed, ${count('not-checked')} not checked`;
  const shown = findings
    .filter(({ result }) => isOne || result !== 'ok')
    .toSorted((a, b) => gravity[a.result] - gravity[b.result])
    .map((finding) => placed(where, index, finding));
  const nameWidth = Math.max(...shown.map(({ check }) => check.length), 0);
  return [
    `${colour.bold(name)}  ${count('failed') > 0 ? colour.red(sum) : sum}`,
    ...shown.flatMap((one) => [
      ...checkRow(
        paint[one.result](words[one.result].padEnd(11)),
        one.check.padEnd(nameWidth),
        detailOf(one, index),
        width,
      ),
      ...note(io, 'do', one.remedy),
    ]),
  ];
}

export const failedIn = ({ checked, account }: Result): number =>
  [...checked.flatMap(({ findings }) => findings), ...account].filter(({ result }) => result === 'failed').length;

export function resultJson({ checked, account }: Result, where: Where): object {
  const shown = (index: number | undefined, finding: Finding) => {
    const { path, input, ...rest } = placed(where, index, finding);
    return { ...rest, path: jsonPath(path), ...(index === undefined ? {} : { value: input }) };
  };
  return {
    databases: checked.map(({ entry, index, findings }) => ({
      name: entry.name,
      checks: findings.map((one) => shown(index, one)),
    })),
    account: account.map((one) => shown(undefined, one)),
  };
}
