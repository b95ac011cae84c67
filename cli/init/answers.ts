import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import type { Found } from './account.ts';
import type { Open, Proposal } from './proposal.ts';
import { askGroup, askPrincipals, confirmAll, principalsFrom } from './questions.ts';

/** What the command line asks for. */
export type Request = {
  readonly id: string | undefined;
  readonly all?: boolean;
  readonly name?: string;
  readonly kind?: Found['kind'];
  readonly principals?: string;
  readonly securityGroup?: string;
  readonly yes?: boolean;
  readonly sandbox?: boolean;
};

/** The proposals with what the operator says, on the command line or when asked. */
export async function answered(
  io: Io,
  request: Request,
  proposals: readonly Proposal[],
  isDry: boolean,
): Promise<readonly Proposal[]> {
  const { all, yes, principals, securityGroup } = request;
  const asks = !yes && !isDry && proposals.length > 0;
  if (asks && all)
    await confirmAll(io, [
      `${proposals.length} databases have no entry: ${proposals.map(({ entry }) => entry.name).join(', ')}.`,
      'Add all of them? (yes or no) ',
    ]);
  const allowed = principals !== undefined ? principalsFrom(principals) : asks ? await askPrincipals(io) : [];
  const done: Proposal[] = [];
  for (const one of proposals) {
    const isChoice = one.groups.length > 1;
    const group = securityGroup ?? (isChoice && asks && !all ? await askGroup(io, one) : undefined);
    done.push(withAnswers(one, allowed, chosenGroup(one, group)));
  }
  return done;
}

/** @throws UsageError when it is none of the database's */
function chosenGroup({ found, groups }: Proposal, group: string | undefined): string | undefined {
  if (group === undefined || groups.includes(group)) return group;
  throw new UsageError(
    `--security-group is "${group}"; allowed: one that ${found.id} has: ${groups.join(', ') || 'none'}; nothing was written`,
  );
}

function withAnswers(one: Proposal, principals: readonly string[], group: string | undefined): Proposal {
  const { entry, groups, open } = one;
  const databaseSecurityGroupId = group ?? groups[0];
  const endpointService = {
    ...(principals.length > 0 ? { allowedPrincipals: principals } : {}),
    ...(databaseSecurityGroupId ? { databaseSecurityGroupId } : {}),
  };
  const left: readonly Open[] = [
    ...(principals.length > 0
      ? []
      : [
          {
            path: 'endpointService.allowedPrincipals',
            what: 'no account may connect until you name it, like ["444455556666"]',
          },
        ]),
    ...(group === undefined && groups.length > 1
      ? [
          {
            path: 'endpointService.databaseSecurityGroupId',
            what: `${groups[0]}; the database also has ${groups.slice(1).join(', ')}`,
          },
        ]
      : []),
    ...open,
    { path: 'alarms.topicArn', what: 'the alarms notify no topic' },
  ];
  return { ...one, entry: { ...entry, endpointService }, open: left };
}
