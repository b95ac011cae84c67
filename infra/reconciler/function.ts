import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { type IRole, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  type FunctionOptions,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { memoryMb } from './memory.ts';
import { logStatement } from './permissions.ts';

/** What the functions of a reconciler have in common. */
export interface FunctionCommons {
  /** Prefix of the function's name. */
  readonly namePrefix?: string;
  /** How long its log is kept. */
  readonly logRetention?: RetentionDays;
  /** An existing role. */
  readonly executionRole?: IRole;
}

interface ReconcilerFunctionProps extends FunctionCommons {
  readonly name: 'failover' | 'drift' | 'registration' | 'acceptance';
  readonly description: string;
  readonly code: Code;
  readonly timeout: Duration;
  readonly statements: readonly PolicyStatement[];
  readonly environment: Record<string, string>;
  /** MB. */
  readonly memorySize?: number;
  readonly options?: FunctionOptions;
}

/** A function with its own log group, and a role that allows what the statements allow and nothing else. */
export class ReconcilerFunction extends Construct {
  /** The function. */
  readonly function: LambdaFunction;
  /** The role that it runs with. */
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: ReconcilerFunctionProps) {
    super(scope, id);
    const functionName = props.namePrefix === undefined ? undefined : `${props.namePrefix}${props.name}`;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: functionName && `/aws/lambda/${functionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      // A log group with an explicit name that outlives its stack stands in the way of the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.roleWith([...props.statements, logStatement(logGroup.logGroupArn)], props.executionRole);
    this.function = new LambdaFunction(this, 'Function', {
      ...props.options,
      functionName,
      description: props.description,
      code: props.code,
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout,
      environment: props.environment,
      role: this.role,
      logGroup,
    });
  }

  private roleWith(statements: readonly PolicyStatement[], given?: IRole): IRole {
    const role =
      given ??
      new Role(this, 'Role', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        description: `Role of ${this.node.path}`,
      });
    // One role for several functions collects their statements in one policy, where an id can stand only once.
    for (const statement of statements.map((one) => one.copy())) {
      if (given) statement.sid = undefined;
      role.addToPrincipalPolicy(statement);
    }
    return role;
  }
}

export type FunctionName = 'failover' | 'drift';
export type Environment = Record<string, string>;

/** Leaves time for the last lookup and the report; Lambda ends any function after 15 minutes. */
const timeoutAfter = (seconds: number): Duration => Duration.seconds(Math.min(900, Math.ceil(seconds) + 20));

/** Lambda's own limits; a token passes. */
function checkMemory(name: string, size: number): number {
  if (Token.isUnresolved(size) || (Number.isInteger(size) && size >= 128 && size <= 10_240)) return size;
  throw new Error(`${name} is ${size}; allowed: a whole number of MB from 128 to 10240`);
}

type Memory = { readonly failoverMemorySize?: number };

/** How the two functions differ. `delivery`: for how long and how often an event is retried. */
export const traits = {
  failover: {
    description: 'Follows the database when an event says that it may move',
    memorySize: ({ failoverMemorySize = memoryMb.failover }: Memory) =>
      checkMemory('failoverMemorySize', failoverMemorySize),
    timeout: ({ WATCH_SECONDS }: Environment) => timeoutAfter(Number(WATCH_SECONDS)),
    // Long enough for Lambda's two retries, which come one and two minutes after a run that failed at its end.
    delivery: { maxEventAge: Duration.minutes(15), retryAttempts: 2 },
  },
  drift: {
    description: 'Repairs the target group when it differs from the database',
    memorySize: () => memoryMb.drift,
    // A check ends after the settle time, and a fifth of it is its longest pause. By default it ends before the next one begins. Only
    // where a name shows some of its addresses at a time a check may take minutes to prove that one is gone (lib/observations/sampling.ts).
    timeout: ({ SETTLE_SECONDS, DATABASE_KIND }: Environment) =>
      timeoutAfter(Number(SETTLE_SECONDS) * (DATABASE_KIND === 'hostname' ? 12 : 1.2)),
    // The next check is the retry.
    delivery: { maxEventAge: Duration.minutes(1), retryAttempts: 0 },
  },
} as const;
