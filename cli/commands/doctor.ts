import type { Command } from 'commander';
import { checkLines, failedOf } from '../check-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type CommonOptions, databaseCommand } from '../options.ts';
import { withProgress } from '../progress.ts';
import { withSession } from '../session.ts';

/** A fresh sandbox has done nothing yet, and doctor would say so. AWS ms. */
const scheduleMs = 61_000;

export function doctorCommand(io: Io): Command {
  return databaseCommand('doctor', 'checks the whole setup, from where the function runs').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(
        io,
        name,
        options,
        async (session) => {
          const { sandbox } = session;
          if (sandbox)
            await withProgress(io, 'waiting for the first scheduled check', async () => {
              await sandbox.clock.sleep(scheduleMs);
              await sandbox.functions.drift.idle();
            });
          const { checks = [], ...report } = await session.ask('doctor');
          io.out(
            options.json ? JSON.stringify({ ...report, checks }, null, 2) : checkLines(io, session, checks).join('\n'),
          );
          io.setExitCode(failedOf(checks).length > 0 ? exitCodes.drift : exitCodes.inSync);
        },
        { isScheduled: true },
      ),
  );
}
