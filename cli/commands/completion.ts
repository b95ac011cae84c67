import { Argument, Command, type Option } from 'commander';
import { databaseNames } from '../access/select.ts';
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

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** The shells' scripts. Each asks the command itself for the words, so that database names come from the file. */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_rds_target() {
  local words
  words=$(rds-target completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rds_target rds-target`,
  zsh: `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
_rds_target() {
  local -a found
  found=(\${(f)"$(rds-target completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _rds_target rds-target`,
  fish: `complete -c rds-target -f -a '(rds-target completion words -- (commandline -opc)[2..-1] (commandline -ct))'
complete -c rds-target -l databases -r -F`,
};

const examples: Readonly<Record<string, readonly string[]>> = {
  '--since': ['1h', '24h', '7d', '14d'],
  '--for': ['30m', '1h', '2h', '8h'],
};

/** The decisions of `connections`, with or without a database before them. */
const decisions = ['accept', 'reject'] as const;

/** The words that may stand in the last place; the shell filters them by what is already typed. */
function wordsFor(program: Command, words: readonly string[]): readonly string[] {
  const [name = '', ...rest] = words;
  const command = program.commands.find((one) => one.name() === name);
  if (words.length <= 1 || !command)
    return [...program.commands.map((one) => one.name()).filter((one) => !one.startsWith('_')), '--help', '--version'];
  const typed = rest.at(-1) ?? '';
  const before = rest.slice(0, -1);
  const option = takingValue(command.options, before.at(-1));
  if (option) return option.argChoices ?? examples[option.long ?? ''] ?? [];
  if (typed.startsWith('-')) return [...command.options.flatMap(({ long }) => long ?? []), '--help'];
  const given = before.filter(
    (word, index) => !word.startsWith('-') && !takingValue(command.options, before[index - 1]),
  );
  const [argument] = command.registeredArguments;
  if (argument?.name() !== 'database') return given.length === 0 ? (argument?.argChoices ?? []) : [];
  const more = argument.variadic ? decisions : [];
  if (given.length === 0) return [...databaseNames(valueAfter(before, '--databases')), ...more];
  return given.length === 1 && !more.some((word) => word === given[0]) ? more : [];
}

const takingValue = (options: readonly Option[], word: string | undefined): Option | undefined =>
  options.find((option) => option.required && word !== undefined && (option.long === word || option.short === word));

function valueAfter(words: readonly string[], option: string): string | undefined {
  const index = words.indexOf(option);
  return index < 0 ? undefined : words[index + 1];
}
