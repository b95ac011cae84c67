import type { Io } from '../terminal/io.ts';
import { hung, table } from '../terminal/text.ts';
import type { Paint } from '../terminal/verdict.ts';
import { type Failover, type Heard, heardOf, isWell } from './failovers.ts';
import type { Run } from './logs.ts';
import type { Records } from './read.ts';

type Row = { readonly at: number; readonly who: string; readonly text: string; readonly mark?: 'bad' | 'good' };

const seconds = (ms: number): string =>
  ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 19);
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What is missing from the timeline. */
export function gapLines({ colour, width }: Io, records: Records): string[] {
  const { withoutLog = [], unread = [], unreadable = 0, logLevel } = records;
  const gaps = [
    ...withoutLog.map(
      (name) =>
        `there is no log of ${name}: its runs are unknown, and events that woke it count as MISSED. Is it deployed under this name?`,
    ),
    ...(logLevel
      ? [
          `the functions log from ${logLevel} on: runs that go well leave no line, and events that woke them count as MISSED. Set reconcile.logLevel to INFO (LOG_LEVEL)`,
        ]
      : []),
    ...unread.map(
      ({ what, readUntil }) =>
        `${what}: there is more than is read here, and nothing is known after ${new Date(readUntil).toISOString().slice(0, 19)}Z. Choose a later --since`,
    ),
    ...(unreadable > 0
      ? [`${unreadable} log lines resemble reports but are none: something else writes to these logs`]
      : []),
  ];
  return gaps.flatMap((gap) => hung(gap, width).map((line) => colour.yellow(line)));
}

/** The timeline, day by day, in UTC. */
export function timelineLines(io: Io, records: Records): string[] {
  const { colour, width } = io;
  const rows = rowsOf(records);
  const days = [...new Set(rows.map(({ at }) => dayOf(at)))];
  const whoWidth = Math.max(...rows.map(({ who }) => who.length), 0);
  return days.flatMap((day) => [
    colour.bold(`${day} UTC`),
    ...rows
      .filter(({ at }) => dayOf(at) === day)
      .flatMap(({ at, who, text, mark }) => {
        const paint = mark === 'bad' ? colour.red : mark === 'good' ? colour.green : (line: string) => line;
        return table([[timeOf(at), colour.cyan(who.padEnd(whoWidth)), text]], width, paint);
      }),
  ]);
}

function rowsOf(records: Records): Row[] {
  const { events, runs, failures } = records;
  const rows: Row[] = [
    ...events.map((event): Row => {
      const heard = heardOf(event, records);
      const isMissed = heard?.kind === 'missed' || heard?.kind === 'late';
      return {
        at: event.at,
        who: 'rds',
        text: `${event.message}${heardText(heard)}`,
        ...(isMissed ? { mark: 'bad' } : {}),
      };
    }),
    ...runRows(runs),
    ...failures.map(
      ({ at, functionName, message }): Row => ({
        at,
        who: shortName(functionName),
        text: `failed: ${message}`,
        mark: 'bad',
      }),
    ),
  ];
  return rows.sort((one, other) => one.at - other.at);
}

function heardText(heard: Heard | undefined): string {
  switch (heard?.kind) {
    case 'missed':
      return ' [MISSED: woke no run]';
    case 'late':
      return ` [LATE: after ${seconds(heard.afterMs)}]`;
    case 'heard':
      return ` [heard after ${seconds(heard.afterMs)}]`;
    case 'pending':
      return ' [no run has reported yet]';
    case undefined:
      return '';
  }
}

/** Consecutive scheduled checks with the same result are one row. Ignored runs show only at the event that woke them. */
function runRows(runs: readonly Run[]): Row[] {
  const told = runs
    .filter(({ report }) => report.outcome !== 'ignored')
    .sort((one, other) => one.startedAt - other.startedAt);
  const rows: Row[] = [];
  let same: { key: string; count: number; index: number } | undefined;
  for (const run of told) {
    const text = runText(run);
    const key = `${run.functionName} ${text}`;
    if (run.report.trigger.kind === 'schedule' && same?.key === key) {
      same.count += 1;
      const first = rows[same.index];
      if (first) rows[same.index] = { ...first, text: `${text} (${same.count} checks, until ${timeOf(run.endedAt)})` };
      continue;
    }
    same = { key, count: 1, index: rows.length };
    rows.push({ at: run.startedAt, who: shortName(run.functionName), text, ...markOf(run) });
  }
  return rows;
}

const markOf = ({ report }: Run): Pick<Row, 'mark'> =>
  report.outcome === 'changed' ? { mark: 'good' } : report.outcome === 'held' ? { mark: 'bad' } : {};

function runText({ report }: Run): string {
  const { trigger, outcome, reason, registered, deregistered } = report;
  const why = trigger.eventId ?? trigger.action ?? trigger.kind;
  const steps = [...registered.map((target) => `+${target}`), ...deregistered.map((target) => `-${target}`)];
  return `${why}: ${outcome}${reason ? ` (${reason})` : ''}${steps.length > 0 ? ` ${steps.join(' ')}` : ''}`;
}

const shortName = (functionName: string): string => /(failover|drift)$/.exec(functionName)?.[1] ?? functionName;

/** One line per failover: how long the correction took, and what triggered it. */
export function failoverLines(io: Io, failovers: readonly Failover[], records: Records): string[] {
  const { colour, width } = io;
  if (failovers.length === 0) return ['no failover'];
  return failovers.flatMap((failover) => {
    const { startedAt } = failover;
    const { text, paint } = failoverText(failover, records);
    return table([[`failover ${dayOf(startedAt)} ${timeOf(startedAt)}`, text]], width, colour[paint]);
  });
}

export function failoverText(failover: Failover, records: Records): { readonly text: string; readonly paint: Paint } {
  const { events } = failover;
  const heard = events.map((event) => heardOf(event, records)?.kind);
  const count = (kind: Heard['kind']) => heard.filter((one) => one === kind).length;
  const marks = [
    count('missed') > 0 ? `${count('missed')} of ${events.length} events MISSED` : '',
    count('late') > 0 ? `${count('late')} LATE` : '',
  ].filter(Boolean);
  const text = [lagText(failover, count('pending') > 0), ...marks].join('; ');
  if (!isWell(failover, records)) return { text, paint: 'red' };
  return { text, paint: marks.length === 0 ? 'green' : 'yellow' };
}

function lagText({ lagMs, correctedBy }: Failover, isPending: boolean): string {
  if (lagMs === undefined || !correctedBy)
    return isPending ? 'no run has reported yet: try again in a few minutes' : 'no run changed the group';
  const by = { event: 'by an event', schedule: 'by the schedule', manual: 'by hand' };
  return `in sync after ${seconds(lagMs)}, ${by[correctedBy]}`;
}
