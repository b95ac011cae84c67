import { Argument, Command } from 'commander';
import { type Shell, scripts, shells, wordsFor } from '../terminal/completion.ts';
import type { Io } from '../terminal/io.ts';

export function completionCommand(io: Io): Command {
  const words = new Command('words')
    .argument('[words...]')
    .action((typed: string[], _options: unknown, command: Command) => {
      const program = command.parent?.parent;
      if (program) io.out(wordsFor(program, typed));
    });
  return new Command('completion')
    .usage('<shell>')
    .description('prints a script that completes commands, options and databases')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      `
For this session, or in the shell's start-up file:
  bash  source <(rds-target completion bash)
  zsh   source <(rds-target completion zsh)
  fish  rds-target completion fish | source`,
    )
    .action((shell: Shell) => io.out(scripts[shell].split('\n')))
    .addCommand(words, { hidden: true });
}
