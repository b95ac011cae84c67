import type { Command } from 'commander';
import { isMany } from '../access/select-many.ts';
import { withSession } from '../access/session.ts';
import { onMany } from '../fleet/many.ts';
import { reportQuestion } from '../fleet/report.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, manyCommand } from '../terminal/options.ts';
import { headLines, resyncLines } from '../terminal/report-text.ts';
import { jsonLines } from '../terminal/text.ts';
import { codeOf } from '../terminal/verdict.ts';

export function resyncCommand(io: Io): Command {
  return manyCommand('resync', 'checks now, confirms a difference, and corrects it').action(
    (name: string | undefined, options: CommonOptions) => {
      if (isMany(name, options)) return onMany(io, name, options, reportQuestion('resync'));
      return withSession(io, name, options, async (session) => {
        const report = await session.ask('resync');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...resyncLines(io, report)]);
        io.setExitCode(codeOf(report));
      });
    },
  );
}
