import { CustomResource, Duration } from 'aws-cdk-lib';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { handlerSource } from './first-registration-handler.ts';
import { invokeStatement } from './permissions.ts';
import { type FunctionCommons, ReconcilerFunction } from './reconciler-function.ts';

interface FirstRegistrationProps extends FunctionCommons {
  /** Function that is invoked with `{"action": "resync"}`. */
  readonly driftFunction: IFunction;
  /** Its time-out. */
  readonly driftTimeout: Duration;
  /** What the registration depends on: whenever a deployment changes any of it, the registration runs again. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

const attempts = 3;
const pause = Duration.seconds(10);

/**
 * Registers the writer as a part of the deployment: a custom resource whose function invokes the drift function, and fails the
 * deployment with the report's message. It runs when the stack is created, and again when one of `inputs` changes. A rollback to
 * inputs that were registered before runs it too, but does not fail: that would leave the stack in UPDATE_ROLLBACK_FAILED.
 */
export class FirstRegistration extends Construct {
  /** The registration itself; it depends on what must be there before. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: FirstRegistrationProps) {
    super(scope, id);
    const { driftFunction, driftTimeout, inputs, ...commons } = props;
    // A function can take 15 minutes, so with a very long settle time the last attempt may be missing.
    const timeout = Math.min(900, attempts * (driftTimeout.toSeconds() + pause.toSeconds()) + 30);
    const handler = new ReconcilerFunction(this, 'Handler', {
      ...commons,
      name: 'registration',
      description: 'Registers the database at deployment, through the drift function',
      code: Code.fromInline(handlerSource),
      timeout: Duration.seconds(timeout),
      statements: [],
      environment: { ATTEMPTS: String(attempts), PAUSE_MILLISECONDS: String(pause.toMilliseconds()) },
    });
    // A policy of its own: in the role's own policy, a role that all functions share would wait for the drift function, which waits
    // for the role.
    const policy = new Policy(this, 'Policy', { statements: [invokeStatement(driftFunction.functionArn)] });
    handler.role.attachInlinePolicy(policy);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::FirstRegistration',
      serviceToken: handler.function.functionArn,
      // Without it CloudFormation waits an hour for a handler that cannot answer.
      serviceTimeout: Duration.seconds(timeout + 60),
      properties: { FunctionName: driftFunction.functionName, ...inputs },
    });
    this.resource.node.addDependency(handler, policy);
  }
}
