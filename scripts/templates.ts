/* Reads CloudFormation templates for people: statements, and ARNs without what differs from stack to stack. */

// biome-ignore lint/suspicious/noExplicitAny: a template's properties have as many shapes as CloudFormation has resources.
export type Resource = { readonly Type: string; readonly Properties: any };
export type Template = { readonly Resources: Readonly<Record<string, Resource>> };

export type Statement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
};

/** A value as people write it: a service principal by its name, a lone `{"AWS": "*"}` as `*`. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Service, AWS } = (value ?? {}) as { Service?: string; AWS?: string };
  return Service ?? AWS ?? JSON.stringify(value);
}

/** The statements of a template's roles, each with the function that it is for. */
export function statementsOf({ Resources }: Template): readonly { statement: Statement; role: string }[] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({ statement, role: functionOf(id) })),
    );
}

function functionOf(logicalId: string): string {
  if (logicalId.startsWith('AutomaticAcceptance')) return 'acceptance';
  if (logicalId.includes('FirstRegistration')) return 'registration';
  if (logicalId.includes('SchedulePolicy')) return 'none: EventBridge Scheduler';
  if (logicalId.includes('Diagnostics')) return 'drift, failover';
  return logicalId.includes('Failover') ? 'failover' : 'drift';
}

/** What a statement is about, for every stack alike: own resources by their kind, others by their ARN. */
export function arnPattern(resource: unknown, { Resources }: Template): string {
  if (typeof resource === 'string')
    return resource
      .replace(/:[a-z]+(?:-[a-z]+)+-\d+:\d{12}:/, ':REGION:ACCOUNT:')
      .replace(/:(cluster|db):(?!\*).+$/, ':$1:ID')
      .replace(/targetgroup\/.+$/, 'targetgroup/NAME/ID');
  if (JSON.stringify(resource).includes(':schedule/'))
    return 'arn:aws:scheduler:REGION:ACCOUNT:schedule/FUNCTION/FUNCTION';
  if (JSON.stringify(resource).includes(':vpc-endpoint-service/'))
    return 'arn:aws:ec2:REGION:ACCOUNT:vpc-endpoint-service/ID';
  const { Ref, 'Fn::GetAtt': attribute } = resource as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const name = Ref ?? attribute?.[0] ?? '';
  const type = Resources[name]?.Type;
  const kinds: Readonly<Record<string, string>> = {
    'AWS::SQS::Queue': 'DEAD-LETTER-QUEUE',
    'AWS::Logs::LogGroup': 'LOG-GROUP-OF-THE-FUNCTION',
    'AWS::ElasticLoadBalancingV2::TargetGroup': 'TARGET-GROUP',
    'AWS::Events::Rule': 'RULE-OF-THE-STACK',
    'AWS::Lambda::Function': name.includes('Failover') ? 'FAILOVER-FUNCTION' : 'DRIFT-FUNCTION',
  };
  const kind = type && kinds[type];
  if (!kind) throw new Error(`no name for the resource ${JSON.stringify(resource)}`);
  return kind;
}
