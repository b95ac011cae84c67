import { randomBytes } from 'node:crypto';
import { AwsError, validationError } from '../wire/aws-error.ts';

/** Whose resources they are. */
export type Owner = { readonly region: string; readonly account: string };

/** The hexadecimal suffix that AWS gives to load balancers, listeners and target groups. */
export const resourceId = (): string => randomBytes(8).toString('hex');

/** `resource` is the last part, for example `targetgroup/name/id`. */
export const arnOf = ({ region, account }: Owner, resource: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${resource}`;

const kinds = {
  targetgroup: { words: 'target group', code: 'TargetGroupNotFound', plural: 'Target groups' },
  loadbalancer: { words: 'load balancer', code: 'LoadBalancerNotFound', plural: 'Load balancers' },
  listener: { words: 'listener', code: 'ListenerNotFound', plural: 'Listeners' },
} as const;

/** Finds a resource by its ARN; refuses what is no ARN of this kind in this account and region, and what does not exist. */
export function findByArn<T extends { readonly arn: string }>(
  kind: keyof typeof kinds,
  arn: string,
  all: Iterable<T>,
  owner: Owner,
): T {
  const { words, code, plural } = kinds[kind];
  if (!arn.startsWith(arnOf(owner, `${kind}/`))) throw validationError(`'${arn}' is not a valid ${words} ARN`);
  for (const resource of all) if (resource.arn === arn) return resource;
  throw new AwsError(code, `${plural} '${arn}' not found`);
}
