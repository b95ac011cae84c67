import { configurationOf } from '../access/configuration.ts';
import type { Session } from '../access/session.ts';
import { CliError } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { type Failure, type Run, readLog, type Window } from './logs.ts';
import { type RdsEvent, readEvents, subjectsOf } from './rds.ts';

export type Records = {
  readonly events: readonly RdsEvent[];
  readonly runs: readonly Run[];
  readonly failures: readonly Failure[];
  /** Functions without a log: their runs are unknown, and events that woke them count as missed. */
  readonly withoutLog?: readonly string[];
  /** Sources with more than is read here, and the time up to which they were read. */
  readonly unread?: readonly { readonly what: string; readonly readUntil: number }[];
  /** How many log lines resemble reports but are none. */
  readonly unreadable?: number;
  /** Where the functions log less than what `events` reads. */
  readonly logLevel?: string;
  /** A run reports when it ends: a run woken by an event after this time may still be running. */
  readonly pendingSince: number;
};

const defaultWatchSeconds = 120;
/** A run may take the whole watch, and both the event and the report take time to arrive. */
const reportedAfter = 1.25;

/** Everything that RDS and the functions recorded in this window. */
export async function readRecords(io: Io, session: Session, window: Window): Promise<Records> {
  const { selection, clients } = session;
  const { region, functionNames } = selection;
  const database = await databaseOf(io, session);
  return withProgress(io, 'reading events and logs', async () => {
    const subjects = await subjectsOf(clients, database, region);
    const [recorded, ...logs] = await Promise.all([
      readEvents(clients, subjects, window, region),
      ...functionNames.map((name) => readLog(clients, name, window, region)),
    ]);
    if (logs.every((log) => log === undefined))
      throw new CliError(
        `there is no log of ${functionNames.join(' or ')}${region ? ` in ${region}` : ''}`,
        `check that it is deployed there (--region, --profile), or name a function with --function NAME`,
      );
    const withoutLog = functionNames.filter((_, index) => logs[index] === undefined);
    const unread = [
      { what: "RDS's events", readUntil: recorded.readUntil },
      ...functionNames.map((name, index) => ({ what: `the log of ${name}`, readUntil: logs[index]?.readUntil })),
    ].flatMap(({ what, readUntil }) => (readUntil === undefined ? [] : [{ what, readUntil }]));
    const unreadable = logs.reduce((sum, log) => sum + (log?.unreadable ?? 0), 0);
    // A run may have reported after the last log line that was read.
    const runsUntil = Math.min(...logs.flatMap((log) => log?.readUntil ?? []), window.until);
    return {
      events: recorded.events,
      ...(withoutLog.length > 0 ? { withoutLog } : {}),
      ...(unread.length > 0 ? { unread } : {}),
      ...(unreadable > 0 ? { unreadable } : {}),
      ...(quietLevels.includes(database.logLevel) ? { logLevel: database.logLevel } : {}),
      pendingSince: runsUntil - database.watchSeconds * reportedAfter * 1000,
      runs: logs.flatMap((log) => log?.runs ?? []),
      failures: logs.flatMap((log) => log?.failures ?? []),
    };
  });
}

type Followed = {
  readonly kind: string;
  readonly id?: string;
  readonly watchSeconds: number;
  readonly logLevel: string;
};

/** With these a run that went well, and has changed something, leaves no line. */
const quietLevels = ['WARN', 'ERROR', 'SILENT'];

async function databaseOf(io: Io, session: Session): Promise<Followed> {
  const { entry } = session.selection;
  if (entry) {
    const { database, reconcile } = entry;
    const id = database.kind === 'hostname' ? database.identifier : database.id;
    const { watchSeconds = defaultWatchSeconds, logLevel = '' } = reconcile ?? {};
    return { kind: database.kind, id, watchSeconds, logLevel };
  }
  const { Environment } = await configurationOf(io, session);
  const {
    DATABASE_KIND: kind = 'instance',
    DATABASE_ID: id,
    WATCH_SECONDS,
    LOG_LEVEL = '',
  } = Environment?.Variables ?? {};
  const watchSeconds = Number(WATCH_SECONDS) || defaultWatchSeconds;
  return { kind, id, watchSeconds, logLevel: LOG_LEVEL.toUpperCase() };
}
