import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/* Where the functions can work, and beside whom. */

/**
 * The functions call the APIs of their own account and Region.
 * @param made what the ARN is of, where that is a construct: an ARN that only the deployment knows is in its stack
 * @throws Error for what is in another one
 */
export function checkPlace(scope: IConstruct, what: string, arn: string, made?: IConstruct): void {
  const own = Stack.of(scope);
  const home = made ? Stack.of(made) : own;
  const [, , , region, account] = arn.startsWith('arn:') ? arn.split(':') : ['', '', '', home.region, home.account];
  if (differ(region, own.region) || differ(account, own.account))
    throw new Error(
      `${scope.node.path}: ${what} is in account ${account} and Region ${region}; allowed: account ${own.account} and Region ${own.region}, ` +
        'those of the stack, whose functions reach no other',
    );
}

const differ = (one = '', other: string): boolean =>
  !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;

type Kept = {
  readonly scope: IConstruct;
  readonly group: string;
  readonly metrics: string;
  /** It changes nothing, so it is nobody's rival. */
  readonly isObserver: boolean;
};

const keptIn = new WeakMap<IConstruct, Kept[]>();

/**
 * Two reconcilers of one group would undo each other's work.
 * @throws Error when the app has another one; two with the same metrics bring a warning
 */
export function checkRivals(one: Kept): void {
  const { scope, group, metrics, isObserver } = one;
  const known = keptIn.get(scope.node.root) ?? [];
  keptIn.set(scope.node.root, [...known, one]);
  const rival = known.find((other) => other.group === group && !other.isObserver && !isObserver);
  if (rival)
    throw new Error(
      `${scope.node.path}: ${rival.scope.node.path} keeps this target group; allowed: one TargetReconciler for each group, as two would undo each other's work`,
    );
  const twin = known.find((other) => other.metrics === metrics && isBeside(other.scope, scope));
  if (twin)
    Annotations.of(scope).addWarningV2(
      'rds-target-reconciler:databaseName',
      `${twin.scope.node.path} has the same databaseName, so each counts, and rings for, the other's metrics: give each group a name of its own`,
    );
}

/** In an account and Region that are the same for certain. */
const isBeside = (one: IConstruct, other: IConstruct): boolean => {
  const [a, b] = [Stack.of(one), Stack.of(other)];
  return a === b || (!Token.isUnresolved(a.environment) && a.account === b.account && a.region === b.region);
};
