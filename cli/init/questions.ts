import { servicePrincipal } from '../../lib/partitions.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import type { Proposal } from './proposal.ts';

/* What neither RDS nor EC2 knows: who may connect, and which of several security groups admits the load balancer. */

const isPrincipal = (text: string): boolean => servicePrincipal.test(text);
const allowed = 'an account (12 digits) or arn:aws:iam::ACCOUNT:root (or role/NAME, user/NAME)';

/** A list with commas or spaces between its values. */
const listed = (text: string): readonly string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/** @throws UsageError */
export function principalsFrom(text: string): readonly string[] {
  const wrong = listed(text).find((one) => !isPrincipal(one));
  if (wrong !== undefined)
    throw new UsageError(`--principals has "${wrong}"; allowed: ${allowed}, with commas between them`);
  return listed(text);
}

/** Asks until the answer can be used; an empty one names none. */
export async function askPrincipals(io: Io): Promise<readonly string[]> {
  const question = [
    'Who may request a connection? Accounts (12 digits) or ARNs of roles and users,',
    'with commas between them; nothing: name them later.',
    'allowedPrincipals: ',
  ];
  for (;;) {
    const given = listed(await answerTo(io, question, '--principals'));
    const wrong = given.find((one) => !isPrincipal(one));
    if (wrong === undefined) return given;
    io.err(`"${wrong}" is no principal; allowed: ${allowed}`);
  }
}

/** Which of the database's security groups gets the rule that admits the load balancer; an empty answer takes the first. */
export async function askGroup(io: Io, { found, groups }: Pick<Proposal, 'found' | 'groups'>): Promise<string> {
  const question = [
    `${found.id} has ${groups.length} security groups. One of them gets the rule that admits the load balancer:`,
    ...groups.map((id, index) => `  ${index + 1}  ${id}`),
    `databaseSecurityGroupId [1]: `,
  ];
  for (;;) {
    const answer = (await answerTo(io, question, '--security-group')).trim();
    const chosen = answer === '' ? groups[0] : (groups[Number(answer) - 1] ?? groups.find((id) => id === answer));
    if (chosen !== undefined) return chosen;
    io.err(`"${answer}" is none of them; allowed: a number from 1 to ${groups.length}`);
  }
}

/** @throws UsageError when the operator does not agree */
export async function confirmAll(io: Io, question: readonly string[]): Promise<void> {
  const answer = await answerTo(io, question, '--yes');
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new UsageError('nothing was written', 'to add some of them: rds-target init NAME.');
}

async function answerTo(io: Io, question: readonly string[], option: string): Promise<string> {
  const answer = await io.ask(question).catch((error: unknown) => {
    throw new CliError('interrupted at the question: nothing was written', undefined, { cause: error });
  });
  if (answer !== undefined) return answer;
  throw new UsageError(
    'nothing was written: a question is open, and standard input is no terminal',
    `answer it with ${option}, or take the defaults with --yes.`,
  );
}
