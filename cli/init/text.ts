import type { Io } from '../terminal/io.ts';
import { deployWith, hung, quoted, table, wrap } from '../terminal/text.ts';
import type { Open, Proposal, Refused } from './proposal.ts';

export type Outcome = {
  readonly file: string;
  readonly isWritten: boolean;
  readonly proposals: readonly Proposal[];
  readonly refused: readonly Refused[];
  /** With the path in the file. */
  readonly open: readonly Open[];
  /** The entries as they would stand in the file. */
  readonly text: readonly string[];
};

/** How many databases are told in full. */
const few = 3;

export function outcomeLines(io: Io, outcome: Outcome): string[] {
  const { file, isWritten, proposals, refused, open, text } = outcome;
  const { colour, width } = io;
  const names = proposals.map(({ entry }) => entry.name).join(', ');
  const head = isWritten ? colour.green(`added to ${file}`) : `not written: this would be added to ${file}`;
  return [
    ...wrap(
      proposals.length > 0
        ? `${colour.bold(names)}  ${head}`
        : `every database of the Region that can be followed has an entry in ${file}`,
      width,
    ),
    ...(isWritten ? proposals.slice(0, few).flatMap((one) => factLines(io, one)) : proposals.length > 0 ? text : []),
    ...(isWritten && proposals.length > few ? [`  and ${proposals.length - few} more`] : []),
    ...(open.length > 0 ? [colour.bold('left open')] : []),
    ...open.flatMap(({ path, what }) => wrap(`${path}: ${what}`, width - 2).map((line) => `  ${line}`)),
    ...refused.flatMap(({ found, why }) =>
      wrap(colour.yellow(`${found.kind} ${found.id} was left out: ${why}`), width),
    ),
    ...(isWritten ? hung(nextOf(outcome), width) : []),
  ];
}

function factLines({ width }: Io, { found, entry }: Proposal): string[] {
  const { kind, id, endpoint, port, engine } = entry.database;
  const members = found.topology.instances.map((one) => (one.role === 'writer' ? `${one.id} (writer)` : one.id));
  const rows = [
    [
      'database',
      `${kind} ${id}, ${engine ?? found.topology.nature?.engine ?? 'engine not known'}, ${endpoint}:${port}`,
    ],
    ...(kind === 'cluster' ? [['members', [...members, ...prefixed(entry)].join(', ')]] : []),
    ['vpc', [entry.vpc.id, entry.vpc.cidr].filter(Boolean).join(' ')],
    ['subnets', entry.vpc.subnets.map((one) => `${one.id} (${one.zone})`).join(', ')],
    ['admitted by', entry.endpointService.databaseSecurityGroupId ?? 'no security group'],
    ['may connect', entry.endpointService.allowedPrincipals?.join(', ') ?? 'no account yet'],
  ];
  return table(rows, width - 2).map((line) => `  ${line}`);
}

/** Only their events and those of instances named alike wake the function. */
const prefixed = ({ database: { memberPrefix } }: Proposal['entry']): string[] =>
  memberPrefix === undefined ? [] : [`prefix ${memberPrefix}`];

function nextOf({ proposals, file }: Outcome): string {
  const [only] = proposals;
  const name = only && proposals.length === 1 ? only.entry.name : undefined;
  const options = file === 'databases.json' ? '' : ` --databases ${quoted(file)}`;
  const check = `npx --no -- rds-target check${name ? ` ${name}` : ''}${options}`;
  return `Next: ${check}, then ${deployWith(name ?? 'NAME', file)}`;
}
