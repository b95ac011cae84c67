import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { TargetReconcilerProps } from './target-reconciler-props.ts';

type Kept = {
  readonly scope: IConstruct;
  readonly group: string;
  readonly metrics: string;
  /** It changes nothing, so it is no rival. */
  readonly isObserver: boolean;
};

const keptIn = new WeakMap<IConstruct, Kept[]>();

/**
 * Two reconcilers of one group would undo each other's work.
 * @throws Error when the app has another one; two with the same metrics bring a warning
 */
export function checkRivals(
  scope: IConstruct,
  { observeOnly: isObserver = false }: Pick<TargetReconcilerProps, 'observeOnly'>,
  { group, metrics }: Pick<Kept, 'group' | 'metrics'>,
): void {
  const known = keptIn.get(scope.node.root) ?? [];
  keptIn.set(scope.node.root, [...known, { scope, group, metrics, isObserver }]);
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
