import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { connectCheckCommand } from './commands/connect-check.ts';
import { connectionsCommand } from './commands/connections.ts';
import { doctorCommand } from './commands/doctor.ts';
import { drillCommand } from './commands/drill.ts';
import { eventsCommand } from './commands/events.ts';
import { fleetCommand } from './commands/fleet.ts';
import { initCommand } from './commands/init.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { planCommand } from './commands/plan.ts';
import { resyncCommand } from './commands/resync.ts';
import { statusCommand } from './commands/status.ts';
import { errorLines, UsageError } from './terminal/errors.ts';
import { exitCodeHelp, exitCodes } from './terminal/exit-codes.ts';
import type { Io } from './terminal/io.ts';
import { hung } from './terminal/text.ts';

/** One line each: `(io) => Command`. */
const commands: readonly ((io: Io) => Command)[] = [
  initCommand,
  checkCommand,
  statusCommand,
  planCommand,
  resyncCommand,
  doctorCommand,
  fleetCommand,
  pauseCommand,
  resumeCommand,
  drillCommand,
  eventsCommand,
  connectCheckCommand,
  connectionsCommand,
  completionCommand,
];

export function programOf(io: Io): Command {
  const program = new Command('rds-target')
    .description('Checks and corrects the target group that follows an RDS or Aurora database.')
    .version(manifest.version)
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd().split('\n')),
      writeErr: (text) => io.err(text.trimEnd().split('\n')),
      outputError: (text) =>
        io.err(
          text
            .trimEnd()
            .split('\n')
            .flatMap((line) => hung(line, io.width)),
        ),
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .addHelpText('after', `\n${exitCodeHelp}\n\nEvery command has its own --help.`);
  for (const make of commands) {
    const command = make(io).copyInheritedSettings(program);
    command.showHelpAfterError(`Next: rds-target ${command.name()} --help`);
    program.addCommand(command.allowExcessArguments(false));
  }
  return program.showHelpAfterError('Next: rds-target --help');
}

/** Runs one command line and always sets an exit code. */
export async function run(args: readonly string[], io: Io): Promise<void> {
  try {
    await programOf(io).parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has already printed the problem; it also "fails" with --help.
    if (error instanceof CommanderError) return io.setExitCode(error.exitCode === 0 ? 0 : exitCodes.usage);
    io.err(errorLines(error, io.width));
    io.setExitCode(error instanceof UsageError ? exitCodes.usage : exitCodes.fault);
  }
}
