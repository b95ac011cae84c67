import type { Action, Report } from '../../lib/domain.ts';
import { argumentOf, type Selection } from '../access/select.ts';
import { runbookOf } from '../terminal/file-words.ts';
import { writerOf } from '../terminal/report-text.ts';
import { codeOf, isServed, verdictOf } from '../terminal/verdict.ts';
import type { Answer, Question } from './each.ts';
import { rates } from './rate.ts';

/** A run that only reads takes seconds, also from a cold start; Lambda itself ends a resync. */
const limitsMs = { status: 60_000, plan: 60_000, resync: 900_000 } as const;

/** What `status`, `plan` and `resync` ask of each of several databases. */
export const reportQuestion = (action: keyof typeof limitsMs): Question => ({
  doing: action,
  heads: ['database', 'writer', 'state'],
  limitMs: limitsMs[action],
  rate: rates[action],
  ask: async (session) => answerOf(await session.ask(action), session.selection, action),
});

export function answerOf(report: Report, selection: Selection, action: Action): Answer {
  const { text, paint } = verdictOf(report);
  return {
    code: codeOf(report),
    paint,
    cells: [writerOf(report)],
    text,
    next: nextOf(report, selection, action),
    json: report,
  };
}

function nextOf(report: Report, selection: Selection, action: Action): string | undefined {
  const { reason, pausedUntil, outcome } = report;
  const typed = (command: string) => `rds-target ${command} ${argumentOf(selection)}`;
  if (reason) return `${runbookOf(selection)}#${reason.toLowerCase()}`;
  if (pausedUntil) return `${typed('resume')} ends the pause`;
  if (outcome === 'observed') return action === 'resync' ? typed('doctor') : typed('resync');
  if (isServed(report) === false) return `${runbookOf(selection)}#no-healthy-target`;
  return outcome === 'waiting' ? typed('status') : undefined;
}
