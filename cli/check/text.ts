import type { DatabasesText } from '../../infra/config/databases-file.ts';
import { jsonPath, type Path, placeText } from '../../infra/config/problems.ts';
import { at, listAt, textAt } from '../../infra/config/values.ts';
import { checkRow, gravity, note, words } from '../doctor/text.ts';
import type { Io } from '../terminal/io.ts';
import { deployWith, hung } from '../terminal/text.ts';
import type { Finding } from './findings.ts';
import type { Result } from './run.ts';

type Where = Pick<DatabasesText, 'base' | 'content'>;

/** A finding with its path in the file, its line and its column. `entry`: the path of what it is about, if not of the account. */
const placed = ({ base, content }: Where, entry: Path | undefined, finding: Finding) => {
  const path: Path = [...(entry ?? base), ...finding.path];
  return { ...finding, path, ...content.placeOf(path), input: at(content.value, path) };
};

type Told = ReturnType<typeof placed>;

/** What was found, by the name and the path of each entry. */
const blocksOf = ({ checked, balancers }: Result, { base, content }: Where) => [
  ...checked.map(({ entry, index, findings }) => ({ name: entry.name, path: [...base, index] as Path, findings })),
  ...balancers.map(({ entry, findings }) => {
    const all = listAt(content.value, 'loadBalancers') ?? [];
    const index = all.findIndex((one) => textAt(one, 'name') === entry.name);
    return { name: entry.name, path: ['loadBalancers', index] as Path, findings };
  }),
];

/** `$[0].vpc.id is "vpc-1"; allowed: … (line 4, column 9)`, as synth says it; of what is all right, only what was found. */
function detailOf({ path, input, result, detail, line, column }: Told, entry: Path | undefined): string {
  if (result !== 'failed' || entry === undefined) return detail;
  return `${placeText({ path, input })}${detail.startsWith('allowed: ') ? ';' : ':'} ${detail} (line ${line}, column ${column})`;
}

export function resultLines(io: Io, result: Result, where: Where, file: string): string[] {
  const { checked, account } = result;
  const isOne = checked.length === 1;
  const blocks = [
    ...blocksOf(result, where).map(({ name, path, findings }) => blockOf(io, name, findings, { where, path, isOne })),
    ...(account.length > 0 ? [blockOf(io, 'the account', account, { where, path: undefined, isOne })] : []),
  ];
  const failed = failedIn(result);
  const next = isOne ? (checked[0]?.entry.name ?? '') : 'NAME';
  return [...blocks.flat(), ...(failed === 0 ? hung(`Next: ${deployWith(next, file)}`, io.width) : [])];
}

type Block = { readonly where: Where; readonly path: Path | undefined; readonly isOne: boolean };

/** Of one database everything is told; of many, what is not all right. */
function blockOf(io: Io, name: string, findings: readonly Finding[], { where, path, isOne }: Block): string[] {
  const { colour, width } = io;
  const paint = { ok: colour.green, failed: colour.red, 'not-checked': colour.yellow };
  const count = (one: Finding['result']) => findings.filter(({ result }) => result === one).length;
  const sum = `${count('ok')} ok, ${count('failed')} failed, ${count('not-checked')} not checked`;
  const shown = findings
    .filter(({ result }) => isOne || result !== 'ok')
    .toSorted((a, b) => gravity[a.result] - gravity[b.result])
    .map((finding) => placed(where, path, finding));
  const nameWidth = Math.max(...shown.map(({ check }) => check.length), 0);
  return [
    `${colour.bold(name)}  ${count('failed') > 0 ? colour.red(sum) : sum}`,
    ...shown.flatMap((one) => [
      ...checkRow(
        paint[one.result](words[one.result].padEnd(11)),
        one.check.padEnd(nameWidth),
        detailOf(one, path),
        width,
      ),
      ...note(io, 'do', one.remedy),
    ]),
  ];
}

export const failedIn = ({ checked, balancers, account }: Result): number =>
  [...[...checked, ...balancers].flatMap(({ findings }) => findings), ...account].filter(
    ({ result }) => result === 'failed',
  ).length;

export function resultJson(result: Result, where: Where): object {
  const shown = (entry: Path | undefined, finding: Finding) => {
    const { path, input, ...rest } = placed(where, entry, finding);
    return { ...rest, path: jsonPath(path), ...(entry === undefined ? {} : { value: input }) };
  };
  const blocks = blocksOf(result, where).map(({ name, path, findings }) => ({
    name,
    checks: findings.map((one) => shown(path, one)),
  }));
  const count = result.checked.length;
  return {
    databases: blocks.slice(0, count),
    ...(result.balancers.length > 0 ? { loadBalancers: blocks.slice(count) } : {}),
    account: result.account.map((one) => shown(undefined, one)),
  };
}
