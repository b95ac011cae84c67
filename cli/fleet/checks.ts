import type { Report } from '../../lib/domain.ts';
import { argumentOf, type Selection } from '../access/select.ts';
import { diagnosed } from '../doctor/ask.ts';
import { failedOf } from '../doctor/text.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Answer, Question } from './each.ts';
import { rates } from './rate.ts';

/** What `doctor` asks of each of several databases. */
export const checksQuestion: Question = {
  doing: 'doctor',
  heads: ['database', 'ok', 'failed', 'not checked', 'checks'],
  // Both functions, then what is read with the operator's credentials.
  limitMs: 180_000,
  rate: rates.doctor,
  ask: async (session, io) => answerOf(await diagnosed(io, session), session.selection),
};

function answerOf(report: Report, selection: Selection): Answer {
  const { checks = [] } = report;
  const failed = failedOf(checks);
  const count = (result: 'ok' | 'not-checked') => checks.filter((one) => one.result === result).length;
  const unchecked = count('not-checked');
  return {
    code: failed.length > 0 ? exitCodes.drift : exitCodes.inSync,
    paint: failed.length > 0 ? 'red' : unchecked > 0 ? 'yellow' : 'green',
    cells: [String(count('ok')), String(failed.length), String(unchecked)],
    text: failed.length > 0 ? `FAILED ${[...new Set(failed.map(({ check }) => check))].join(', ')}` : 'no check failed',
    next: failed.length > 0 ? `rds-target doctor ${argumentOf(selection)}` : undefined,
    json: report,
  };
}
