import type { Report } from '../lib/domain.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';
import { table, wrap } from './table.ts';
import { stateColour, verdictOf } from './words.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** The first lines of every answer: the database, its state in words, why, and who says so. */
export function headLines(io: Io, { selection, place }: Session, report: Report): string[] {
  const { colour, width } = io;
  const { text, paint } = verdictOf(report);
  const { instanceId, address, port } = report.writer ?? {};
  const writer = report.writer ? `${instanceId ? `${instanceId} at ` : ''}${address}:${port}` : 'not known';
  const where = place === 'local' ? 'this machine (--local)' : selection.functionName;
  return [
    `${colour.bold(report.database)}  ${colour[paint](text)}`,
    ...(report.detail ? indent(wrap(report.detail, width - 2)) : []),
    ...(report.reason ? [colour.dim(`  next: docs/runbook.md#${report.reason.toLowerCase()}`)] : []),
    ...indent(
      table(
        [
          ['writer', writer],
          ['asked', `${where}${selection.region ? ` in ${selection.region}` : ''}`],
        ],
        width - 2,
      ),
    ),
  ];
}

/** What the group holds, target by target, and what belongs into it and is not there. */
export function targetLines(io: Io, report: Report): string[] {
  const { colour, width } = io;
  const { targets = [], plan } = report;
  const writer = report.writer && keyOf(report.writer);
  const held = targets.map(({ target, state }) => [
    target,
    stateColour(colour, state),
    target === writer ? 'writer' : report.stale.includes(target) ? 'not wanted' : '',
  ]);
  const known = new Set(targets.filter(({ state }) => !state.endsWith('draining')).map(({ target }) => target));
  const missing = (plan?.register ?? [])
    .filter((target) => !known.has(target))
    .map((target) => [target, colour.red('missing'), target === writer ? 'writer' : 'wanted']);
  const rows = [...held, ...missing];
  if (rows.length === 0) return [`  ${colour.red('the target group is empty')}`];
  // Right and of no use: the group holds the writer, and nobody gets through to it.
  const isServed = targets.length === 0 || targets.some(({ state }) => state === 'healthy');
  return indent([
    ...table([['target', 'state', 'role'].map((head) => colour.dim(head)), ...rows], width - 2),
    ...(isServed ? [] : [colour.yellow('no target is healthy'), colour.dim('next: docs/runbook.md#no-healthy-target')]),
  ]);
}

/** What a plan would do, or what a run has done. */
export function changeLines(
  io: Io,
  register: readonly string[],
  deregister: readonly string[],
  done: boolean,
): string[] {
  const { colour, width } = io;
  const rows = [
    ...register.map((target) => [colour.green('+'), done ? 'registered' : 'register', target]),
    ...deregister.map((target) => [colour.red('-'), done ? 'deregistered' : 'deregister', target]),
  ];
  return rows.length === 0 ? ['  nothing to do'] : indent(table(rows, width - 2));
}

const keyOf = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
