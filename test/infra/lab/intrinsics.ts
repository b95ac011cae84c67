/* What CloudFormation would make of a value, with answers as long as those of AWS. */

const account = '123456789012';

const hosts: readonly (readonly [RegExp, string])[] = [
  [/Instance\w*EndpointAddress/, 'lab-demo1-instance.c1abcdefghij.us-east-1.rds.amazonaws.com'],
  [/Member0\w*EndpointAddress/, 'lab-demo1-cluster-0.c1abcdefghij.us-east-1.rds.amazonaws.com'],
  [/Member1\w*EndpointAddress/, 'lab-demo1-cluster-1.c1abcdefghij.us-east-1.rds.amazonaws.com'],
  [/Cluster\w*EndpointAddress/, 'lab-demo1-cluster.cluster-c1abcdefghij.us-east-1.rds.amazonaws.com'],
];

/** A text that differs from output to output. */
function published(name: string): string {
  const host = hosts.find(([pattern]) => pattern.test(name))?.[1];
  if (host) return host;
  if (name.includes('GroupId')) return 'sg-0123456789abcdef0';
  if (name.includes('Login')) return `arn:aws:secretsmanager:us-east-1:${account}:secret:Login-AbCdEf`;
  if (name.startsWith('Events')) return '/aws/events/rds-target-lab-demo1';
  return `arn:aws:elasticloadbalancing:us-east-1:${account}:targetgroup/${name.slice(-32)}/0123456789abcdef`;
}

/** The intrinsic functions that the lab's outputs and ARNs use. */
export function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Ref':
      return argument === 'AWS::AccountId' ? account : published(String(argument));
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(resolved).join(separator);
    }
    case 'Fn::GetStackOutput':
      return published((argument as { OutputName: string }).OutputName);
    case 'Fn::ImportValue':
      return published(String(argument));
    case 'Fn::GetAtt':
      return published((argument as string[]).join(''));
    case 'Fn::Select': {
      // The name in the first DNS entry of an endpoint: HOSTED_ZONE:NAME.
      const endpoint = /"Fn::GetAtt":\["(\w+?)Endpoint\w{8}","DnsEntries"/.exec(JSON.stringify(argument))?.[1] ?? '';
      const digits = [...endpoint].map((letter) => letter.charCodeAt(0).toString(16)).join('');
      const id = digits.slice(-17).padStart(17, '0');
      return `vpce-${id}-${id.slice(-8)}.vpce-svc-${id}.us-east-1.vpce.amazonaws.com`;
    }
    default:
      throw new Error(`no value for ${JSON.stringify(value)}`);
  }
}
