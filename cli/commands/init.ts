import { Command, Option } from 'commander';
import { ConfigurationError } from '../../infra/config/databases.ts';
import { openDatabases } from '../../infra/config/databases-file.ts';
import { isRegion } from '../../lib/partitions.ts';
import { call } from '../access/call.ts';
import type { Selection } from '../access/select.ts';
import { type Session, withSession } from '../access/session.ts';
import type { Request } from '../init/answers.ts';
import { checkNamed, propose } from '../init/propose.ts';
import { outcomeLines } from '../init/text.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/text.ts';

type Options = Omit<Request, 'id'> & {
  readonly databases?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

export function initCommand(io: Io): Command {
  return new Command('init')
    .description("writes a database's entry in databases.json from what RDS and EC2 show")
    .argument('[identifier]', 'of a DB cluster or DB instance; a member leads to its cluster')
    .option('--all', 'every database of the Region that has no entry')
    .option('--databases <file>', 'configuration file, made if it does not exist (default: databases.json)')
    .option('--name <name>', 'name of the entry (default: the identifier)')
    .option('--principals <list>', 'accounts or ARNs that may request a connection, with commas between them')
    .option('--security-group <id>', 'which security group of the database gets the rule for the load balancer')
    .addOption(
      new Option('--kind <kind>', 'where a DB cluster and a DB instance have one identifier').choices([
        'cluster',
        'instance',
      ]),
    )
    .option('--yes', 'asks nothing: no principal, and the security group that already admits the port')
    .option('--dry-run', 'prints what would be added, and writes nothing')
    .option('--region <region>', 'Region (default: that of the environment or profile)')
    .option('--profile <profile>', 'profile of your AWS configuration')
    .addOption(
      new Option(
        '--sandbox',
        'reads a new sandbox on this machine (in a checkout); writes only with --databases',
      ).conflicts(['region', 'profile']),
    )
    .option('--json', 'prints JSON')
    .addHelpText(
      'after',
      `
It reads with your credentials: rds:DescribeDBInstances, rds:DescribeDBClusters,
ec2:DescribeVpcs, ec2:DescribeSubnets, ec2:DescribeSecurityGroups. The rest of
the file stays as it is, comments and order too.

Exit codes:
  0  added; with --all also when every database has an entry
  1  a fault: AWS or the network failed, or the database cannot be followed
  2  the command line or the configuration file is wrong
Whatever the fault, nothing is written.`,
    )
    .action((id: string | undefined, options: Options) => init(io, id, options));
}

async function init(io: Io, id: string | undefined, options: Options): Promise<void> {
  const { databases = 'databases.json', region, profile } = options;
  const request = { ...options, id };
  checkNamed(request);
  if (region !== undefined && !isRegion(region))
    throw new UsageError(`--region is "${region}"; allowed: a Region like eu-central-1`);
  const file = opened(databases);
  const choose = (): Selection => ({
    ...{ name: id ?? 'init', functionName: '', functions: [], functionNames: [] },
    region: region ?? io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION,
    profile,
  });
  const work = async ({ clients, selection }: Session) => {
    const account = {
      ...{ rds: clients.rds(), ec2: clients.ec2() },
      ask: <T>(action: string, ask: () => Promise<T>) => call(io, selection, action, { action }, ask),
    };
    const isDry = options.dryRun === true || (options.sandbox === true && options.databases === undefined);
    const outcome = await propose(io, account, { request, file, name: databases, isDry });
    io.out(options.json ? jsonLines(shown(outcome)) : outcomeLines(io, outcome));
  };
  await withSession(io, undefined, options, work, { choose });
}

/** @throws UsageError with everything that is wrong with the file */
function opened(file: string) {
  try {
    return openDatabases(file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message.split('\n'));
    throw error;
  }
}

const shown = ({ file, isWritten, proposals, refused, open }: Awaited<ReturnType<typeof propose>>) => ({
  ...{ file, isWritten, open },
  entries: proposals.map(({ entry }) => entry),
  leftOut: refused.map(({ found: { kind, id }, why }) => ({ kind, id, why })),
});
