import { FileSystem, Stack } from 'aws-cdk-lib';
import type { IConstruct, IDependable } from 'constructs';
import { bundleDirectory } from './bundles.ts';
import { DatabaseEndpointService } from './database-endpoint-service.ts';
import { FirstRegistration } from './first-registration.ts';
import type { Environment } from './function-traits.ts';
import type { BoundPlacement } from './placement.ts';
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
  const awaitsHealth = !props.observeOnly;
  const registration = new FirstRegistration(reconciler, 'FirstRegistration', {
    ...commonsOf(props),
    driftFunction: reconciler.driftFunction,
    awaitsHealth: awaitsHealth && !service,
    inputs: inputsOf(reconciler, bound),
  });
  registration.resource.node.addDependency(...repair);
  service?.createAfter(
    [registration.resource],
    awaitsHealth ? registration.awaitHealthy(followedIn(bound.environment)) : undefined,
  );
}

const inputsOf = ({ driftFunction }: TargetReconciler, { network, environment }: BoundPlacement) => ({
  Code: FileSystem.fingerprint(bundleDirectory('drift')),
  Environment: environment,
  Role: driftFunction.role?.roleArn,
  Subnets: network.vpc?.selectSubnets(network.vpcSubnets).subnetIds,
  SecurityGroups: network.securityGroups?.map(({ securityGroupId }) => securityGroupId),
});

/** What a target's health has to do with: other settings are no reason to wait for it again. */
const followedIn = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) =>
      /^(DATABASE_(KIND|ID|HOSTNAME)|ROLE|TARGET_(GROUP_ARN|PORT))$/.test(name),
    ),
  );

/** In another stack it cannot depend on what depends on its own target group. */
function serviceOf(reconciler: IConstruct, targetGroup?: IConstruct): DatabaseEndpointService | undefined {
  const owner = targetGroup?.node.scope;
  return owner instanceof DatabaseEndpointService && Stack.of(owner) === Stack.of(reconciler) ? owner : undefined;
}
