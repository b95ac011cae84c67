import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { endpointMistake } from '../config/endpoint-names.ts';
import { placeProblems } from '../placement/places.ts';
import type { TargetReconcilerProps } from './target-reconciler-props.ts';

/** What contradicts the place of the stack, or itself. Tokens pass: their values are not known yet. */
export function databaseProblems(scope: IConstruct, { database, role }: TargetReconcilerProps): string[] {
  const { kind, identifier, endpoint } = database;
  if (kind === 'hostname') return [];
  const { region } = Stack.of(scope);
  const known = (text: string | undefined) => (Token.isUnresolved(text) ? undefined : text);
  const allowed =
    endpoint &&
    endpointMistake(endpoint.replace(/:\d+$/, ''), { kind, role, id: known(identifier), region: known(region) });
  return [
    ...placeProblems(scope, 'the database', database.arnIn(Stack.of(scope), kind === 'cluster' ? 'cluster' : 'db')),
    ...(allowed && !Token.isUnresolved(endpoint) ? [`endpointAddress is ${endpoint}; allowed: ${allowed}`] : []),
  ];
}
