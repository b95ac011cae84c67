import { randomBytes } from 'node:crypto';
import type { Place } from '../../world/network.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { structParam } from '../wire/params.ts';
import type { QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';

/** The hexadecimal suffix that AWS gives to load balancers, listeners and target groups. */
export const resourceId = (): string => randomBytes(8).toString('hex');

/** `resource` is the last part, for example `targetgroup/name/id`. */
export const arnOf = ({ region, account }: Place, resource: string): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:${resource}`;

const kinds = {
  targetgroup: { words: 'target group', code: 'TargetGroupNotFound', plural: 'Target groups' },
  loadbalancer: { words: 'load balancer', code: 'LoadBalancerNotFound', plural: 'Load balancers' },
  listener: { words: 'listener', code: 'ListenerNotFound', plural: 'Listeners' },
} as const;

/** Finds a resource by its ARN; @throws AwsError for another kind, account or Region, and when it does not exist */
export function findByArn<T extends { readonly arn: string }>(
  kind: keyof typeof kinds,
  arn: string,
  all: Iterable<T>,
  owner: Place,
): T {
  const { words, code, plural } = kinds[kind];
  if (!arn.startsWith(arnOf(owner, `${kind}/`))) throw validationError(`'${arn}' is not a valid ${words} ARN`);
  for (const resource of all) if (resource.arn === arn) return resource;
  throw new AwsError(code, `${plural} '${arn}' not found`);
}

/** Attributes of one resource, in the order in which AWS lists them. */
export type Attributes = Map<string, string>;

type Rule = { readonly initial: string; readonly allows: RegExp | ((value: string) => boolean); readonly says: string };

const oneOf = (...values: readonly string[]) => ({
  allows: (value: string) => values.includes(value),
  says: `one of: ${values.join(', ')}`,
});
const flag = (initial: string): Rule => ({ initial, ...oneOf('true', 'false') });
const whole = (initial: string, min: number, max: number): Rule => ({
  initial,
  allows: (value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max,
  says: `between ${min} and ${max}`,
});
const quantity = (initial: string): Rule => ({
  initial,
  allows: /^(off|[1-9]\d*)$/,
  says: "'off' or a positive integer",
});

/** Attributes of a TCP group of a Network Load Balancer, with AWS's defaults for targets by address. */
export const targetGroupRules: Readonly<Record<string, Rule>> = {
  'stickiness.enabled': flag('false'),
  'deregistration_delay.timeout_seconds': whole('300', 0, 3600),
  'deregistration_delay.connection_termination.enabled': flag('false'),
  'proxy_protocol_v2.enabled': flag('false'),
  'preserve_client_ip.enabled': flag('false'),
  'stickiness.type': { initial: 'source_ip', ...oneOf('source_ip') },
  'load_balancing.cross_zone.enabled': {
    initial: 'use_load_balancer_configuration',
    ...oneOf('true', 'false', 'use_load_balancer_configuration'),
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': {
    initial: '1',
    allows: /^[1-9]\d*$/,
    says: 'a positive integer',
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': quantity('off'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': quantity('1'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': quantity('off'),
  'target_health_state.unhealthy.connection_termination.enabled': flag('true'),
  'target_health_state.unhealthy.draining_interval_seconds': whole('0', 0, 360_000),
};

/** Attributes of a Network Load Balancer, with AWS's defaults. */
export const loadBalancerRules: Readonly<Record<string, Rule>> = {
  'access_logs.s3.enabled': flag('false'),
  'access_logs.s3.bucket': { initial: '', allows: /.*/, says: 'a bucket' },
  'access_logs.s3.prefix': { initial: '', allows: /.*/, says: 'a prefix' },
  'deletion_protection.enabled': flag('false'),
  'load_balancing.cross_zone.enabled': flag('false'),
  'ipv6.deny_all_igw_traffic': flag('false'),
  'dns_record.client_routing_policy': {
    initial: 'any_availability_zone',
    ...oneOf('any_availability_zone', 'availability_zone_affinity', 'partial_availability_zone_affinity'),
  },
  'zonal_shift.config.enabled': flag('false'),
};

export const defaultAttributes = (rules: Readonly<Record<string, Rule>>): Attributes =>
  new Map(Object.entries(rules).map(([key, { initial }]) => [key, initial]));

/** Refuses a key or a value that AWS does not know. `what` begins the message: `Target group`, `Load balancer`. */
export function checkAttribute(rules: Readonly<Record<string, Rule>>, what: string, key: string, value: string): void {
  const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
  if (!rule) throw validationError(`${what} attribute key '${key}' is not recognized`);
  const { allows, says } = rule;
  const allowed = allows instanceof RegExp ? allows.test(value) : allows(value);
  if (!allowed) throw validationError(`${what} attribute key '${key}' must be ${says}, but its value is '${value}'`);
}

/** `Attributes.member.N.Key` and `.Value`. */
export const attributesParam = (params: QueryParams): readonly (readonly [string, string])[] =>
  structParam(params, 'Attributes.member').map((one) => [one.get('Key') ?? '', one.get('Value') ?? '']);

export const attributesXml = (attributes: Attributes): XmlValue => ({
  Attributes: { member: [...attributes].map(([Key, Value]) => ({ Key, Value })) },
});
