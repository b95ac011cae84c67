import type { Command } from 'commander';
import { withSession } from '../access/session.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, databaseCommand } from '../terminal/options.ts';
import { headLines, planLines } from '../terminal/report-text.ts';
import { jsonLines } from '../terminal/text.ts';
import { codeOf } from '../terminal/verdict.ts';

export function planCommand(io: Io): Command {
  return databaseCommand('plan', 'shows what a resync would change, and changes nothing').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const report = await session.ask('plan');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...planLines(io, report)]);
        io.setExitCode(codeOf(report));
      }),
  );
}
