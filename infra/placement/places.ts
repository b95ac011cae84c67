import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

type Options = {
  /** What the ARN is of, where that is a construct: an ARN that only the deployment knows is in its stack. */
  readonly made?: IConstruct | undefined;
  /** Of a topic, whose policy can admit other accounts. */
  readonly inAnyAccount?: boolean;
};

/** What is in another account or Region than the stack, from where no API of the stack's own place reaches it. Tokens pass. */
export function placeProblems(
  scope: IConstruct,
  name: string,
  arn: string | undefined,
  { made, inAnyAccount = false }: Options = {},
): string[] {
  if (arn === undefined) return [];
  const own = Stack.of(scope);
  const home = made ? Stack.of(made) : own;
  const [, , , region, account] = arn.startsWith('arn:') ? arn.split(':') : ['', '', '', home.region, home.account];
  const isElsewhere = differ(region, own.region) || (!inAnyAccount && differ(account, own.account));
  const place = (inRegion: string, inAccount: string) =>
    inAnyAccount ? `Region ${inRegion}` : `account ${inAccount} and Region ${inRegion}`;
  return isElsewhere
    ? [`${name} is in ${place(region ?? '', account ?? '')}; allowed: ${place(own.region, own.account)}, as the stack`]
    : [];
}

const differ = (one = '', other: string): boolean =>
  one !== '' && !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
