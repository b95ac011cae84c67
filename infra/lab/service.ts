import type { ISubnet } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  DatabaseEndpointService,
  type FollowedDatabase,
  type Placement,
  TargetReconciler,
  type TargetReconcilerProps,
} from '../index.ts';
import type { DatabasesStack, LabDatabase } from './databases-stack.ts';
import { functionPrefixOf } from './names.ts';
import { accept, acceptWildcards, databasePort, type LabStack, labCidr } from './stack.ts';

type Needs = {
  readonly name: string;
  readonly vpc: DatabasesStack['vpc'];
  /** Those of the load balancer. */
  readonly subnets: ISubnet[];
  readonly database: LabDatabase;
  /** What the functions follow in place of the database. */
  readonly followed?: FollowedDatabase;
  readonly isWarm?: boolean;
  readonly placement?: Placement;
  readonly probe?: TargetReconcilerProps['probe'];
};

/** An endpoint service with its reconciler, from the public constructs alone. */
export function createService(
  stack: LabStack,
  { name, vpc, subnets, database, followed = database.followed, isWarm, placement, probe }: Needs,
): { readonly service: DatabaseEndpointService; readonly functionNames: readonly string[] } {
  const { securityGroup: databaseSecurityGroup } = database;
  const warmStandby = isWarm ? { securityGroup: databaseSecurityGroup } : undefined;
  const service = new DatabaseEndpointService(stack, `Service-${name}`, {
    ...{ vpc, subnets: { subnets }, port: databasePort, databaseSecurityGroup, engine: 'postgres', warmStandby },
    acceptanceRequired: false,
    allowedPrincipals: [stack.ownAccount],
  });
  const functionNamePrefix = functionPrefixOf(stack.run, name);
  const reconciler = new TargetReconciler(stack, `Reconciler-${name}`, {
    ...{ databaseName: `lab-${stack.run}-${name}`, database: followed, functionNamePrefix, warmStandby },
    targetGroup: service.targetGroup,
    allowedCidrs: [labCidr],
    ...{ placement, probe },
    metricsNamespace: 'RdsTargetLab',
    logRetention: RetentionDays.ONE_DAY,
  });
  accept(reconciler.deadLetterQueue, { SQS3: 'this queue is the dead-letter queue' });
  accept(service.loadBalancer, { ELB2: 'access logs exist for TLS listeners only, and this one forwards TCP' });
  return { service, functionNames: ['failover', 'drift'].map((one) => functionNamePrefix + one) };
}

/** The wildcards of the constructs' functions. */
export const acceptFunctions = (stack: LabStack): void =>
  acceptWildcards(
    stack,
    [['*'], ['ec2', '*/*'], ['rds', 'db:*']],
    'the wildcards of the constructs, each explained in docs/security-review.md',
  );
