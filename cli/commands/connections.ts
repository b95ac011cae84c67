import { Command } from 'commander';
import { serviceEntryOf, stackNameOf } from '../../infra/config/database-entry.ts';
import { call } from '../access/call.ts';
import { sandboxEntry } from '../access/sandbox.ts';
import { type Selection, select } from '../access/select.ts';
import { type Session, withSession } from '../access/session.ts';
import { chosen, type Decision, decide } from '../connections/decide.ts';
import { type Ask, connectionsOf, isDrift, readConnections } from '../connections/read.ts';
import { connectionsLines } from '../connections/text.ts';
import { UsageError } from '../terminal/errors.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { jsonLines } from '../terminal/text.ts';

type Options = {
  readonly databases?: string;
  readonly service?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly sandbox?: boolean;
  readonly json?: boolean;
};

export function connectionsCommand(io: Io): Command {
  return new Command('connections')
    .description("lists, accepts and rejects consumers' connections")
    .argument('[database...]', 'name of a database in databases.json, optionally followed by accept or reject and WHO')
    .usage('[options] [database] [accept|reject WHO]')
    .option('--databases <file>', 'configuration file (default: databases.json)')
    .option('--service <id>', "endpoint service vpce-svc-…, instead of the stack's own")
    .option('--region <region>', "Region (default: the database's, then that of the environment or profile)")
    .option('--profile <profile>', 'profile of your AWS configuration')
    .option(
      '--sandbox',
      'runs against a new sandbox on this machine (in a checkout; npm start -- --keep keeps one running, to break things in)',
    )
    .option('--json', 'prints JSON')
    .addHelpText(
      'after',
      '\nWHO is an endpoint (vpce-…), or an account: all its waiting endpoints.\nPrincipals change only through the configuration file.\n\nExit codes:\n  0  no drift; or accepted, rejected\n  1  a fault: AWS or the network failed, or nothing waits for the decision\n  2  the command line or the configuration file is wrong\n  3  the service differs from the configuration file',
    )
    .action((words: string[], options: Options) => connections(io, words, options));
}

async function connections(io: Io, words: readonly string[], options: Options): Promise<void> {
  const meaning = meaningOf(words);
  const choose = () => selectionOf(io, meaning.name, options);
  await withSession(io, meaning.name, options, (session) => listAndDecide(io, session, meaning, options), { choose });
}

async function listAndDecide(io: Io, session: Session, { decision, who }: Meaning, options: Options): Promise<void> {
  const client = session.clients.ec2();
  const selection = session.sandbox ? { ...session.selection, entry: sandboxEntry } : session.selection;
  const ask: Ask = (action, work) => call(io, selection, action, { action }, work);
  const show = (value: object, lines: readonly string[]) => io.out(options.json ? jsonLines(value) : lines);
  const names = {
    name: selection.name,
    stack: selection.entry ? stackNameOf(serviceEntryOf(selection.entry)) : selection.name,
  };
  const found = await readConnections(client, ask, selection, options.service);
  if (!decision || !who) {
    show(found, connectionsLines(io, names, found, Date.now()));
    return io.setExitCode(isDrift(found.drift) ? exitCodes.drift : exitCodes.inSync);
  }
  const open = chosen(found.connections, who, decision);
  await decide(client, ask, found.service, decision, open);
  const after = { ...found, connections: await connectionsOf(client, ask, found.service) };
  const done = open.map(({ endpointId, account }) => `${decision}ed ${endpointId} of account ${account}`);
  show({ ...after, [`${decision}ed`]: open.map(({ endpointId }) => endpointId) }, [
    ...done,
    ...connectionsLines(io, names, after, Date.now()),
  ]);
}

type Meaning = { readonly name?: string; readonly decision?: Decision; readonly who?: string };

const isDecision = (word: string | undefined): word is Decision => word === 'accept' || word === 'reject';

/** `[database] [accept|reject WHO]`: a database may be left out where there is one, or with --service. */
function meaningOf(words: readonly string[]): Meaning {
  const [name, ...others] = isDecision(words[0]) ? [undefined, ...words] : words;
  const [decision, who, ...rest] = others;
  const named = name === undefined ? {} : { name };
  if (decision === undefined) return named;
  if (!isDecision(decision) || rest.length > 0)
    throw new UsageError(`cannot read "${words.join(' ')}"; allowed: [database] [accept|reject ENDPOINT_ID|ACCOUNT]`);
  if (who === undefined) throw new UsageError(`${decision} whom? Give an endpoint (vpce-…) or an account of 12 digits`);
  if (!/^(\d{12}|vpce-([0-9a-f]{8}|[0-9a-f]{17}))$/.test(who))
    throw new UsageError(`"${who}" names no endpoint; allowed: vpce-… or an account of 12 digits`);
  return { ...named, decision, who };
}

function selectionOf(io: Io, name: string | undefined, options: Options): Selection {
  const { service, region, profile, databases } = options;
  if (service !== undefined && !/^vpce-svc-([0-9a-f]{8}|[0-9a-f]{17})$/.test(service))
    throw new UsageError(`--service is "${service}"; allowed: vpce-svc-… with 8 or 17 hexadecimal digits`);
  if (!service || name !== undefined || databases !== undefined) return select(io, name, options);
  const known = region ?? io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION;
  return {
    name: service,
    functionName: '',
    functions: [],
    functionNames: [],
    region: known,
    profile,
  };
}
