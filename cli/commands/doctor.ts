import type { Command } from 'commander';
import type { Report } from '../../lib/domain.ts';
import { type Session, withSession } from '../access/session.ts';
import { askAll } from '../doctor/ask.ts';
import { checkLines, failedOf } from '../terminal/check-text.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/json.ts';
import { type CommonOptions, databaseCommand } from '../terminal/options.ts';
import { withProgress } from '../terminal/progress.ts';

/** A fresh sandbox has done nothing yet, and doctor would say so. AWS ms. */
const scheduleMs = 61_000;

export function doctorCommand(io: Io): Command {
  return databaseCommand('doctor', 'checks the whole setup, from where the functions run').action(
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
          const report = await asked(io, session);
          const { checks = [] } = report;
          io.out(options.json ? jsonLines(report) : checkLines(io, session, checks));
          io.setExitCode(failedOf(checks).length > 0 ? exitCodes.drift : exitCodes.inSync);
        },
        { isScheduled: true },
      ),
  );
}

/** Both functions, and where their role may not look, the operator. */
async function asked(io: Io, session: Session): Promise<Report> {
  if (session.place === 'local') return session.ask('doctor');
  const report = await askAll(session);
  // Its clients cost time to load, which no other command pays.
  const { filledIn } = await import('../doctor/own-credentials.ts');
  return { ...report, checks: await filledIn(io, session, report) };
}
