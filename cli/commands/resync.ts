import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { jsonLines } from '../json.ts';
import { type CommonOptions, databaseCommand } from '../options.ts';
import { codeOf } from '../outcome.ts';
import { headLines, resyncLines } from '../report-text.ts';
import { withSession } from '../session.ts';

export function resyncCommand(io: Io): Command {
  return databaseCommand('resync', 'looks now, confirms a difference, and corrects it').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const report = await session.ask('resync');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...resyncLines(io, report)]);
        io.setExitCode(codeOf(report));
      }),
  );
}
