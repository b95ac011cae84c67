import { Annotations, CustomResource, Duration, FileSystem, Stack } from 'aws-cdk-lib';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { DatabaseEndpointService } from '../endpoint-service/database-endpoint-service.ts';
import { DatabaseListener } from '../endpoint-service/database-listener.ts';
import type { BoundPlacement } from '../placement/placement.ts';
import { bundleDirectory } from './bundles.ts';
import { type Environment, type FunctionCommons, ReconcilerFunction } from './function.ts';
import { invokeStatement } from './permissions.ts';
import { commonsOf, type TargetReconcilerProps } from './target-reconciler-props.ts';

/**
 * Comes after everything else in the reconciler: a registration needs the permissions, and after it no event may be missed. The load
 * balancer of an endpoint service in this stack follows, then a healthy target, then the endpoint service (docs/decisions/0020).
 */
export function registerAtDeployment(
  reconciler: Construct & { readonly driftFunction: IFunction },
  props: TargetReconcilerProps,
  bound: BoundPlacement,
): void {
  const repair: IDependable[] = [...reconciler.node.children, ...bound.needs];
  const service = serviceOf(reconciler, props.targetGroup);
  if (!(props.registerAtDeployment ?? true)) {
    service?.createAfter(repair);
    return;
  }
  // With observeOnly nothing is registered that could become healthy.
  const health = props.observeOnly ? undefined : followedIn(bound.environment);
  const registration = new FirstRegistration(reconciler, 'FirstRegistration', {
    ...commonsOf(props),
    driftFunction: reconciler.driftFunction,
    health: service ? undefined : health,
    inputs: inputsOf(reconciler.driftFunction, bound),
  });
  registration.resource.node.addDependency(...repair);
  service?.createAfter([registration.resource], health === undefined ? undefined : registration.awaitHealthy(health));
}

const inputsOf = (driftFunction: IFunction, { network, environment }: BoundPlacement) => ({
  Code: FileSystem.fingerprint(bundleDirectory('drift')),
  Environment: environment,
  Role: driftFunction.role?.roleArn,
  Subnets: network.vpc?.selectSubnets(network.vpcSubnets).subnetIds,
  SecurityGroups: network.securityGroups?.map(({ securityGroupId }) => securityGroupId),
});

/** The settings that a target's health depends on: a change of others is no reason to wait for it again. */
const followedIn = (environment: Environment): string =>
  ['DATABASE_ID', 'DATABASE_HOSTNAME', 'DATABASE_CUSTOM_ENDPOINT', 'ROLE', 'TARGET_PORT', 'TARGET_GROUP_ARN']
    .flatMap((name) => environment[name] ?? [])
    .join(' ');

/** A service in another stack cannot depend on the reconciler, which depends on its target group: synth warns. */
function serviceOf(
  reconciler: IConstruct,
  targetGroup?: IConstruct,
): DatabaseEndpointService | DatabaseListener | undefined {
  const owner = targetGroup?.node.scope;
  if (!(owner instanceof DatabaseEndpointService || owner instanceof DatabaseListener)) return undefined;
  if (Stack.of(owner) === Stack.of(reconciler)) return owner;
  Annotations.of(reconciler).addWarningV2(
    'rds-target-reconciler:deletionOrder',
    `the functions can be deleted while consumers are connected: put them into the stack of ${owner.node.path}, ${owner instanceof DatabaseListener ? 'whose listener is then deleted first' : 'which AWS then refuses to delete first'}`,
  );
  return undefined;
}

type Inputs = Readonly<Record<string, unknown>> & { readonly Environment: Environment };

interface FirstRegistrationProps extends FunctionCommons {
  /** Function that is invoked with `{"action": "resync"}` and `{"action": "status"}`. */
  readonly driftFunction: IFunction;
  /** What the registration depends on: whenever a deployment changes any of it, the registration runs again. */
  readonly inputs: Inputs;
  /**
   * The settings that a target's health depends on: a deployment that changes them waits for a healthy target too. Given for a group that
   * this app does not create, which may have a load balancer or none.
   */
  readonly health?: string;
}

const attempts = 3;
/** Registration to the first passed health check takes 90 to 300 s (aws-load-balancer-controller#1834); 10 s each, so 10 minutes. */
const healthAttempts = 60;
const pause = Duration.seconds(10);
/** As long as Lambda lets any function run; the attempts above end well before. */
const timeout = Duration.minutes(15);

/**
 * Registers the writer as a part of the deployment: a custom resource whose function invokes the drift function, and fails the
 * deployment with the report's message. It runs when the stack is created, and again when one of `inputs` changes. A rollback runs it
 * too, but does not fail: that would leave the stack in UPDATE_ROLLBACK_FAILED.
 */
class FirstRegistration extends Construct {
  /** The registration itself; it depends on what must be there before. */
  readonly resource: CustomResource;
  private readonly handler: ReconcilerFunction;
  private readonly policy: Policy;
  private readonly functionName: string;

  constructor(scope: Construct, id: string, props: FirstRegistrationProps) {
    super(scope, id);
    const { driftFunction, inputs, health, ...commons } = props;
    this.functionName = driftFunction.functionName;
    this.handler = new ReconcilerFunction(this, 'Handler', {
      ...commons,
      name: 'registration',
      description: 'Registers the database at deployment, through the drift function',
      code: Code.fromAsset(bundleDirectory('registration')),
      timeout,
      statements: [],
      environment: {
        ATTEMPTS: String(attempts),
        HEALTH_ATTEMPTS: String(healthAttempts),
        PAUSE_MILLISECONDS: String(pause.toMilliseconds()),
        // How host names of AWS end in this partition: the answer goes to CloudFormation's own host only.
        URL_SUFFIX: Stack.of(this).urlSuffix,
      },
    });
    // A policy of its own: in the role's own policy, a role that all functions share would wait for the drift function, which waits
    // for the role.
    this.policy = new Policy(this, 'Policy', { statements: [invokeStatement(driftFunction.functionArn)] });
    this.handler.role.attachInlinePolicy(this.policy);
    // The id differs from that of the first versions, whose function recognises a rollback only by its own physical ids.
    this.resource = this.create('Registration', {
      ...inputs,
      Environment: { ...inputs.Environment, ...(health ? { HEALTH: `theirs ${health}` } : {}) },
    });
  }

  /** Registers again once the load balancer exists, compares the group with it, and waits for a healthy target. */
  awaitHealthy(health: string): CustomResource {
    return this.create('HealthyTarget', { Environment: { HEALTH: `ours ${health}` } });
  }

  private create(id: string, properties: Inputs): CustomResource {
    const resource = new CustomResource(this, id, {
      resourceType: id === 'HealthyTarget' ? 'Custom::HealthyTarget' : 'Custom::FirstRegistration',
      serviceToken: this.handler.function.functionArn,
      // Without it CloudFormation waits an hour for a handler that cannot answer.
      serviceTimeout: timeout.plus(Duration.minutes(1)),
      properties: { FunctionName: this.functionName, ...properties },
    });
    resource.node.addDependency(this.handler, this.policy);
    return resource;
  }
}
