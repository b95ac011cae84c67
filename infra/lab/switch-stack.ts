import { type App, ArnFormat, CfnOutput } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { type LabSettings, labParts, labTag, stackNameOf } from './names.ts';
import { acceptWildcards, LabStack, switchExportOf } from './stack.ts';

/** From the deadline on, until the stack is gone. */
const every = 'rate(10 minutes)';

/**
 * The dead man's switch: from the deadline on EventBridge Scheduler asks CloudFormation every ten minutes to delete each stack, this one
 * included. CloudFormation finds the order: it refuses to delete a stack whose exports another one imports, and AWS an endpoint service
 * that is in use; what was refused is asked for again. No function, no code, and no rights but `DeleteStack`: CloudFormation deletes with the
 * role that the stack was deployed with (DeleteStack, `RoleARN`), which is the one of CDK's bootstrap.
 */
export class SwitchStack extends LabStack {
  constructor(app: App, settings: LabSettings) {
    super(app, 'switch', settings, "Dead man's switch of the lab");
    const { run, until } = settings;
    const names = labParts.map((part) => stackNameOf(run, part));
    const group = new CfnScheduleGroup(this, 'Group', { name: `${labTag}-${run}` });
    const role = new Role(this, 'Role', {
      description: "EventBridge Scheduler deletes the lab's stacks after the deadline",
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account, 'aws:SourceArn': group.attrArn } },
      }),
    });
    const policy = new Policy(this, 'DeleteStacks', { roles: [role], statements: [this.deletion(names)] });
    for (const [index, name] of names.entries()) {
      const schedule = new CfnSchedule(this, `Delete-${labParts[index]}`, {
        name,
        groupName: group.ref,
        description: `Deletes the stack ${name}`,
        scheduleExpression: every,
        startDate: until,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: `arn:${this.partition}:scheduler:::aws-sdk:cloudformation:deleteStack`,
          roleArn: role.roleArn,
          input: JSON.stringify({ StackName: name }),
          // The next one comes in ten minutes.
          retryPolicy: { maximumRetryAttempts: 0 },
        },
      });
      schedule.node.addDependency(policy);
    }
    new CfnOutput(this, 'Until', { value: until, exportName: switchExportOf(run) });
  }

  /** These stacks alone; an id ends the ARN of a stack, and is not known before it exists. */
  private deletion(names: readonly string[]): PolicyStatement {
    const arns = names.map((name) =>
      this.formatArn({
        service: 'cloudformation',
        resource: 'stack',
        resourceName: `${name}/*`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    );
    acceptWildcards(
      this,
      names.map((name) => ['cloudformation', `stack/${name}/*`]),
      'the ARN of a stack ends in an id that is not known before the stack exists',
    );
    return new PolicyStatement({ sid: 'DeleteStacks', actions: ['cloudformation:DeleteStack'], resources: arns });
  }
}
