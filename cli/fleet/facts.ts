import type { Report } from '../../lib/domain.ts';
import { argumentOf } from '../access/select.ts';
import type { Session } from '../access/session.ts';
import { type History, missedIn, readHistory } from '../history/history.ts';
import { linesOf } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { runbookOf } from '../terminal/file-words.ts';
import type { Io } from '../terminal/io.ts';
import type { Paint } from '../terminal/verdict.ts';
import type { Alarms } from './alarms.ts';
import { type Answer, faultOf, type Question } from './each.ts';
import { latestOf } from './history.ts';
import { rates } from './rate.ts';
import { answerOf } from './report.ts';

/** What the fleet page shows of a database. A part that could not be read is absent, and `unread` says why. */
export type Facts = {
  readonly region?: string | undefined;
  readonly writer?: string;
  readonly failover?: { readonly text: string; readonly paint: Paint };
  readonly failovers?: number;
  /** The longest, of those that a run corrected. Ms. */
  readonly slowestMs?: number;
  readonly missed?: number;
  /** Those that ring. */
  readonly alarms?: readonly string[];
  readonly unread: readonly string[];
};

export type FleetAnswer = Answer & { readonly facts: Facts };

/** State, history and alarms of each database: what `fleet` asks. */
export const fleetQuestion = (alarms: Alarms, sinceMs: number): Question<FleetAnswer> => ({
  doing: 'fleet',
  heads: ['database', 'failovers', 'missed', 'alarms', 'state'],
  limitMs: 420_000,
  rate: rates.history,
  ask: (session, io) => ask(io, session, alarms, sinceMs),
});

type Part<T> = { readonly value: T } | { readonly error: unknown };

const part = <T>(work: Promise<T>): Promise<Part<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

async function ask(io: Io, session: Session, alarms: Alarms, sinceMs: number): Promise<FleetAnswer> {
  // One after another: ten databases at a time are enough for an account's limits.
  const history = await part(readHistory(io, session, sinceMs));
  const status = await part(session.ask('status'));
  const ringing = await part(alarms.ringing(session));
  return together(session, sinceMs, { status, history, ringing });
}

type Parts = {
  readonly status: Part<Report>;
  readonly history: Part<History>;
  readonly ringing: Part<readonly string[]>;
};

const read = <T>(one: Part<T>): T | undefined => ('value' in one ? one.value : undefined);

function together(session: Session, sinceMs: number, { status, history, ringing }: Parts): FleetAnswer {
  const { selection } = session;
  const told = 'value' in status ? answerOf(status.value, selection, 'status') : faultOf(status.error);
  const past = read(history);
  const alarms = read(ringing);
  const unread = [
    ...('error' in history ? [`events not read: ${linesOf(history.error).join(' ')}`] : []),
    ...('error' in ringing ? [`alarms not read: ${linesOf(ringing.error).join(' ')}`] : []),
  ];
  const [first] = alarms ?? [];
  const isOdd = first !== undefined || past?.isWell === false;
  const code =
    told.code === exitCodes.fault || unread.length > 0 ? exitCodes.fault : isOdd ? exitCodes.drift : told.code;
  const worse: Paint = first !== undefined ? 'red' : 'yellow';
  const facts: Facts = { region: selection.region, unread, ...pastOf(past), ...(alarms ? { alarms } : {}) };
  const next =
    told.next ??
    (first === undefined ? undefined : `${runbookOf(selection)}#${first}`) ??
    (past?.isWell === false
      ? `rds-target events ${argumentOf(selection)} --since ${Math.ceil(sinceMs / 3_600_000)}h`
      : undefined);
  return {
    ...told,
    code,
    paint: told.paint === 'red' || (code === told.code && unread.length === 0 && !isOdd) ? told.paint : worse,
    cells: [facts.failovers, facts.missed, alarms?.length].map((count) => String(count ?? '?')),
    text: [told.text, alarms && alarms.length > 0 ? `ALARM ${alarms.join(', ')}` : '', ...unread]
      .filter(Boolean)
      .join('; '),
    next,
    json: {
      ...told.json,
      ...(past ? { failovers: past.failovers, missed: missedIn(past) } : {}),
      ...(alarms ? { alarms } : {}),
      ...(unread.length > 0 ? { unread } : {}),
    },
    facts: 'value' in status ? { writer: told.cells[0] ?? '', ...facts } : facts,
  };
}

function pastOf(past: History | undefined) {
  if (!past) return {};
  const lags = past.failovers.flatMap(({ lagMs }) => lagMs ?? []);
  return {
    failover: latestOf(past),
    failovers: past.failovers.length,
    missed: missedIn(past),
    ...(lags.length > 0 ? { slowestMs: Math.max(...lags) } : {}),
  };
}
