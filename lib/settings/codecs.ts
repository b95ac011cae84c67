import { canHoldTargets, dnsName, isCidr, isIp, privateCidrs } from '../addresses.ts';
import { type Endpoint, isPort } from '../domain.ts';
import { nearest } from '../nearest.ts';
import { arnPattern } from '../partitions.ts';

/* How the texts of an environment are read and written. `kind` tells databases.json how to take the same thing. */

export type Codec<Value> = {
  /** Undefined: the text is not allowed. */
  decode(text: string): Value | undefined;
  /** `decode` says whether the text is allowed. */
  encode(value: Value): string;
  /** For people. */
  readonly allowed: string;
  /** A text that is allowed. */
  readonly example: string;
  /** What is typed, as it is read. */
  readonly tidy?: (text: string) => string;
  /** What follows the refusal of a text: what was probably meant. */
  readonly hint?: (text: string) => string;
} & Form;

type Form =
  | { readonly kind: 'flag' | 'endpoint' }
  | { readonly kind: 'text'; readonly pattern: RegExp }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unitMs?: number }
  | {
      readonly kind: 'list';
      readonly isItem: (item: string) => boolean;
      readonly items: string;
      readonly each: string;
    };

export const text = (pattern: RegExp, allowed: string, example: string, check = (_: string) => true) => ({
  kind: 'text' as const,
  pattern,
  decode: (one: string) => (pattern.test(one) && check(one) ? one : undefined),
  encode: String,
  allowed,
  example,
});

export const words = <const T extends readonly [string, ...string[]]>(...all: T) => ({
  kind: 'words' as const,
  decode: (one: string): T[number] | undefined => all.find((word) => word === one),
  encode: String,
  words: all,
  allowed: all.join(', ').replace(/, ([^,]+)$/, ' or $1'),
  example: all[0],
  hint(typed: string) {
    const word = nearest(typed, all);
    return word === undefined ? '' : `; did you mean ${word}?`;
  },
});

export const flag = {
  kind: 'flag' as const,
  decode: (one: string) => (one === 'true' ? true : one === 'false' ? false : undefined),
  encode: String,
  allowed: 'true or false',
  example: 'true',
};

function number(min: number, max: number, unit: string, unitMs?: number) {
  const isWhole = unit === 'a whole number';
  return {
    kind: 'number' as const,
    min,
    max,
    ...(unitMs ? { unitMs } : {}),
    decode(one: string) {
      const value = /^\d+(\.\d+)?$/.test(one) ? Number(one) : Number.NaN;
      return value >= min && value <= max && (!isWhole || Number.isInteger(value)) ? value : undefined;
    },
    encode: String,
    allowed: `${unit} from ${min} to ${max}`,
    example: String(max),
  };
}

export const whole = (min: number, max: number) => number(min, max, 'a whole number');
/** The configuration holds milliseconds. */
export const seconds = (min: number, max: number) => number(min, max, 'seconds', 1000);
export const milliseconds = (min: number, max: number) => number(min, max, 'milliseconds', 1);

/** `items`: what it lists, in a word or two; `each`: what each may be, for people. */
export const list = (items: string, isItem: (item: string) => boolean, each: string, example: string) => ({
  kind: 'list' as const,
  items,
  isItem,
  each,
  decode(all: string): readonly string[] | undefined {
    const found = all.split(',').map((item) => item.trim());
    return found.every(isItem) ? found : undefined;
  },
  encode: String,
  allowed: `comma-separated ${each}`,
  example,
});

export const endpoint = {
  kind: 'endpoint' as const,
  decode(one: string): Endpoint | undefined {
    const [host = '', text] = one.split(':');
    const port = text === undefined ? undefined : Number(text);
    if (!dnsName.test(host) || (port !== undefined && !isPort(port))) return undefined;
    return { host, ...(port === undefined ? {} : { port }) };
  },
  encode: ({ host, port }: Endpoint) => (port === undefined ? host : `${host}:${port}`),
  allowed: 'a full DNS name, with or without :port; not an address, which would not move with the writer',
  example: 'db.example.com:5432',
};

/* What is read in one way only. */

export const printable = text(/^[\x20-\x7e]{1,255}$/, '1 to 255 printable ASCII characters', 'orders');

const named = /^[A-Za-z](-?[A-Za-z0-9])*$/;
export const identifier = (what: string, isOne?: (id: string) => boolean) =>
  text(named, `${what}: letters, digits and single hyphens, a letter first`, 'orders', isOne);

export const identifierPrefix = text(
  /^[A-Za-z](-?[A-Za-z0-9])*-?$/,
  'the beginning of an RDS identifier: letters, digits and single hyphens, a letter first',
  'orders-',
);

export const hostName = text(
  dnsName,
  'a full DNS name; an address never moves: register it in the target group once, by hand',
  'db.example.com',
);

export const targetGroup = text(
  arnPattern('elasticloadbalancing', 'targetgroup/[^/]+/[^/]+'),
  'arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID',
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/orders/0',
);

const groupId = /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/;

export const securityGroup = text(
  groupId,
  'the identifier of a security group: sg- and 8 or 17 hexadecimal digits',
  'sg-0123456789abcdef0',
);

/** It becomes the end of an ARN in a policy, so it holds no wildcard and no slash. PostgreSQL takes 63 characters, MySQL 32. */
export const databaseUser = text(
  /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/,
  'a database user: 1 to 63 of A-Z a-z 0-9 _ . -, a letter or _ first',
  'rds_target_probe',
);

export const databaseName = text(
  /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/,
  'the name of a database on the server: 1 to 63 of A-Z a-z 0-9 _ $ -, a letter or _ first',
  'orders',
);

/** The six characters at the end are Secrets Manager's. Only names that AWS services give contain `!`: the master user's begins so. */
export const secret = text(
  arnPattern('secretsmanager', 'secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}'),
  "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX, the full ARN; not the master user's secret (rds!…)",
  'arn:aws:secretsmanager:us-east-1:000000000000:secret:orders-probe-AbCdEf',
);

/** FIFO topics, whose names end in .fifo, deliver to SQS alone and want a group for each message. */
export const topic = text(
  arnPattern('sns', '[A-Za-z0-9_-]{1,256}'),
  'arn:aws:sns:REGION:ACCOUNT:TOPIC, a standard topic, not a FIFO one',
  'arn:aws:sns:us-east-1:000000000000:failovers',
);

export const securityGroups = list(
  'security groups',
  (one) => groupId.test(one),
  'identifiers of security groups: sg- and 8 or 17 hexadecimal digits',
  'sg-0123456789abcdef0',
);

export const ranges = list(
  'private ranges',
  (one) => isCidr(one) && canHoldTargets(one),
  `IPv4 or IPv6 ranges that hold private addresses (${privateCidrs.join(', ')}, 198.18.0.0/15), and global IPv6 ranges of a VPC (/44 or longer)`,
  '10.0.0.0/8',
);

function isDnsServer(one: string): boolean {
  const [, bracketed, bracketedPort] = /^\[(.+)\](?::(\d+))?$/.exec(one) ?? [];
  const [, plain, plainPort] = /^([\d.]+)(?::(\d+))?$/.exec(one) ?? [];
  const port = Number(bracketedPort ?? plainPort ?? 53);
  return isIp(bracketed ?? plain ?? one) && isPort(port);
}

export const dnsServers = list(
  'DNS servers',
  isDnsServer,
  'IP addresses, each with or without :port ([address]:port for IPv6)',
  '10.0.0.2',
);

/** A pause ends by itself; longer than this it would be forgotten. */
export const longestPauseHours = 24;

export const time = text(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/,
  `a time in UTC like 2026-05-04T13:30:00Z, at most ${longestPauseHours} hours ahead`,
  '2026-05-04T13:30:00Z',
  (one) => !Number.isNaN(Date.parse(one)),
);

export const namespace = text(
  /^(?!AWS\/)[A-Za-z0-9_.\-/#:]{1,255}$/,
  '1 to 255 of A-Z a-z 0-9 . - _ / # :, not starting with AWS/',
  'Databases',
);
