import type { Command } from 'commander';
import { checkLines, failedOf } from '../check-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type CommonOptions, databaseCommand } from '../options.ts';
import { withSession } from '../session.ts';

export function doctorCommand(io: Io): Command {
  return databaseCommand('doctor', 'checks the whole setup, from where the function runs').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const { checks = [], ...report } = await session.ask('doctor');
        io.out(
          options.json ? JSON.stringify({ ...report, checks }, null, 2) : checkLines(io, session, checks).join('\n'),
        );
        io.setExitCode(failedOf(checks).length > 0 ? exitCodes.drift : exitCodes.inSync);
      }),
  );
}
