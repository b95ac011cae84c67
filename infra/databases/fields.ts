import * as z from 'zod';
import { canHoldTargets, dnsName, isCidr, isWithin, privateCidrs } from '../../lib/addresses.ts';

/* Fields of the configuration file. The message of each schema is what is allowed there; problems.ts adds path and value. */

export const text = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: values.map((value) => `"${value}"`).join(' or ') });

export const flag = () => z.boolean({ error: 'true or false' });

const range = (kind: string, min: number, max: number) => ({ error: `a ${kind} from ${min} to ${max}` });

export const whole = (min: number, max: number) =>
  z
    .int(range('whole number', min, max))
    .min(min, range('whole number', min, max))
    .max(max, {
      ...range('whole number', min, max),
    });

export const list = <T extends z.ZodType>(item: T, what: string) =>
  z.array(item, { error: `a list of ${what}` }).min(1, { error: `at least one of ${what}, or leave the key out` });

/** An object that refuses unknown keys and says which ones it knows. */
export function object<S extends z.ZodRawShape>(shape: S, what: string) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `only these keys: ${keys}` : `${what}: {${keys}}`),
  });
}

/** `arn:…` of one service. `resource` is a pattern; `shown` is how the end of the ARN looks to people. */
export const arn = (service: string, resource: string, shown: string, place = '[a-z0-9-]+:[0-9]{12}') =>
  text(
    new RegExp(`^arn:aws[a-z-]*:${service}:${place}:${resource}$`),
    `arn:aws:${service}:${place === ':[0-9]{12}' ? ':ACCOUNT' : 'REGION:ACCOUNT'}:${shown}`,
  );

export const iamArn = (resource: string, shown: string) => arn('iam', resource, shown, ':[0-9]{12}');

/** A resource identifier of EC2: `vpc-0123456789abcdef0`. */
export const ec2Id = (prefix: string) =>
  text(new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`), `${prefix}- and 8 or 17 hexadecimal digits`);

export const ipv4Cidr = () => {
  const allowed = 'an IPv4 range like 10.0.0.0/16';
  return z.string({ error: allowed }).refine((value) => isCidr(value) && !value.includes(':'), { error: allowed });
};

export const cidr = () => {
  const allowed = 'an IPv4 or IPv6 range like 10.0.0.0/16 or fd00:1::/56';
  return z.string({ error: allowed }).refine((value) => isCidr(value), { error: allowed });
};

export const targetCidr = () => {
  const allowed = 'a private IPv4 or IPv6 range like 10.0.0.0/16, or the IPv6 range of a VPC (/44 or longer)';
  return z.string({ error: allowed }).refine((value) => isCidr(value) && canHoldTargets(value), { error: allowed });
};

/** Clients come to an endpoint from private addresses, and IPv6 ones from a VPC; everybody is nobody's range. */
export const clientCidr = () => {
  const allowed = 'a private IPv4 or IPv6 range like 10.0.0.0/16, or the IPv6 range of a VPC (/44 or longer)';
  const isOfClients = (cidr: string) =>
    privateCidrs.some((one) => isWithin(cidr, one)) ||
    (cidr.includes(':') && Number(cidr.split('/')[1]) >= 44 && canHoldTargets(cidr));
  return z.string({ error: allowed }).refine((value) => isCidr(value) && isOfClients(value), { error: allowed });
};

export const hostName = () =>
  text(dnsName, 'a full DNS name like orders.abc.eu-central-1.rds.amazonaws.com, and no address');

export const rdsId = () =>
  text(
    /^[A-Za-z](-?[A-Za-z0-9])*$/,
    'an RDS identifier: letters, digits and single hyphens, a letter first (not an ARN)',
  );

export const region = () => text(/^[a-z]{2}(-[a-z]+)+-[0-9]+$/, 'a Region like eu-central-1');

export const port = () => whole(1, 65_535);

/** What CloudWatch Logs accepts. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const retentionDays = () => z.literal(retentions, { error: `one of ${retentions.join(', ')}` });

/** Key and value as AWS limits them; keys that start with `aws:` are reserved. */
export const tags = () =>
  z.record(
    text(
      /^(?![aA][wW][sS]:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
      'tag keys of 1 to 128 characters, not starting with aws:',
    ),
    text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, 'tag values (strings) of up to 256 characters'),
    { error: 'an object of tags: {"key": "value"}' },
  );
