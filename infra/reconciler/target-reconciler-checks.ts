import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { endpointMistake } from '../config/endpoint-names.ts';
import { limits } from '../config/limits.ts';
import { wholeProblems } from '../placement/checks.ts';
import { placeProblems } from '../placement/places.ts';
import type { TargetReconcilerProps } from './target-reconciler-props.ts';

/** What is elsewhere than the stack, or contradicts itself. Tokens pass: their values are not known yet. */
export const problemsOf = (scope: IConstruct, props: TargetReconcilerProps, targetGroupArn: string): string[] => [
  ...placeProblems(scope, 'the target group', targetGroupArn, { made: props.targetGroup }),
  ...placeProblems(scope, 'notifyFailovers.topic', props.notifyFailovers?.topic.topicArn, { inAnyAccount: true }),
  ...databaseProblems(scope, props),
  ...wholeProblems('reservedConcurrentExecutions', props.reservedConcurrentExecutions, limits.reservedConcurrency),
  ...(props.allowedCidrs?.length === 0
    ? ['allowedCidrs is empty; allowed: one range or more, or leave it out: nothing would not limit anything']
    : []),
];

function databaseProblems(scope: IConstruct, { database, role }: TargetReconcilerProps): string[] {
  const { kind, identifier, endpoint } = database;
  if (kind === 'hostname') return [];
  const { region } = Stack.of(scope);
  const known = (text: string | undefined) => (Token.isUnresolved(text) ? undefined : text);
  const followed = { kind, role, id: known(identifier), region: known(region) };
  const resource = kind === 'cluster' ? 'cluster' : 'db';
  const arn = database.arnIn(Stack.of(scope), resource);
  const end = `:${resource}:${identifier}`;
  const isOther = known(arn) && known(identifier) && !arn.toLowerCase().endsWith(end);
  const allowed = known(endpoint) && endpointMistake(endpoint?.replace(/:\d+$/, '') ?? '', followed);
  return [
    ...placeProblems(scope, 'the database', arn),
    ...(isOther ? [`the ARN of the database is ${arn}; allowed: one that ends in ${end}`] : []),
    ...(allowed ? [`endpointAddress is ${endpoint}; allowed: ${allowed}`] : []),
  ];
}
