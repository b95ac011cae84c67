import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { jsonLines } from '../json.ts';
import { type CommonOptions, databaseCommand } from '../options.ts';
import { codeOf } from '../outcome.ts';
import { headLines, planLines } from '../report-text.ts';
import { withSession } from '../session.ts';

export function planCommand(io: Io): Command {
  return databaseCommand('plan', 'says what a resync would change, and changes nothing').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const report = await session.ask('plan');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...planLines(io, report)]);
        io.setExitCode(codeOf(report));
      }),
  );
}
