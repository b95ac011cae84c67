import {
  type App,
  CfnOutput,
  CrossStackReferences,
  Fn,
  ReferenceStrength,
  RemovalPolicies,
  Stack,
  Token,
  Validations,
} from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { type LabPart, type LabSettings, labTag, stackNameOf } from './names.ts';

export const databasePort = 5432;

/** The provider's and the consumer's network have the same range: PrivateLink and VPC Lattice do not mind, and no other way would do. */
export const labCidr = '10.0.0.0/16';

/** What each stack has exported, and each but the switch imports: CloudFormation then deletes the switch last. */
export const switchExportOf = (run: string): string => `rds-target-lab-${run}-switch`;

/** A stack of which nothing stays: every resource has the run's tag, and is deleted with the stack. */
export class LabStack extends Stack {
  readonly run: string;
  private readonly zones: readonly string[];

  constructor(app: App, part: LabPart, { run, zones, account, region }: LabSettings, description: string) {
    super(app, part, {
      stackName: stackNameOf(run, part),
      description: `${description} (rds-target-lab, throw-away)`,
      env: { account, region },
      tags: { [labTag]: run },
    });
    this.run = run;
    this.zones = zones;
    // CloudFormation does not delete the databases before what leads to them. The consumer holds nothing, as an account of its own would
    // not: whether AWS refuses to delete the services while it is connected is one of the lab's questions.
    CrossStackReferences.of(this).consume(part === 'consumer' ? ReferenceStrength.WEAK : ReferenceStrength.STRONG);
    RemovalPolicies.of(this).destroy();
    Validations.of(this).acknowledge({ id: 'CloudFormation-Validate::W3010', reason: 'the lab chooses the zones' });
    if (part === 'switch') return;
    new CfnOutput(this, 'DeadMansSwitch', {
      value: Fn.importValue(switchExportOf(run)),
      description: 'Deletes this stack when nothing else has',
    });
  }

  /** Not looked up: the lab chooses zones that offer the instance classes. */
  override get availabilityZones(): string[] {
    return [...this.zones];
  }

  get ownAccount(): string {
    return `arn:${this.partition}:iam::${this.account}:root`;
  }

  /** One output of the lab's contract: its name, and its value as JSON. */
  tell(name: string, value: unknown): void {
    new CfnOutput(this, name, { value: typeof value === 'string' ? value : this.toJsonString(value) });
  }
}

/** Three zones, no NAT, no route to the internet. */
export function createNetwork(stack: LabStack): ec2.Vpc {
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    ipAddresses: ec2.IpAddresses.cidr(labCidr),
    maxAzs: 3,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
    // It takes a function whose log group would stay.
    restrictDefaultSecurityGroup: false,
  });
  accept(vpc, { VPC7: 'the lab reads no flow logs, and they would cost more than it learns' });
  return vpc;
}

/** The subnets of the first zones. */
export const zonesOf = (vpc: ec2.IVpc, count: number): ec2.SubnetSelection => ({
  subnets: vpc.isolatedSubnets.slice(0, count),
});

/** Acknowledges findings of cdk-nag (AwsSolutions) that throw-away justifies, each with its reason. */
export function accept(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons))
    Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/** The same for wildcards in policies. `resources`: the service and the rest of each ARN, or `*` alone. */
export function acceptWildcards(scope: IConstruct, resources: readonly (readonly string[])[], reason: string): void {
  const { partition, region, account } = Stack.of(scope);
  // As cdk-nag writes what is not known at synth.
  const shown = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  const prefix = `arn:${shown(partition, 'Partition')}`;
  const place = `${region}:${shown(account, 'AccountId')}`;
  for (const [service, resource] of resources) {
    const arn = resource === undefined ? service : `${prefix}:${service}:${place}:${resource}`;
    accept(scope, { [`IAM5[Resource::${arn}]`]: reason });
  }
}
