import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { numberFrom } from '../cli/terminal/options.ts';
import { regionPattern } from '../lib/partitions.ts';
import { experiments } from './experiments/catalogue.ts';

export type LabOptions = {
  /** `sandbox` there, as the Region. */
  readonly account: string;
  readonly region: string;
  readonly profile?: string;
  readonly sandbox: boolean;
  readonly speed: number;
  readonly only: readonly string[];
  readonly maxHours: number;
  readonly keep: boolean;
  readonly yes: boolean;
  readonly resume: boolean;
  readonly state: string;
  readonly report: string;
};

type Given = Omit<LabOptions, 'account' | 'region' | 'speed' | 'only'> & Partial<LabOptions>;

const matching = (pattern: RegExp, allowed: string) => (text: string) => {
  if (pattern.test(text)) return text;
  throw new InvalidArgumentError(`It must be ${allowed}.`);
};

const names = experiments.map(({ name }) => name);

/** `failover` means both kinds. */
function chosen(text: string): string[] {
  const asked = text.split(',').map((one) => one.trim());
  const unknown = asked.filter((one) => !names.some((name) => isNamed(name, one)));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`There is no experiment ${unknown.join(', ')}; allowed: ${names.join(', ')}.`);
  return names.filter((name) => asked.some((one) => isNamed(name, one)));
}

const isNamed = (name: string, asked: string): boolean =>
  name === asked || name === `${asked}-instance` || name === `${asked}-cluster`;

const help = `
Experiments, each explained in docs/lab.md:
${experiments.map(({ name, title, runs }) => `  ${name.padEnd(18)} ${title} (${runs} runs)`).join('\n')}

Exit codes:
  0  every experiment ran, and nothing is left in the account
  1  something failed, or something is left
  2  the command line is wrong, or the account is not ready; nothing was created`;

/** @throws CommanderError after the problem or the help has been printed */
export function labOptionsOf(
  args: readonly string[],
  print: { out(text: string): void; err(text: string): void },
): LabOptions {
  const program = new Command('npm run lab --')
    .description('Measures in an account of yours what AWS does not document, and destroys what it has deployed there.')
    .option(
      '--account <number>',
      'the account; it must be that of the credentials',
      matching(/^\d{12}$/, 'an account number of 12 digits'),
    )
    .option('--region <region>', 'the Region', matching(regionPattern, 'a Region, as in us-east-1'))
    .option('--profile <profile>', 'profile of your AWS configuration')
    .addOption(
      new Option('--sandbox', 'runs on this machine, without an account')
        .default(false)
        .conflicts(['account', 'region', 'profile']),
    )
    .option('--speed <factor>', 'how much faster than AWS the sandbox runs (default: 10)', numberFrom(1, 50))
    .option('--only <experiments>', 'these alone, with commas between them', chosen)
    .option(
      '--max-hours <hours>',
      'ends the experiments and destroys the stacks after this long',
      numberFrom(0.1, 12),
      4,
    )
    .option('--keep', 'leaves the stacks in the account, for a later --resume', false)
    .option('--yes', 'does not ask before it creates anything', false)
    .option('--resume', 'continues the lab of the state file, and destroys what is left of it', false)
    .option('--state <file>', 'what the lab has done so far', 'lab-state.json')
    .option('--report <file>', 'the HTML report, with JSON and fixtures next to it', 'lab.html')
    .addHelpText('after', help)
    .allowExcessArguments(false)
    .showHelpAfterError('Run `npm run lab -- --help` for every option.')
    .configureOutput({ writeOut: print.out, writeErr: print.err })
    .exitOverride();
  const given = program.parse([...args], { from: 'user' }).opts<Given>();
  const { sandbox, account = 'sandbox', region = 'sandbox', speed = sandbox ? 10 : 1, only = names } = given;
  if (!sandbox && (!given.account || !given.region))
    program.error(
      '--account and --region are missing: the lab creates nothing where you have not named both (or add --sandbox)',
    );
  if (!sandbox && given.speed !== undefined) program.error('--speed is for --sandbox alone: AWS has its own');
  if (/\.json$/i.test(given.report)) program.error('--report names the HTML page; the JSON is written next to it');
  return {
    ...given,
    ...{ account, region, speed, only },
    state: resolve(given.state),
    report: resolve(given.report),
  };
}
