import { type Session, withSessions } from '../access/session.ts';
import type { ExitCode } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import type { CommonOptions } from '../terminal/options.ts';
import { askEach, type Question, worstCode } from './each.ts';
import { refuseSameFault, rowsAsJson, tableLines } from './table.ts';

type Shown = { readonly lines: readonly string[]; readonly code: ExitCode };

/** Asks several databases the question of a command, and prints a table. */
export const onMany = (
  io: Io,
  name: string | undefined,
  options: CommonOptions,
  question: Question,
  { isScheduled = false } = {},
): Promise<void> =>
  withSessions(
    io,
    name,
    options,
    async (sessions) => {
      const { lines, code } = await shownOf(io, sessions, options, question);
      io.out(lines);
      io.setExitCode(code);
    },
    { isScheduled },
  );

/** The answers of several databases as lines, and the exit code of the worst. */
export async function shownOf(
  io: Io,
  sessions: readonly Session[],
  { json }: CommonOptions,
  question: Question,
): Promise<Shown> {
  const rows = await askEach(io, sessions, question);
  if (json) return { lines: rowsAsJson(rows), code: worstCode(rows) };
  refuseSameFault(rows);
  return { lines: tableLines(io, question.heads, rows), code: worstCode(rows) };
}
