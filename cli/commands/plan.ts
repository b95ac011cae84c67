import type { Command } from 'commander';
import { isMany } from '../access/select-many.ts';
import { withSession } from '../access/session.ts';
import { onMany } from '../fleet/many.ts';
import { reportQuestion } from '../fleet/report.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, manyCommand } from '../terminal/options.ts';
import { headLines, planLines } from '../terminal/report-text.ts';
import { jsonLines } from '../terminal/text.ts';
import { codeOf } from '../terminal/verdict.ts';

export function planCommand(io: Io): Command {
  return manyCommand('plan', 'shows what a resync would change, and changes nothing').action(
    (name: string | undefined, options: CommonOptions) => {
      if (isMany(name, options)) return onMany(io, name, options, reportQuestion('plan'));
      return withSession(io, name, options, async (session) => {
        const report = await session.ask('plan');
        if (options.json) io.out(jsonLines(report));
        else io.out([...headLines(io, session, report), ...planLines(io, report)]);
        io.setExitCode(codeOf(report));
      });
    },
  );
}
