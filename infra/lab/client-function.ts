import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Placement } from '../index.ts';
import type { LabDatabase } from './databases-stack.ts';
import { acceptWildcards } from './stack.ts';

type LabClientProps = {
  readonly name: string;
  /** Inside a network, with a way to Secrets Manager. */
  readonly placement: Placement;
  readonly login: ISecret;
  /** Those whose certificates it takes. */
  readonly databases: readonly LabDatabase[];
};

const secretCall = 'secretsmanager:GetSecretValue';

/** The client of the lab: a function that connects for a while, and returns each attempt (lab/contract.ts). */
export class LabClient extends Construct {
  readonly functionName: string;
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, { name, placement, login, databases }: LabClientProps) {
    super(scope, id);
    const { network, environment, needs } = placement.bind(this, [secretCall]);
    this.securityGroup = network.securityGroups?.[0] as SecurityGroup;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${name}`,
      retention: RetentionDays.ONE_DAY,
    });
    const role = new Role(this, 'Role', {
      description: `Role of ${name}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    for (const statement of this.statements(login.secretArn, logGroup.logGroupArn)) role.addToPolicy(statement);
    const made = new LambdaFunction(this, 'Function', {
      ...network,
      functionName: name,
      description: "Tries to reach the lab's databases, and returns each attempt",
      code: Code.fromAsset(bundle()),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: clientMemoryMb,
      timeout: Duration.minutes(15),
      environment: {
        ...environment,
        LOGIN_SECRET_ARN: login.secretArn,
        SERVER_NAMES: databases.flatMap(({ serverNames }) => serverNames).join(','),
      },
      role,
      logGroup,
    });
    made.node.addDependency(...needs);
    this.functionName = name;
    acceptWildcards(
      this,
      [['*'], ['ec2', '*/*']],
      'ManageNetworkInterfaces: Lambda checks for it before an interface has an identifier. ReadNetworkInterfaces: EC2 has no resource-level permission for its Describe actions.',
    );
  }

  /** Lets the client out to this group, and in there. */
  mayConnect(to: ISecurityGroup, port: number, description: string): void {
    this.securityGroup.connections.allowTo(to, Port.tcp(port), description);
  }

  private statements(secretArn: string, logGroupArn: string): PolicyStatement[] {
    const anyHere = Stack.of(this).formatArn({ service: 'ec2', resource: '*', resourceName: '*' });
    const allow = (sid: string, actions: string[], resources: string[]) =>
      new PolicyStatement({ sid, actions, resources });
    return [
      allow('ReadLogin', [secretCall], [secretArn]),
      allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]),
      allow('ManageNetworkInterfaces', interfaceCalls, [anyHere]),
      // For Lambda alone: a call with a running function's credentials carries the key (Lambda guide, "permissions-source-function-arn").
      new PolicyStatement({
        sid: 'LeaveNetworkInterfacesToLambda',
        effect: Effect.DENY,
        actions: interfaceCalls,
        resources: ['*'],
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
      allow('ReadNetworkInterfaces', ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'], ['*']),
    ];
  }
}

const interfaceCalls = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** MB: with less, a client that opens many connections waits for the CPU. */
const clientMemoryMb = 512;

/** @throws Error when it was not built */
function bundle(): string {
  const directory = join(import.meta.dirname, '..', '..', 'dist', 'lab', 'client');
  if (!existsSync(join(directory, 'index.mjs')))
    throw new Error(`${directory}/index.mjs is missing; run \`npm run build\` first`);
  return directory;
}
