import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { endpointMistake } from '../config/endpoint-names.ts';
import { placeProblems } from '../placement/places.ts';
import type { TargetReconcilerProps } from './target-reconciler-props.ts';

/** What is elsewhere than the stack, or contradicts itself. Tokens pass: their values are not known yet. */
export const problemsOf = (scope: IConstruct, props: TargetReconcilerProps, targetGroupArn: string): string[] => [
  ...placeProblems(scope, 'the target group', targetGroupArn, { made: props.targetGroup }),
  ...placeProblems(scope, 'notifyFailovers.topic', props.notifyFailovers?.topic.topicArn, { inAnyAccount: true }),
  ...databaseProblems(scope, props),
];

function databaseProblems(scope: IConstruct, { database, role }: TargetReconcilerProps): string[] {
  const { kind, identifier, endpoint } = database;
  if (kind === 'hostname') return [];
  const { region } = Stack.of(scope);
  const known = (text: string | undefined) => (Token.isUnresolved(text) ? undefined : text);
  const followed = { kind, role, id: known(identifier), region: known(region) };
  const allowed = known(endpoint) && endpointMistake(endpoint?.replace(/:\d+$/, '') ?? '', followed);
  return [
    ...placeProblems(scope, 'the database', database.arnIn(Stack.of(scope), kind === 'cluster' ? 'cluster' : 'db')),
    ...(allowed ? [`endpointAddress is ${endpoint}; allowed: ${allowed}`] : []),
  ];
}
