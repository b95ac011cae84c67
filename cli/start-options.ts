import { Command, InvalidArgumentError, Option } from 'commander';
import type { StartOptions } from '../sandbox/start.ts';
import { loadBalancerOption } from './drill/settings.ts';
import type { Io } from './terminal/io.ts';

const number = (min: number, max: number, isWhole: boolean) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError(`It must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`);
};

type Given = Omit<StartOptions, 'apiLagSeconds'> & {
  readonly apiLag?: number | true;
  readonly json: boolean;
  readonly keep: boolean;
  readonly report?: string;
};

type StartRequest = Pick<Given, 'json' | 'keep' | 'report'> & { readonly options: StartOptions };

/**
 * The options of `npm start`.
 * @throws CommanderError after printing the problem or the help
 */
export function startRequestOf(args: readonly string[], io: Io): StartRequest {
  const program = new Command('npm start --')
    .description(
      'Runs one drill on this machine: a failover of a real PostgreSQL, with the RDS and ELBv2 APIs, DNS, a load balancer and the built functions.',
    )
    .addOption(
      new Option('--database <kind>', 'Multi-AZ DB instance, or Aurora-like cluster')
        .choices(['instance', 'cluster'])
        .default('instance'),
    )
    .option('--speed <factor>', "how much faster than AWS's documented times", number(1, 50, false), 20)
    .option('--seed <number>', 'repeats the same delays', number(0, 2 ** 31, true), 1)
    .option('--lose-events', 'no event reaches the functions: only the schedule repairs the group', false)
    .option('--flap', 'DNS alternates between the old and the new address for half a minute', false)
    .option(
      '--api-lag [seconds]',
      'how late the RDS API shows the new writer (180 when no number is given)',
      number(0, 600, false),
    )
    .option('--no-fence', 'the old host breaks its connections at once, instead of falling silent as on AWS')
    .addOption(loadBalancerOption().default('aws'))
    .option('--probe', 'the functions ask the members which of them is the writer (docs/probe.md)', false)
    .option('--warm-standby', 'the standby of an instance stays in the group (docs/warm-standby.md)', false)
    .option(
      '--report <file>',
      'writes the report to this file and JSON next to it (default: in the temporary directory)',
    )
    .option('--json', 'prints only the result, as JSON, on standard output (npm start --silent -- --json)', false)
    .option(
      '--keep',
      'keeps the sandbox running until Ctrl-C, and prints how to inspect it and what to break on a game day',
      false,
    )
    .allowExcessArguments(false)
    .showHelpAfterError('Run `npm start -- --help` for every option.')
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd().split('\n')),
      writeErr: (text) => io.err(text.trimEnd().split('\n')),
      outputError: (text) => io.err(text.trimEnd().split('\n').map(io.colour.red)),
    })
    .exitOverride();
  const { apiLag = 0, json, keep, report, ...rest } = program.parse([...args], { from: 'user' }).opts<Given>();
  if (rest.warmStandby && rest.database !== 'instance')
    program.error(`--warm-standby is for --database instance; allowed for a ${rest.database}: --probe`);
  return { json, keep, report, options: { ...rest, apiLagSeconds: apiLag === true ? 180 : apiLag } };
}
