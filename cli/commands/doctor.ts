import type { Command } from 'commander';
import { isMany } from '../access/select-many.ts';
import { type Session, withSession } from '../access/session.ts';
import { diagnosed } from '../doctor/ask.ts';
import { checkLines, failedOf } from '../doctor/text.ts';
import { checksQuestion } from '../fleet/checks.ts';
import { onMany } from '../fleet/many.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { type CommonOptions, manyCommand } from '../terminal/options.ts';
import { jsonLines } from '../terminal/text.ts';

const scheduled = { isScheduled: true };

export function doctorCommand(io: Io): Command {
  return manyCommand('doctor', 'checks the whole setup from where the functions run').action(
    (name: string | undefined, options: CommonOptions) => {
      if (isMany(name, options)) return onMany(io, name, options, checksQuestion, scheduled);
      return withSession(io, name, options, (session) => doctor(io, session, options), scheduled);
    },
  );
}

async function doctor(io: Io, session: Session, { json }: CommonOptions): Promise<void> {
  const report = await diagnosed(io, session);
  const { checks = [] } = report;
  io.out(json ? jsonLines(report) : checkLines(io, session, checks));
  io.setExitCode(failedOf(checks).length > 0 ? exitCodes.drift : exitCodes.inSync);
}
