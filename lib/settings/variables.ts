import * as z from 'zod/mini';
import { canHoldTargets, dnsName as hostName, isCidr, isIp, privateCidrs } from '../addresses.ts';
import type { Endpoint } from '../domain.ts';
import { arnPattern } from '../partitions.ts';

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;

/* One line per variable: how its text is read and written, and, for people, what is allowed. */

const word = (pattern: RegExp) => z.string().check(z.regex(pattern));
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values);

const number = (min: number, max: number, isWhole = false) =>
  z.codec(
    z.string().check(z.regex(/^\d+(\.\d+)?$/)),
    z.number().check(
      z.gte(min),
      z.lte(max),
      z.refine((n) => !isWhole || Number.isInteger(n)),
    ),
    {
      decode: Number,
      encode: String,
    },
  );

const list = (isItem: (item: string) => boolean) =>
  z.codec(z.string(), z.array(z.string().check(z.refine(isItem))).check(z.minLength(1)), {
    decode: (text) => text.split(',').map((item) => item.trim()),
    encode: (items) => items.join(','),
  });

const flag = z.codec(z.enum(['true', 'false']), z.boolean(), {
  decode: (text) => text === 'true',
  encode: (value) => (value ? 'true' : 'false'),
});

const endpoint = z.codec(
  z.string(),
  z.object({ host: word(hostName), port: z.optional(z.number().check(z.int(), z.gte(1), z.lte(65535))) }),
  {
    decode: (text): Endpoint => {
      const [host = '', port] = text.split(':');
      return { host, ...(port === undefined ? {} : { port: Number(port) }) };
    },
    encode: ({ host, port }) => (port === undefined ? host : `${host}:${port}`),
  },
);

/** A pause ends by itself; longer than this it would be forgotten. */
export const longestPauseHours = 24;

const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text));

const isDnsServer = (text: string): boolean => {
  const [, bracketed, bracketedPort] = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? [];
  const [, plain, plainPort] = /^([\d.]+)(?::(\d+))?$/.exec(text) ?? [];
  const port = Number(bracketedPort ?? plainPort ?? 53);
  return isIp(bracketed ?? plain ?? text) && port >= 1 && port <= 65535;
};

export const variables = {
  DATABASE_NAME: {
    schema: word(/^[\x20-\x7e]{1,255}$/),
    allowed: '1 to 255 printable ASCII characters',
  },
  DATABASE_KIND: { schema: oneOf(['instance', 'cluster', 'hostname']), allowed: 'instance, cluster or hostname' },
  DATABASE_ID: {
    schema: word(/^[a-z](-?[a-z0-9])*$/i),
    allowed: 'an RDS identifier: letters, digits and single hyphens, a letter first',
  },
  DATABASE_HOSTNAME: {
    schema: word(hostName),
    allowed: 'a full DNS name; an address never moves: register it in the target group once, by hand',
  },
  DATABASE_PROXY_NAME: {
    schema: word(/^[a-z](-?[a-z0-9])*$/i),
    allowed: 'the name of an RDS Proxy: letters, digits and single hyphens, a letter first',
  },
  DATABASE_ENDPOINT: {
    schema: endpoint,
    allowed: 'a full DNS name, with or without :port; not an address, which would not move with the writer',
  },
  DATABASE_MEMBER: { schema: flag, allowed: 'true or false' },
  DATABASE_CUSTOM_ENDPOINT: {
    schema: word(/^[a-z](-?[a-z0-9])*$/i),
    allowed: 'the identifier of a custom endpoint: letters, digits and single hyphens, a letter first',
  },
  DATABASE_SECURITY_GROUPS: {
    schema: list((item) => /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(item)),
    allowed: 'comma-separated identifiers of security groups: sg- and 8 or 17 hexadecimal digits',
  },
  ROLE: { schema: oneOf(['writer', 'reader', 'custom']), allowed: 'writer, reader or custom' },
  TARGET_GROUP_ARN: {
    schema: word(arnPattern('elasticloadbalancing', 'targetgroup/[^/]+/[^/]+')),
    allowed: 'arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID',
  },
  TARGET_PORT: { schema: number(1, 65535, true), allowed: 'a whole number from 1 to 65535' },
  REMOVE_STALE: {
    schema: oneOf(['at-once', 'when-replacement-healthy', 'never']),
    allowed: 'at-once, when-replacement-healthy or never',
  },
  ALLOWED_CIDRS: {
    schema: list((item) => isCidr(item) && canHoldTargets(item)),
    allowed: `comma-separated IPv4 or IPv6 ranges that hold private addresses (${privateCidrs.join(', ')}, 198.18.0.0/15), and global IPv6 ranges of a VPC (/44 or longer)`,
  },
  WATCH_SECONDS: { schema: number(0.01, 890), allowed: 'seconds from 0.01 to 890' },
  SETTLE_SECONDS: { schema: number(0.01, 600), allowed: 'seconds from 0.01 to 600' },
  RECHECK_MILLISECONDS: { schema: number(1, 60_000), allowed: 'milliseconds from 1 to 60000' },
  DNS_SERVERS: {
    schema: list(isDnsServer),
    allowed: 'comma-separated IP addresses, each with or without :port ([address]:port for IPv6)',
  },
  VERIFY_INTERFACES: { schema: flag, allowed: 'true or false' },
  OBSERVE_ONLY: { schema: flag, allowed: 'true or false' },
  PAUSED_UNTIL: {
    schema: z.string().check(z.refine((text) => isTime(text))),
    allowed: `a time in UTC like 2026-05-04T13:30:00Z, at most ${longestPauseHours} hours ahead`,
  },
  METRICS_NAMESPACE: {
    schema: word(/^(?!AWS\/)[\w.\-/#:]{1,255}$/),
    allowed: '1 to 255 of A-Z a-z 0-9 . - _ / # :, not starting with AWS/',
  },
  LOG_LEVEL: { schema: oneOf(logLevels), allowed: logLevels.join(', ') },
} as const;

export type Name = keyof typeof variables;
export type Values = { [N in Name]?: z.output<(typeof variables)[N]['schema']> };

/** Names of every variable that the functions read, for documentation and its test. */
export const variableNames = Object.keys(variables) as readonly Name[];

export const schemaOf = (name: Name) => variables[name].schema as z.ZodMiniType<unknown, string>;
/** Name, value and what is allowed. */
export const problem = (name: Name, shown: string): string =>
  `${name} is ${shown}; allowed: ${variables[name].allowed}`;

/** The words that a variable takes, where it takes a few only. */
export function wordsOf(name: Name): readonly string[] {
  const { schema } = variables[name];
  return 'options' in schema ? schema.options : [];
}
