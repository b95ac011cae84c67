import { takesConnections } from '../../lib/decision/served.ts';
import type { Report } from '../../lib/domain.ts';
import { argumentOf } from '../access/select.ts';
import type { Session } from '../access/session.ts';
import { fileWords, runbookOf } from './file-words.ts';
import type { Io } from './io.ts';
import { table, wrap } from './text.ts';
import { isShifted, stateColour, verdictOf } from './verdict.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** The first lines of every answer: the database, its state, the reason, and the function that reported it. */
export function headLines(io: Io, { selection, place }: Session, report: Report): string[] {
  const { colour, width } = io;
  const { text, paint } = verdictOf(report);
  const { instanceId, address, port } = report.writer ?? {};
  const writer = report.writer ? `${instanceId ? `${instanceId} at ` : ''}${address}:${port}` : 'not known';
  const where = place === 'local' ? 'this machine (--local)' : selection.functionName;
  return [
    `${colour.bold(report.database)}  ${colour[paint](text)}`,
    ...(report.detail ? indent(wrap(fileWords(report.detail, selection), width - 2)) : []),
    ...(report.pausedUntil
      ? indent(
          wrap(`the functions only observe until then; rds-target resume ${argumentOf(selection)} ends it`, width - 2),
        )
      : []),
    ...(report.reason ? [colour.dim(`  next: ${runbookOf(selection)}#${report.reason.toLowerCase()}`)] : []),
    ...indent(
      table(
        [
          ['writer', writer],
          ...(report.standby ? [['standby', standbyText(report)]] : []),
          ['asked', `${where}${selection.region ? ` in ${selection.region}` : ''}`],
        ],
        width - 2,
      ),
    ),
  ];
}

/** A standby does not listen before a failover: its health checks fail, and no client notices. */
function standbyText({ standby, targets = [] }: Report): string {
  if (!standby?.target) return standby?.kind === 'unread' ? 'not known now' : 'none, see above';
  const state = targets.find(({ target }) => target === standby.target)?.state;
  const said = state === 'unhealthy' ? 'unhealthy is normal' : (state ?? 'not registered yet');
  return `${standby.target} (${said})`;
}

/** The targets in the group, and the desired ones that are missing. */
export function targetLines(io: Io, report: Report): string[] {
  const { colour, width } = io;
  const { targets = [], plan } = report;
  const held = targets.map(({ target, state, override }) => [
    target,
    override
      ? `${stateColour(colour, state)} ${colour.red(override)}`
      : isIdle(report, target, state)
        ? colour.dim(state)
        : stateColour(colour, state),
    roleOf(report, target),
  ]);
  const known = new Set(targets.filter(({ state }) => !state.endsWith('draining')).map(({ target }) => target));
  const missing = (plan?.register ?? [])
    .filter((target) => !known.has(target))
    .map((target) => [target, colour.red('missing'), roleOf(report, target) || 'wanted']);
  const rows = [...held, ...missing];
  if (rows.length === 0) return [`  ${colour.red('the target group is empty')}`];
  return indent([
    ...table([['target', 'state', 'role'].map((head) => colour.dim(head)), ...rows], width - 2),
    ...unservedLines(io, report),
  ]);
}

const roleOf = ({ writer, standby, stale }: Report, target: string): string => {
  if (writer && target === keyOf(writer)) return 'writer';
  if (target === standby?.target) return 'standby';
  return stale.includes(target) ? 'not wanted' : '';
};

const isIdle = ({ standby }: Report, target: string, state: string): boolean =>
  target === standby?.target && state === 'unhealthy';

/** The group may hold the writer and still serve no consumer. */
function unservedLines({ colour, width }: Io, { targets = [] }: Report): string[] {
  if (targets.length === 0 || targets.some(takesConnections)) return [];
  const isNew = targets.some(({ state }) => state === 'initial');
  return [
    ...wrap(
      isShifted({ targets })
        ? 'a zonal shift keeps new connections away from every healthy target'
        : isNew
          ? 'no target is healthy yet: a new one takes 90 to 180 seconds'
          : 'no target is healthy: consumers are not served',
      width - 2,
    ).map(colour.yellow),
    colour.dim('next: docs/runbook.md#no-healthy-target'),
  ];
}

/** What a resync would change, or why it would change nothing. */
export function planLines(io: Io, report: Report): string[] {
  const { kind, register = [], deregister = [] } = report.plan ?? {};
  if (register.length + deregister.length > 0) return changeRows(io, register, deregister, false);
  return [...indent(wrap(kind ? noPlan[kind] : 'the function gave no plan', io.width - 2)), ...unserved(io, report)];
}

const noPlan: Readonly<Record<NonNullable<Report['plan']>['kind'], string>> = {
  'in-sync': 'nothing to do',
  change: 'nothing to do',
  hold: 'no plan: a resync would change nothing while the desired targets are unknown',
  waiting:
    'nothing to do yet: a target leaves once its replacement is healthy, or its address has been absent several times',
};

/** What a resync has done, or why it did nothing. */
export function resyncLines(io: Io, report: Report): string[] {
  const { outcome, registered, deregistered, plan } = report;
  const done = changeRows(io, registered, deregistered, true);
  const rest = () => {
    switch (outcome) {
      case 'in-sync':
        return ['nothing to do'];
      case 'waiting':
        return wrap(
          'the group is not right yet: the next run continues, and status shows what is missing',
          io.width - 2,
        );
      case 'observed':
        return wrap('nothing was changed: the function only observes. It would have made these changes:', io.width - 2);
      default:
        return [];
    }
  };
  return [
    ...done,
    ...indent(rest()),
    ...(outcome === 'observed' && plan ? changeRows(io, plan.register, plan.deregister, false) : []),
    ...unserved(io, report),
  ];
}

const unserved = (io: Io, report: Report): string[] => indent(unservedLines(io, report));

/** The changes of a plan or of a run. */
function changeRows(io: Io, register: readonly string[], deregister: readonly string[], done: boolean): string[] {
  const { colour, width } = io;
  const rows = [
    ...register.map((target) => [colour.green('+'), done ? 'registered' : 'register', target]),
    ...deregister.map((target) => [colour.red('-'), done ? 'deregistered' : 'deregister', target]),
  ];
  return rows.length === 0 ? [] : indent(table(rows, width - 2));
}

/** Where the writer is, without its name, for a table. */
export const writerOf = ({ writer }: Report): string => (writer ? keyOf(writer) : 'not known');

const keyOf = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
