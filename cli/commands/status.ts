import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { type CommonOptions, databaseCommand } from '../options.ts';
import { codeOf } from '../outcome.ts';
import { withSession } from '../session.ts';

export function statusCommand(io: Io): Command {
  return databaseCommand('status', 'says what the target group holds, and whether that is right').action(
    (name: string | undefined, options: CommonOptions) =>
      withSession(io, name, options, async (session) => {
        const report = await session.ask('status');
        io.out(JSON.stringify(report, null, 2));
        io.setExitCode(codeOf(report));
      }),
  );
}
