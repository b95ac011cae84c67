import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { errorLines, UsageError } from './terminal/errors.ts';
import { exitCodeHelp, exitCodes } from './terminal/exit-codes.ts';
import type { Io } from './terminal/io.ts';
import { hung } from './terminal/text.ts';

/** Completion tells the options of all. */
const isNeeded = (name: string, args: readonly string[]): boolean => args.includes(name) || args.includes('completion');

/** All commands; those that the words do not name stand for themselves in the list and in suggestions alone. */
export async function programOf(io: Io, args: readonly string[] = Object.keys(commands)): Promise<Command> {
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
  for (const [name, { description, load }] of Object.entries(commands)) {
    const made = isNeeded(name, args) ? (await load())(io) : new Command(name).description(description);
    const command = made.copyInheritedSettings(program);
    command.showHelpAfterError(`Next: rds-target ${command.name()} --help`);
    program.addCommand(command.allowExcessArguments(false));
  }
  return program.showHelpAfterError('Next: rds-target --help');
}

/** Runs one command line and always sets an exit code. */
export async function run(args: readonly string[], io: Io): Promise<void> {
  try {
    const program = await programOf(io, args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has already printed the problem; it also "fails" with --help.
    if (error instanceof CommanderError) return io.setExitCode(error.exitCode === 0 ? 0 : exitCodes.usage);
    io.err(errorLines(error, io.width));
    io.setExitCode(error instanceof UsageError ? exitCodes.usage : exitCodes.fault);
  }
}
