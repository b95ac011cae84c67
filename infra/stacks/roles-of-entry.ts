import { Aspects, type IAspect, PermissionsBoundary, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { DatabaseEntry } from '../config/databases.ts';

/** The permissions boundary of all roles of a stack. */
export const boundaryOf = ({ roles }: Pick<DatabaseEntry, 'roles'>): PermissionsBoundary | undefined =>
  roles?.permissionsBoundaryArn ? PermissionsBoundary.fromArn(roles.permissionsBoundaryArn) : undefined;

export function setRolePath(stack: Stack, { roles }: Pick<DatabaseEntry, 'roles'>): void {
  if (roles?.path) Aspects.of(stack).add(new RolePath(roles.path));
}

/** Gives every role a path, also the roles that CDK itself adds. */
class RolePath implements IAspect {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  visit(node: IConstruct): void {
    if (node instanceof iam.CfnRole && node.path === undefined) node.path = this.path;
  }
}
