import { Annotations, FileSystem, Stack } from 'aws-cdk-lib';
import type { IConstruct, IDependable } from 'constructs';
import { DatabaseEndpointService } from '../endpoint-service/database-endpoint-service.ts';
import type { BoundPlacement } from '../placement/placement.ts';
import { bundleDirectory } from './bundles.ts';
import { FirstRegistration } from './first-registration.ts';
import type { Environment } from './function-traits.ts';
import type { TargetReconciler } from './target-reconciler.ts';
import { commonsOf, type TargetReconcilerProps } from './target-reconciler-props.ts';

/**
 * Last of all that the reconciler has: a registration needs the permissions, and after it no event may be missed. A load balancer of
 * ours comes after it, then a healthy target, then the endpoint service (docs/decisions/0020).
 */
export function registerAtDeployment(
  reconciler: TargetReconciler,
  props: TargetReconcilerProps,
  bound: BoundPlacement,
): void {
  const repair: IDependable[] = [...reconciler.node.children, ...bound.needs];
  const service = serviceOf(reconciler, props.targetGroup);
  if (!(props.registerAtDeployment ?? true)) {
    service?.createAfter(repair);
    return;
  }
  // Who only observes registers nothing that could become healthy.
  const health = props.observeOnly ? undefined : followedIn(bound.environment);
  const registration = new FirstRegistration(reconciler, 'FirstRegistration', {
    ...commonsOf(props),
    driftFunction: reconciler.driftFunction,
    health: service ? undefined : health,
    inputs: inputsOf(reconciler, bound),
  });
  registration.resource.node.addDependency(...repair);
  service?.createAfter([registration.resource], health === undefined ? undefined : registration.awaitHealthy(health));
}

const inputsOf = ({ driftFunction }: TargetReconciler, { network, environment }: BoundPlacement) => ({
  Code: FileSystem.fingerprint(bundleDirectory('drift')),
  Environment: environment,
  Role: driftFunction.role?.roleArn,
  Subnets: network.vpc?.selectSubnets(network.vpcSubnets).subnetIds,
  SecurityGroups: network.securityGroups?.map(({ securityGroupId }) => securityGroupId),
});

/** What a target's health has to do with: other settings are no reason to wait for it again. */
const followedIn = (environment: Environment): string =>
  ['DATABASE_ID', 'DATABASE_HOSTNAME', 'DATABASE_CUSTOM_ENDPOINT', 'ROLE', 'TARGET_PORT', 'TARGET_GROUP_ARN']
    .flatMap((name) => environment[name] ?? [])
    .join(' ');

/** In another stack it cannot depend on what depends on its own target group: that is told at synth. */
function serviceOf(reconciler: IConstruct, targetGroup?: IConstruct): DatabaseEndpointService | undefined {
  const owner = targetGroup?.node.scope;
  if (!(owner instanceof DatabaseEndpointService)) return undefined;
  if (Stack.of(owner) === Stack.of(reconciler)) return owner;
  Annotations.of(reconciler).addWarningV2(
    'rds-target-reconciler:deletionOrder',
    `the functions can be deleted while consumers are connected: put them into the stack of ${owner.node.path}, which AWS then refuses to delete first`,
  );
  return undefined;
}
