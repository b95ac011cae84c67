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
  /** Functions whose log is not there: what they did is not known, and an event that woke them looks missed. */
  readonly withoutLog?: readonly string[];
  /** What holds more than is read, and until when it was. */
  readonly unread?: readonly { readonly what: string; readonly readUntil: number }[];
  /** How many lines of the logs look like reports and are none. */
  readonly unreadable?: number;
  /** A run reports when it ends: one that an event after this time woke may still be at work. */
  readonly pendingSince: number;
};

const defaultWatchSeconds = 120;
/** A run may take the whole watch; then its report has to come through, and an event takes its time as well. */
const reportedAfter = 1.25;

/** Everything that RDS and the functions recorded in this time. */
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
    // A run after the end of what was read of the log may have reported.
    const runsUntil = Math.min(...logs.flatMap((log) => log?.readUntil ?? []), window.until);
    return {
      events: recorded.events,
      ...(withoutLog.length > 0 ? { withoutLog } : {}),
      ...(unread.length > 0 ? { unread } : {}),
      ...(unreadable > 0 ? { unreadable } : {}),
      pendingSince: runsUntil - database.watchSeconds * reportedAfter * 1000,
      runs: logs.flatMap((log) => log?.runs ?? []),
      failures: logs.flatMap((log) => log?.failures ?? []),
    };
  });
}

type Followed = { readonly kind: string; readonly id?: string; readonly watchSeconds: number };

async function databaseOf(io: Io, session: Session): Promise<Followed> {
  const { entry } = session.selection;
  if (entry) {
    const { database, reconcile } = entry;
    const id = database.kind === 'hostname' ? database.identifier : database.id;
    return { kind: database.kind, id, watchSeconds: reconcile?.watchSeconds ?? defaultWatchSeconds };
  }
  const { Environment } = await configurationOf(io, session);
  const { DATABASE_KIND = 'instance', DATABASE_ID, WATCH_SECONDS } = Environment?.Variables ?? {};
  return { kind: DATABASE_KIND, id: DATABASE_ID, watchSeconds: Number(WATCH_SECONDS) || defaultWatchSeconds };
}
