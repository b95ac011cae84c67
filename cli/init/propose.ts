import { withEntries } from '../../infra/config/added-entries.ts';
import { entryName } from '../../infra/config/database-entry.ts';
import { type DatabaseEntry, databasesFrom } from '../../infra/config/databases.ts';
import type { DatabasesFile } from '../../infra/config/databases-file.ts';
import { ConfigurationError } from '../../infra/config/problems.ts';
import { identifierHint, isResourceId } from '../../lib/contradictions.ts';
import { nearest } from '../../lib/nearest.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { type Account, databasesNamed, everyDatabase, type Found, instanceIdsOf, networksOf } from './account.ts';
import { answered, type Request } from './answers.ts';
import { isProposal, isRefused, type Open, type Proposal, proposalOf, type Refused } from './proposal.ts';
import { principalsFrom } from './questions.ts';
import type { Outcome } from './text.ts';

/** What is wrong with the command line, before anything is asked. @throws UsageError */
export function checkNamed({ id, all, name, securityGroup, principals, kind }: Request): void {
  if (id === undefined && !all)
    throw new UsageError('which database? Give its identifier, or --all.', 'rds-target init --help');
  if (id !== undefined && all) throw new UsageError(`give a database ("${id}") or --all, not both`);
  const single = { '--name': name, '--security-group': securityGroup, '--kind': kind };
  for (const [option, value] of Object.entries(single))
    if (all && value !== undefined) throw new UsageError(`${option} is about one database, and --all about many`);
  if (id !== undefined && (!/^[A-Za-z](-?[A-Za-z0-9])*$/.test(id) || isResourceId(id)))
    throw new UsageError(
      `"${id}" is no RDS identifier; allowed: letters, digits and single hyphens, a letter first${identifierHint(id)}`,
    );
  const wrong = name === undefined ? undefined : entryName.safeParse(name).error?.issues[0]?.message;
  if (wrong !== undefined) throw new UsageError(`--name is "${name}"; allowed: ${wrong}`);
  if (principals !== undefined) principalsFrom(principals);
}

type Work = {
  readonly request: Request;
  readonly file: DatabasesFile;
  readonly name: string;
  readonly isDry: boolean;
};

/** Reads, asks, and writes the file if all is well. */
export async function propose(io: Io, account: Account, work: Work): Promise<Outcome> {
  const { request, file, name, isDry } = work;
  const all = request.all ? await everyDatabase(account) : undefined;
  const wanted = all ? withoutEntry(all, work) : [await theOne(account, work)];
  const networks = await networksOf(account, wanted);
  const isClustered = wanted.some((one) => one.kind === 'cluster');
  const instanceIds = all?.flatMap(membersOf) ?? (isClustered ? await instanceIdsOf(account) : []);
  const taken = file.entries.map((entry) => entry.name);
  const drafts: (Proposal | Refused)[] = [];
  for (const found of wanted) {
    const used = drafts.flatMap((one) => (isRefused(one) ? [] : [one.entry.name]));
    drafts.push(
      unlessWrong(proposalOf(found, networks, { name: request.name, taken: [...taken, ...used], instanceIds })),
    );
  }
  const refused = drafts.filter(isRefused);
  const [only] = refused;
  if (!request.all && only)
    throw new CliError(`${only.found.id} cannot be added: ${only.why}`, 'correct that; nothing was written');
  const proposals = await answered(io, request, drafts.filter(isProposal), isDry);
  const text = withChecked(file, proposals, request);
  if (!isDry && proposals.length > 0) write(file, text, name);
  return {
    ...{ file: name, isWritten: !isDry && proposals.length > 0, proposals, refused },
    open: proposals.flatMap((one, index) => placed(one, [...file.base, file.entries.length + index])),
    text: withEntries(
      '[]',
      '',
      proposals.map(({ entry }) => entry),
    )
      .split('\n')
      .slice(1, -1),
  };
}

const membersOf = ({ topology }: Found): string[] => topology.instances.map((one) => one.id);

const isSame = (found: Found, { database, account, region }: DatabaseEntry): boolean => {
  const [, , , itsRegion, itsAccount] = found.arn.split(':');
  return (
    database.kind === found.kind &&
    database.id.toLowerCase() === found.id.toLowerCase() &&
    (account ?? itsAccount) === itsAccount &&
    (region ?? itsRegion) === itsRegion
  );
};

/** DocumentDB and Neptune are listed by the RDS API, too; they are added only by name. */
function withoutEntry(all: readonly Found[], { file }: Work): readonly Found[] {
  const others = ['docdb', 'neptune'];
  return all.filter(
    (found) =>
      !file.entries.some((entry) => isSame(found, entry)) && !others.includes(found.topology.nature?.engine ?? ''),
  );
}

async function theOne(account: Account, { request, file, name }: Work): Promise<Found> {
  const { id = '', kind, sandbox } = request;
  const found = (await databasesNamed(account, id)).filter((one) => kind === undefined || one.kind === kind);
  const [only] = found;
  if (found.length > 1)
    throw new UsageError(`${id} is a DB cluster and a DB instance; say which with --kind cluster or --kind instance`);
  if (!only) throw await unknown(account, { id, kind, sandbox });
  const index = file.entries.findIndex((entry) => isSame(only, entry));
  if (index >= 0)
    throw new UsageError(
      `${name} has ${only.kind} ${only.id} already, as "${file.entries[index]?.name}" ($${file.base.map((key) => `.${key}`).join('')}[${index}]); nothing was written`,
    );
  return only;
}

async function unknown(account: Account, { id = '', kind, sandbox }: Request): Promise<Error> {
  const known = [...new Set((await everyDatabase(account)).flatMap((one) => one.id))];
  const meant = nearest(id, known);
  const some = known.slice(0, 10).join(', ');
  return new CliError(
    `the RDS API knows no DB ${kind ?? 'cluster and no DB instance'} ${id} in this account and Region${meant ? `; did you mean ${meant}?` : known.length === 0 ? ', and no other' : `; it has ${some}${known.length > 10 ? ` and ${known.length - 10} more` : ''}`}`,
    `${sandbox ? "write an identifier of the sandbox's, or leave --sandbox out to ask AWS" : '--region and --profile must name its Region and account'}; nothing was written`,
  );
}

/** A proposal that the file would not take is none, and must not keep the others out. */
function unlessWrong(draft: Proposal | Refused): Proposal | Refused {
  if (isRefused(draft)) return draft;
  try {
    databasesFrom(JSON.stringify([draft.entry]), 'the entry');
    return draft;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { found: draft.found, why: error.message.split('\n').slice(1).join(' ').replace(/^- /, '') };
  }
}

const placed = ({ open }: Proposal, base: readonly (string | number)[]): readonly Open[] => {
  const at = base.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return open.map(({ path, what }) => ({ path: `$${at}.${path}`, what }));
};

/** @throws CliError with everything that would be wrong with the file */
function withChecked(file: DatabasesFile, proposals: readonly Proposal[], { name }: Request): string {
  if (proposals.length === 0) return '';
  try {
    return file.with(proposals.map(({ entry }) => entry));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const next = name === undefined ? 'name the entry with --name NAME, or correct the file' : 'choose another --name';
    throw new UsageError([...error.message.split('\n'), 'nothing was written'], next);
  }
}

/** @throws CliError when the file has changed meanwhile, or cannot be written */
function write(file: DatabasesFile, text: string, name: string): void {
  try {
    file.write(text);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CliError(error.message.split('\n'), undefined, { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${name} cannot be written (${why})`, 'name another file with --databases FILE', {
      cause: error,
    });
  }
}
