import { argumentOf } from '../access/select.ts';
import type { Session } from '../access/session.ts';
import { isWell } from '../history/failovers.ts';
import { type History, historyAsJson, missedIn, readHistory } from '../history/history.ts';
import { failoverText } from '../history/text.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Answer, Question } from './each.ts';
import { rates } from './rate.ts';

/** A week of a busy log is read in pages, slowly where AWS throttles. */
const limitMs = 300_000;

/** What `events` asks of each of several databases. */
export const historyQuestion = (sinceMs: number): Question => ({
  doing: 'events',
  heads: ['database', 'failovers', 'missed', 'latest failover, or the latest that went wrong'],
  limitMs,
  rate: rates.history,
  ask: async (session, io) => answerOf(await readHistory(io, session, sinceMs), session, sinceMs),
});

function answerOf(history: History, { selection }: Session, sinceMs: number): Answer {
  const { failovers, records } = history;
  const { text, paint } = latestOf(history);
  return {
    code: history.isWell ? exitCodes.inSync : exitCodes.drift,
    paint: records.unread ? 'red' : paint,
    cells: [String(failovers.length), String(missedIn(history))],
    text: records.unread ? `${text}; there is more than is read` : text,
    next: history.isWell ? undefined : `rds-target events ${argumentOf(selection)} --since ${hoursOf(sinceMs)}`,
    json: historyAsJson(history),
  };
}

const hoursOf = (ms: number): string => `${Math.ceil(ms / 3_600_000)}h`;

/** The latest failover that went wrong, or else the latest. */
export function latestOf({ failovers, records }: History): ReturnType<typeof failoverText> {
  const told = failovers.findLast((failover) => !isWell(failover, records)) ?? failovers.at(-1);
  if (!told) return { text: 'no failover', paint: 'dim' };
  const { text, paint } = failoverText(told, records);
  return { text: `${new Date(told.startedAt).toISOString().slice(0, 16).replace('T', ' ')} ${text}`, paint };
}
