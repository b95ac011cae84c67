import type { Command } from 'commander';
import { withSession } from '../access/session.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, databaseCommand } from '../terminal/options.ts';
import { headLines, resyncLines } from '../terminal/report-text.ts';
import { jsonLines } from '../terminal/text.ts';
import { codeOf } from '../terminal/verdict.ts';

export function resyncCommand(io: Io): Command {
  return databaseCommand('resync', 'checks now, confirms a difference, and corrects it').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const report = await session.ask('resync');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...resyncLines(io, report)]);
        io.setExitCode(codeOf(report));
      }),
  );
}
