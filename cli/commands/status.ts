import type { Command } from 'commander';
import type { Report } from '../../lib/domain.ts';
import { type Session, withSession } from '../access/session.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/json.ts';
import { type CommonOptions, databaseCommand, numberFrom } from '../terminal/options.ts';
import { codeOf } from '../terminal/outcome.ts';
import { headLines, targetLines } from '../terminal/report-text.ts';
import { watchLooks } from '../terminal/watch.ts';

type Options = CommonOptions & { readonly watch?: number | true };

const defaultSeconds = 5;

export function statusCommand(io: Io): Command {
  return databaseCommand('status', 'says what the target group holds, and whether that is right')
    .option(
      '--watch [seconds]',
      `looks again and again, every ${defaultSeconds} seconds or as said`,
      numberFrom(1, 3600),
    )
    .action((name: string | undefined, options: Options) =>
      withSession(io, name, options, async (session) => {
        const { watch } = options;
        if (watch === undefined) {
          const report = await session.ask('status');
          io.out(options.json ? jsonLines(report) : lines(io, session, report));
          return io.setExitCode(codeOf(report));
        }
        await watchLooks(io, watch === true ? defaultSeconds : watch, async () => {
          const report = await session.ask('status');
          return { lines: options.json ? jsonLines(report, 0) : lines(io, session, report), code: codeOf(report) };
        });
      }),
    );
}

const lines = (io: Io, session: Session, report: Report): string[] => [
  ...headLines(io, session, report),
  ...targetLines(io, report),
];
