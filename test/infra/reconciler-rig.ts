import { App, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FollowedDatabase } from '../../infra/reconciler/followed-database.ts';
import { TargetReconciler, type TargetReconcilerProps } from '../../infra/reconciler/target-reconciler.ts';

export const account = '123456789012';
export const region = 'eu-central-1';
export const targetGroupArn = `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/orders/0123456789abcdef`;

type Props = Omit<Partial<TargetReconcilerProps>, 'targetGroup' | 'targetGroupArn'> &
  Pick<TargetReconcilerProps, 'targetGroup' | 'targetGroupArn'>;

/** A stack without account and Region, as `cdk synth` has it offline. */
export const newStack = (): Stack => new Stack(new App(), 'orders');

export function addReconciler(stack: Stack, props: Props = {}, id = 'Reconciler'): TargetReconciler {
  return new TargetReconciler(stack, id, {
    databaseName: 'orders',
    database: FollowedDatabase.instance({ instanceIdentifier: 'orders' }),
    ...(props.targetGroup ? {} : { targetGroupArn: groupOf(stack, id) }),
    ...props,
  });
}

/** Each reconciler keeps a group of its own, in the Region of its stack. */
function groupOf(stack: Stack, id: string): string {
  const here = Token.isUnresolved(stack.region) ? targetGroupArn : targetGroupArn.replace(region, stack.region);
  return id === 'Reconciler' ? here : `${here}${Buffer.from(id).toString('hex')}`;
}

/** The template of a stack that holds one reconciler. */
export function reconcilerTemplate(props: Props | ((stack: Stack) => Props) = {}): Template {
  const stack = newStack();
  addReconciler(stack, typeof props === 'function' ? props(stack) : props);
  return Template.fromStack(stack);
}

export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
  readonly Properties: Record<string, any>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
};

export const resourcesOf = (template: Template, type?: string): [string, Resource][] =>
  Object.entries(template.toJSON().Resources as Record<string, Resource>).filter(
    ([, resource]) => type === undefined || resource.Type === type,
  );

/** The one resource of a type whose logical id begins like this. */
export function resource(template: Template, type: string, begin: string): [string, Resource] {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(begin));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of ${type} begin with ${begin}`);
  return found[0];
}

export const functionOf = (template: Template, name: 'Failover' | 'Drift'): Resource =>
  resource(template, 'AWS::Lambda::Function', `Reconciler${name}`)[1];

const pseudo: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** What CloudFormation makes of a value. A resource's attribute is told by `attributes`, or written as `{LogicalId.Attribute}`. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
export function resolved(value: any, attributes: Record<string, unknown> = {}): any {
  if (Array.isArray(value)) return value.map((item) => resolved(item, attributes));
  if (typeof value !== 'object' || value === null) return value;
  const attribute = (key: string) => attributes[key] ?? `{${key}}`;
  const [name, argument] = Object.entries(value)[0] ?? [];
  switch (name) {
    case 'Ref':
      return pseudo[String(argument)] ?? attribute(String(argument));
    case 'Fn::GetAtt':
      return attribute((argument as string[]).join('.'));
    case 'Fn::Join': {
      const [separator, parts] = resolved(argument, attributes) as [string, string[]];
      return parts.join(separator);
    }
    case 'Fn::Select': {
      const [index, parts] = resolved(argument, attributes) as [number, string[]];
      return parts[Number(index)];
    }
    case 'Fn::Split': {
      const [separator, text] = resolved(argument, attributes) as [string, string];
      return text.split(separator);
    }
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, attributes)]));
  }
}
