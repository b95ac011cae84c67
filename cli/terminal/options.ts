import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodeHelp } from './exit-codes.ts';

/** The options of every command that works on a database. */
export type CommonOptions = {
  readonly databases?: string;
  readonly function?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly local?: boolean;
  readonly sandbox?: boolean;
  /** Of the commands that work on several databases. */
  readonly all?: boolean;
};

/** A sandbox has its own file, function, Region, account and endpoint, so these options would have no effect. */
const notOfSandbox = ['databases', 'function', 'region', 'profile', 'endpoint', 'ca', 'serverName', 'unverifiedServer'];

/** A command `rds-target NAME [database]` with the common options. */
export const databaseCommand = (name: string, description: string): Command =>
  deployedCommand(name, description).option(
    '--local',
    'runs on this machine with your credentials instead of in the deployed function',
  );

/** The same for commands that also work on several databases at once. */
export const manyCommand = (name: string, description: string): Command =>
  databaseCommand(name, description).option(
    '--all',
    "every database of the file, as a table, worst first; a name with * does the same: 'orders*'",
  );

/** The same for commands that only deployed functions can serve. */
export const deployedCommand = (name: string, description: string): Command =>
  fileCommand(name, description, {
    argument: 'name of a database in databases.json; optional when the file has one',
  }).option('--function <name>', 'name or ARN of a deployed function, instead of a database of the file');

/** The same for commands that find their databases in the file alone. */
export const fileCommand = (name: string, description: string, { argument }: { readonly argument: string }): Command =>
  new Command(name)
    .description(description)
    .argument('[database]', argument)
    .option('--databases <file>', 'configuration file (default: databases.json)')
    .option('--region <region>', "Region (default: the database's, then that of the environment or profile)")
    .option('--profile <profile>', 'profile of your AWS configuration')
    .addOption(
      new Option(
        '--sandbox',
        'runs against a new sandbox on this machine (in a checkout; npm start -- --keep keeps one running, to break things in)',
      ).conflicts(notOfSandbox),
    )
    .option('--json', 'prints JSON')
    .addHelpText('after', `\n${exitCodeHelp}`);

/** A parser of option values that says what is allowed. */
export const numberFrom = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
};
