import { Command, Option } from 'commander';
import { ConfigurationError } from '../../infra/config/databases.ts';
import { type DatabasesText, databasesIn, openDatabases } from '../../infra/config/databases-file.ts';
import { isRegion } from '../../lib/partitions.ts';
import { sandboxEntry } from '../access/sandbox.ts';
import { type Selection, unknownDatabase } from '../access/select.ts';
import { type Session, withSession } from '../access/session.ts';
import type { Placed, Result } from '../check/run.ts';
import { failedIn, resultJson, resultLines } from '../check/text.ts';
import { UsageError } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/text.ts';

type Options = {
  readonly databases?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly sandbox?: boolean;
  readonly json?: boolean;
};

export function checkCommand(io: Io): Command {
  return new Command('check')
    .description('checks databases.json against the account before a deployment')
    .argument('[database]', 'name of a database in databases.json (default: all of them)')
    .option('--databases <file>', 'configuration file (default: databases.json)')
    .option('--region <region>', 'Region of entries that name none (default: that of the environment or profile)')
    .option('--profile <profile>', 'profile of your AWS configuration')
    .addOption(
      new Option(
        '--sandbox',
        'checks against a new sandbox on this machine (in a checkout), which has an entry of its own unless --databases names a file',
      ).conflicts(['region', 'profile']),
    )
    .option('--json', 'prints JSON')
    .addHelpText(
      'after',
      `
It only reads, with your credentials; what they may not read is "not checked".

Exit codes:
  0  no check failed
  1  a fault: AWS or the network failed
  2  the command line or the configuration file is wrong; nothing was asked
  3  a check failed`,
    )
    .action((name: string | undefined, options: Options) => check(io, name, options));
}

async function check(io: Io, name: string | undefined, options: Options): Promise<void> {
  const { databases = 'databases.json', region, profile } = options;
  if (region !== undefined && !isRegion(region))
    throw new UsageError(`--region is "${region}"; allowed: a Region like eu-central-1`);
  const file = opened(databases, options);
  const wanted = chosen(file, name, isOwn(options) ? 'the sandbox' : databases);
  const known = region ?? io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION;
  const results: Result[] = [];
  for (const [place, placed] of byRegion(wanted, options.sandbox ? undefined : known)) {
    const choose = (): Selection => ({
      ...{ name: 'check', functionName: '', functions: [], functionNames: [] },
      ...{ region: place || undefined, profile },
    });
    const work = async (session: Session) => {
      // Its clients are no other command's.
      const { checkEntries } = await import('../check/run.ts');
      results.push(await checkEntries(io, session, placed));
    };
    await withSession(io, undefined, options, work, { choose });
  }
  const result = {
    checked: results.flatMap(({ checked }) => checked).toSorted((a, b) => a.index - b.index),
    balancers: results.flatMap(({ balancers }) => balancers),
    account: results.flatMap(({ account }) => account),
  };
  io.out(options.json ? jsonLines(resultJson(result, file)) : resultLines(io, result, file, databases));
  io.setExitCode(failedIn(result) > 0 ? exitCodes.drift : exitCodes.inSync);
}

/** The sandbox's own entry is checked. */
const isOwn = ({ sandbox, databases }: Options): boolean => sandbox === true && databases === undefined;

/** @throws UsageError with everything that is wrong with the file */
function opened(path: string, options: Options): DatabasesText {
  try {
    if (isOwn(options)) return databasesIn(JSON.stringify([sandboxEntry], null, 2), "the sandbox's entry");
    const file = openDatabases(path);
    if (!file.isNew) return file;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message.split('\n'));
    throw error;
  }
  throw new UsageError(
    `there is no ${path} in this directory`,
    'write one with rds-target init, change to its directory, or pass --databases FILE. No AWS account? Add --sandbox.',
  );
}

function chosen({ entries, loadBalancers }: DatabasesText, name: string | undefined, path: string): readonly Placed[] {
  const all = entries.map((entry, index) => ({ entry, index }));
  const found = name === undefined ? all : all.filter(({ entry }) => entry.name === name);
  if (found.length > 0) return found;
  throw name === undefined || entries.length === 0
    ? new UsageError(`${path} has no database`, 'add one with rds-target init')
    : unknownDatabase(name, { databases: entries, loadBalancers }, path);
}

/** A sandbox has one Region. */
function byRegion(placed: readonly Placed[], fallback: string | undefined): ReadonlyMap<string, readonly Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const one of placed) {
    const region = one.entry.region ?? fallback ?? '';
    groups.set(region, [...(groups.get(region) ?? []), one]);
  }
  return groups;
}
