import * as z from 'zod';
import { canHoldClients, canHoldTargets, dnsName, domainName, isNetwork, networkOf } from '../../lib/addresses.ts';
import { identifierHint, isResourceId } from '../../lib/contradictions.ts';
import { arnPattern, globalArnPattern, regionPattern, zonePattern } from '../../lib/partitions.ts';
import { didYouMean, didYouMeanList, didYouMeanWord } from './did-you-mean.ts';
import { limits } from './limits.ts';

/* Fields of the configuration file. The message of each schema is what is allowed there; problems.ts adds path and value. */

type Test = (value: unknown) => boolean;
type Issue = { readonly input?: unknown };

const error = (allowed: string, isAllowed: Test) => ({
  error: ({ input }: Issue) => allowed + didYouMean(input, isAllowed),
});

export function text(pattern: RegExp, allowed: string) {
  const said = error(allowed, (value) => typeof value === 'string' && pattern.test(value));
  return z.string(said).regex(pattern, said);
}

export function textThat(isAllowed: (text: string) => boolean, allowed: string) {
  const said = error(allowed, (value) => typeof value === 'string' && isAllowed(value));
  return z.string(said).refine(isAllowed, said);
}

export const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, {
    error: ({ input }) => values.map((value) => `"${value}"`).join(' or ') + didYouMeanWord(input, values),
  });

export const flag = () => z.boolean(error('true or false', (value) => typeof value === 'boolean'));

export function whole(min: number, max: number) {
  const isInside: Test = (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const said = error(`a whole number from ${min} to ${max}`, isInside);
  return z.int(said).min(min, said).max(max, said);
}

export const list = <T extends z.ZodType>(item: T, what: string) =>
  z
    .array(item, {
      error: ({ input }) => `a list of ${what}${didYouMeanList(input, (value) => item.safeParse(value).success)}`,
    })
    .min(1, { error: `at least one of ${what}, or leave the key out` });

/** What a database, or a load balancer of several, may be called. */
export const name = () =>
  text(/^[A-Za-z](-?[A-Za-z0-9]){0,31}$/, '1 to 32 letters, digits and single hyphens, a letter first');

/** The list at the top of a file. */
export const entries = <T extends z.ZodType>(item: T, what: 'databases' | 'consumers') =>
  z
    .array(item, {
      error: ({ input }) => `a list of ${what}, or {"${what}": [...]}${singleIf(input)}`,
    })
    .min(1, { error: `at least one ${what.slice(0, -1)}` })
    .describe('One entry, one stack');

/** Added where the list is missing around a single entry. */
export const single = '; for a single one put [ and ] around it';

/** Each entry has a name; an object without one may have the entries by their names. */
export const singleIf = (input: unknown): string =>
  typeof input !== 'object' || input === null
    ? ''
    : 'name' in input
      ? single
      : '; the name of an entry is its key "name"';

/** The message for unknown keys. */
export const onlyKeys = (shape: z.ZodRawShape) => `only these keys: ${Object.keys(shape).join(', ')}`;

/** An object that refuses unknown keys, and lists the known ones. A text in its place may be the value of the one key that takes it. */
export const object = <S extends z.ZodRawShape>(shape: S, what: string) => {
  const meant = (text: unknown) =>
    Object.keys(shape)
      .map((key) => ({ [key]: text }))
      .filter((one) => typeof text === 'string' && z.strictObject(shape).safeParse(one).success);
  return z.strictObject(shape, {
    error: ({ code, input }) => {
      if (code === 'unrecognized_keys') return onlyKeys(shape);
      const found = meant(input);
      const allowed = `${what}: {${Object.keys(shape).join(', ')}}`;
      return allowed + didYouMean(input, (value) => found.length === 1 && value === found[0], found);
    },
  });
};

/** `arn:…` of one service. `resource` is a pattern; `shown` is the end of the ARN in messages. */
export const arn = (service: string, resource: string, shown: string) =>
  text(arnPattern(service, resource), `arn:aws:${service}:REGION:ACCOUNT:${shown}`);

export const iamArn = (resource: string, shown: string) =>
  text(globalArnPattern('iam', resource), `arn:aws:iam::ACCOUNT:${shown}`);

/** A resource identifier of EC2: `vpc-0123456789abcdef0`. */
export const ec2Id = (prefix: string) =>
  text(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    `${prefix}- and 8 or 17 hexadecimal digits (the identifier, not a name)`,
  );

/** A range by its first address: AWS refuses others, or stores another range than the file has. */
function cidrThat(isRight: (cidr: string) => boolean, allowed: string, isMeant = (_: string) => true) {
  const isAllowed = (value: string) => isNetwork(value) && isRight(value);
  const meant: Test = (value) => typeof value === 'string' && isAllowed(value) && isMeant(value);
  const said = {
    error: ({ input }: Issue) =>
      allowed + didYouMean(input, meant, typeof input === 'string' ? [networkOf(input)] : []),
  };
  return z.string(said).refine(isAllowed, said);
}

const isIpv4 = (value: string) => !value.includes(':');

export const ipv4Cidr = () => cidrThat(isIpv4, 'an IPv4 range like 10.0.0.0/16');

/** "VPC CIDR blocks" in the VPC guide: from /16 to /28. A wider range would let in addresses of other networks. */
export const vpcCidr = () =>
  cidrThat(
    (value) => isIpv4(value) && /\/(1[6-9]|2[0-8])$/.test(value),
    'an IPv4 range of a VPC, /16 to /28, like 10.0.0.0/16',
  );

export const cidr = () => cidrThat(() => true, 'an IPv4 or IPv6 range like 10.0.0.0/16 or fd00:1::/56');

const privateRange = 'a private IPv4 or IPv6 range like 10.0.0.0/16, or the IPv6 range of a VPC (/44 or longer)';

export const targetCidr = () => cidrThat(canHoldTargets, privateRange);

/** Clients reach an endpoint from private addresses, IPv6 clients from a VPC's range; the whole internet is no client range. */
export const clientCidr = (allowed = privateRange) => cidrThat(canHoldClients, allowed);

const fullName = 'a full DNS name like orders.abc.eu-central-1.rds.amazonaws.com, and no address';

export const hostName = () => text(dnsName, fullName);

/** The name of a zone or of an endpoint service. */
export const zoneName = () => text(domainName, fullName);

export function rdsId() {
  const pattern = /^(?=.{1,63}$)[A-Za-z](-?[A-Za-z0-9])*$/;
  const isId: Test = (value) => typeof value === 'string' && pattern.test(value) && !isResourceId(value);
  const said = {
    error: ({ input }: Issue) =>
      'an RDS identifier: up to 63 letters, digits and single hyphens, a letter first (not an ARN)' +
      (typeof input === 'string' && isResourceId(input) ? identifierHint(input) : didYouMean(input, isId)),
  };
  return z.string(said).regex(pattern, said).refine(isId, said);
}

export const account = () => text(/^[0-9]{12}$/, '12 digits, as a string');

export const zone = () =>
  text(
    zonePattern,
    'the name of an Availability Zone like eu-central-1a (not its id like euc1-az2, which names another zone in each account)',
  );

export const region = () => text(regionPattern, 'a Region like eu-central-1');

export const port = () => whole(...limits.port);

/** What CloudWatch Logs accepts. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const retentionDays = () => z.literal(retentions, { error: `one of ${retentions.join(', ')}` });

/** Key and value as AWS limits them; keys that start with `aws:` are reserved. */
export const tags = () =>
  z
    .record(
      text(
        /^(?![aA][wW][sS]:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
        'tag keys of 1 to 128 characters, not starting with aws:',
      ),
      text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, 'tag values (strings) of up to 256 characters'),
      { error: 'an object of tags: {"key": "value"}' },
    )
    .refine((all) => Object.keys(all).length <= limits.tags, { error: `at most ${limits.tags} tags` });

/**
 * A JSON Schema for editors and other tools. All of them know draft 7, but not Unicode character classes: Python, for one, refuses a schema
 * with them. The stand-in allows a little more; synth has the last word.
 */
export const editorSchema = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern)
        jsonSchema.pattern = jsonSchema.pattern.replace('\\p{L}\\p{Z}\\p{N}', ' A-Za-z0-9\\u00a0-\\uffff');
    },
  }) as Readonly<Record<string, unknown>>;
