import { describe, expect, test } from 'vitest';
import {
  codecOf,
  defaultInFile,
  defaultText,
  descriptionInFile,
  environmentFrom,
  problem,
  variableNames,
} from '../../../lib/settings/rows.ts';
import type { Name } from '../../../lib/settings/table.ts';

const arn = (more: { partition?: string; region?: string; account?: string; rest?: string } = {}) =>
  `arn:${more.partition ?? 'aws'}:elasticloadbalancing:${more.region ?? 'eu-central-1'}:${more.account ?? '123456789012'}:${more.rest ?? 'targetgroup/orders/0123456789abcdef'}`;
const secretArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:failovers';
const label = 'x'.repeat(63);
/** 253 characters, the longest name that DNS has. */
const longest = `${[label, label, label].join('.')}.${'y'.repeat(61)}`;

const reads = (name: Name, text: string) => codecOf(name).decode(text);

describe('a variable', () => {
  const right: Record<Name, readonly (readonly [string, unknown?])[]> = {
    DATABASE_NAME: [['o'], ['Orders (eu) ~'], ['x'.repeat(255)]],
    DATABASE_KIND: [['instance'], ['cluster'], ['hostname']],
    DATABASE_ID: [['o'], ['Orders-2'], ['a-1-b']],
    DATABASE_HOSTNAME: [
      ['a.b'],
      ['db.example.com'],
      ['db.example.com.'],
      ['DB-1.my_zone.example'],
      ['_srv.x1.0a'],
      [longest],
    ],
    DATABASE_PROXY_NAME: [['p'], ['Checkout-2'], ['a-1-b']],
    DATABASE_ENDPOINT: [
      ['db.example.com', { host: 'db.example.com' }],
      ['db.example.com:1', { host: 'db.example.com', port: 1 }],
      ['db.example.com:65535', { host: 'db.example.com', port: 65535 }],
    ],
    DATABASE_MEMBER: [
      ['true', true],
      ['false', false],
    ],
    DATABASE_MEMBER_PREFIX: [['orders-'], ['Orders'], ['shop-orders-2']],
    DATABASE_CUSTOM_ENDPOINT: [['reporting'], ['Etl-2']],
    DATABASE_SECURITY_GROUPS: [
      ['sg-0123456789abcdef0', ['sg-0123456789abcdef0']],
      ['sg-01234567, sg-0123456789abcdef0', ['sg-01234567', 'sg-0123456789abcdef0']],
    ],
    ROLE: [['writer'], ['reader'], ['custom']],
    TARGET_GROUP_ARN: [
      [arn()],
      [arn({ partition: 'aws-us-gov', region: 'us-gov-east-1' })],
      [arn({ partition: 'aws-cn', region: 'cn-north-1' })],
      [arn({ partition: 'aws-eusc', region: 'eusc-de-east-1' })],
    ],
    TARGET_PORT: [
      ['1', 1],
      ['5432', 5432],
      ['65535', 65535],
      ['5432.0', 5432],
    ],
    REMOVE_STALE: [['at-once'], ['when-replacement-healthy'], ['never']],
    ALLOWED_CIDRS: [
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['10.0.0.0/8 ,\tfd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ],
    WATCH_SECONDS: [
      ['0.01', 0.01],
      ['12.25', 12.25],
      ['890', 890],
    ],
    SETTLE_SECONDS: [
      ['0.01', 0.01],
      ['600', 600],
    ],
    RECHECK_MILLISECONDS: [
      ['1', 1],
      ['2.5', 2.5],
      ['60000', 60_000],
    ],
    DNS_SERVERS: [
      ['10.0.0.2', ['10.0.0.2']],
      ['10.0.0.2:1, 10.0.0.3:65535', ['10.0.0.2:1', '10.0.0.3:65535']],
      ['fd00::2', ['fd00::2']],
      ['[fd00::2]', ['[fd00::2]']],
      ['[fd00::2]:5353', ['[fd00::2]:5353']],
    ],
    VERIFY_INTERFACES: [
      ['true', true],
      ['false', false],
    ],
    PROBE: [['off'], ['iam'], ['secret'], ['connect']],
    PROBE_USER: [['p'], ['rds_target_probe'], ['_Probe-1.x'], ['x'.repeat(63)]],
    PROBE_DATABASE: [['o'], ['Orders_2'], ['_a-b$1'], ['x'.repeat(63)]],
    PROBE_SECRET_ARN: [[secretArn('orders-probe-AbCdEf')], [secretArn('teams/data+x=1.y@z_-012345')]],
    WARM_STANDBY: [
      ['true', true],
      ['false', false],
    ],
    WARM_SECURITY_GROUP: [['sg-01234567'], ['sg-0123456789abcdef0']],
    OBSERVE_ONLY: [
      ['true', true],
      ['false', false],
    ],
    PAUSED_UNTIL: [['2026-05-04T13:30:00Z'], ['2026-05-04T13:30:00.250Z']],
    FAILOVER_TOPIC_ARN: [[topicArn], ['arn:aws-us-gov:sns:us-gov-west-1:123456789012:Mail_2']],
    METRICS_NAMESPACE: [['n'], ['My.Team_1/db-#:x'], ['MyAWS/x'], ['AWS'], ['x'.repeat(255)]],
    LOG_LEVEL: [['DEBUG'], ['INFO'], ['WARN'], ['ERROR'], ['SILENT']],
  };

  test.each(variableNames.flatMap((name) => right[name].map(([text, value = text]) => [name, text, value] as const)))(
    '%s may be %j and is written as it was read',
    (name, text, value) => {
      const read = reads(name, text);
      expect(read).toStrictEqual(value);
      expect(reads(name, codecOf(name).encode(read))).toEqual(value);
    },
  );

  const wrong: Record<Name, readonly string[]> = {
    DATABASE_NAME: ['', 'x'.repeat(256), 'ordérs', 'two\nlines', '\u007f', ' \u001f'],
    DATABASE_KIND: ['', 'Instance', 'clusters'],
    DATABASE_ID: ['', '1orders', 'orders-', 'or--ders', '-orders', 'or_ders', 'orders ', 'orders.', '0a'],
    DATABASE_HOSTNAME: [
      '',
      'db',
      '-a.example',
      'a-.example',
      'a.-b',
      'a.b-',
      'a..b',
      '.a.b',
      'a.b..',
      'a b.example',
      'a.b/c',
      'https://a.b',
      `${longest}z`,
      '10.0.1.40',
      '10.0.1.40.',
      '127.1',
      'db.example.7',
      'fd00::1',
    ],
    DATABASE_PROXY_NAME: ['', '1proxy', 'proxy-', 'pro--xy', 'pro_xy', 'proxy.', 'a.proxy-b.example.com'],
    DATABASE_ENDPOINT: [
      '',
      'db',
      'a.b:',
      'a.b:0',
      'a.b:65536',
      'a.b:1.5',
      'a.b:x',
      ':5432',
      'a.b/c:1',
      '10.0.1.40',
      '10.0.1.40:5432',
    ],
    DATABASE_MEMBER: ['', 'yes', 'True', '1'],
    DATABASE_MEMBER_PREFIX: ['', '-', '2orders', 'orders--', 'orders*', 'orders_1'],
    DATABASE_CUSTOM_ENDPOINT: [
      '',
      '2etl',
      'etl-',
      'e--tl',
      'reporting.cluster-custom-c1.eu-central-1.rds.amazonaws.com',
    ],
    DATABASE_SECURITY_GROUPS: ['', 'sg-', 'sg-01234567,', 'orders-db', 'sg-0123456789ABCDEF0', 'sg-0123456789abcdef01'],
    ROLE: ['', 'Writer', 'primary'],
    TARGET_GROUP_ARN: [
      '',
      `x${arn()}`,
      `${arn()}/more`,
      arn({ partition: '' }),
      arn({ partition: 'a w s' }),
      arn({ region: '' }),
      arn({ region: 'eu central' }),
      arn({ account: '12345678901' }),
      arn({ account: '1234567890123' }),
      arn({ account: 'accountnames' }),
      arn({ rest: 'targetgroup/orders' }),
      arn({ rest: 'targetgroup//id' }),
      arn({ rest: 'targetgroup/orders/' }),
      arn({ rest: 'loadbalancer/net/orders/id' }),
    ],
    TARGET_PORT: ['', '0', '65536', '5432.5', '.5', '5432.', '+1', '-1', ' 1', '1 ', '1e3', '0x10', '1.2.3'],
    REMOVE_STALE: ['', 'always', 'At-once'],
    ALLOWED_CIDRS: ['', ',', '10.0.0.0/8,', '10.0.0.1', '10.0.0.0/8,8.8.8.0/24', 'private'],
    WATCH_SECONDS: ['', '0', '0.009', '890.1', 'x1', '1x', '1.x'],
    SETTLE_SECONDS: ['', '0', '0.009', '600.1'],
    RECHECK_MILLISECONDS: ['', '0', '0.9', '60001', 'Infinity'],
    DNS_SERVERS: [
      '',
      '10.0.0.2,',
      '10.0.0.2:0',
      '10.0.0.2:65536',
      '10.0.0.2:',
      '10.0.0.2:x',
      'x10.0.0.2',
      '10.0.0.2:53x',
      '[10.0.0.2',
      '[fd00::2]:0',
      '[fd00::2]:65536',
      '[fd00::2]53',
      '[fd00::2]:53x',
      'x[fd00::2]:53',
      '[]',
      '10.0.2',
      'dns.example.com',
    ],
    VERIFY_INTERFACES: ['', 'True', 'yes', '1'],
    PROBE: ['', 'on', 'Iam', 'true'],
    PROBE_USER: ['', '*', 'probe*', 'a/b', '1probe', '-p', 'pröbe', 'a b', 'x'.repeat(64)],
    PROBE_DATABASE: ['', '1orders', 'a/b', 'a b', 'x'.repeat(64), "o'r"],
    PROBE_SECRET_ARN: [
      '',
      'orders-probe',
      secretArn('orders-probe'),
      secretArn('orders-probe-*'),
      secretArn('orders-probe-AbCdE'),
      secretArn('orders-probe-AbCdEfG'),
      secretArn('-AbCdEf'),
      secretArn('rds!db-AbCdEf'),
      secretArn('orders-probe-AbCdEf:password'),
      secretArn('orders-probe-AbCdEf').replace('secretsmanager', 'ssm'),
    ],
    WARM_STANDBY: ['', 'True', 'yes', '1'],
    WARM_SECURITY_GROUP: ['', 'sg-', 'orders-db', 'sg-0123456789ABCDEF0', 'sg-01234567,sg-01234568'],
    OBSERVE_ONLY: ['', 'True', 'yes', '1'],
    PAUSED_UNTIL: [
      '',
      '2h',
      '2026-05-04',
      '2026-05-04T13:30Z',
      '2026-05-04T13:30:00',
      '2026-05-04T13:30:00+02:00',
      '2026-13-04T13:30:00Z',
      '2026-05-04T25:30:00Z',
      '1777901400000',
      ' 2026-05-04T13:30:00Z',
    ],
    FAILOVER_TOPIC_ARN: [
      '',
      'failovers',
      `${topicArn}.fifo`,
      `${topicArn}*`,
      `${topicArn}:sub`,
      topicArn.replace('sns', 'sqs'),
    ],
    METRICS_NAMESPACE: ['', 'AWS/RDS', 'a b', 'ü', 'x'.repeat(256), 'x,y'],
    LOG_LEVEL: ['', 'debug', 'TRACE'],
  };

  test.each(variableNames.flatMap((name) => wrong[name].map((text) => [name, text] as const)))(
    '%s may not be %j',
    (name, text) => {
      expect(reads(name, text)).toBeUndefined();
    },
  );

  /* What people are told; the bounds stand in the table above. */
  test.each<[Name, string | RegExp]>([
    ['DATABASE_NAME', /1 to 255 printable ASCII/],
    ['DATABASE_KIND', 'instance, cluster or hostname'],
    ['DATABASE_ID', /RDS identifier.*letters, digits.*hyphens/],
    ['DATABASE_HOSTNAME', /full DNS name/],
    ['DATABASE_ENDPOINT', /full DNS name.*:port/],
    ['DATABASE_SECURITY_GROUPS', /security groups: sg- and 8 or 17 hexadecimal digits/],
    ['ROLE', 'writer, reader or custom'],
    ['TARGET_GROUP_ARN', 'arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID'],
    ['TARGET_PORT', /whole number from 1 to 65535/],
    ['REMOVE_STALE', 'at-once, when-replacement-healthy or never'],
    ['ALLOWED_CIDRS', /ranges.*10\.0\.0\.0\/8, 172\.16\.0\.0\/12, .*fc00::\/7, 198\.18\.0\.0\/15/],
    ['WATCH_SECONDS', /seconds from 0\.01 to 890/],
    ['SETTLE_SECONDS', /seconds from 0\.01 to 600/],
    ['RECHECK_MILLISECONDS', /milliseconds from 1 to 60000/],
    ['DNS_SERVERS', /IP addresses.*:port.*\[address\]:port/],
    ['VERIFY_INTERFACES', 'true or false'],
    ['PROBE', 'off, iam, secret or connect'],
    ['PROBE_USER', /database user: 1 to 63 of/],
    ['PROBE_DATABASE', /name of a database on the server: 1 to 63 of/],
    ['PROBE_SECRET_ARN', /secret:NAME-SUFFIX, the full ARN; not the master user's secret/],
    ['WARM_STANDBY', 'true or false'],
    ['WARM_SECURITY_GROUP', 'the identifier of a security group: sg- and 8 or 17 hexadecimal digits'],
    ['OBSERVE_ONLY', 'true or false'],
    ['FAILOVER_TOPIC_ARN', 'arn:aws:sns:REGION:ACCOUNT:TOPIC, a standard topic, not a FIFO one'],
    ['METRICS_NAMESPACE', /A-Z a-z 0-9 \. - _ \/ # :.*not starting with AWS\//],
    ['LOG_LEVEL', 'DEBUG, INFO, WARN, ERROR, SILENT'],
  ])('%s with a wrong value is told with name, value and what is allowed', (name, allowed) => {
    const [start, said = ''] = problem(name, '"x"').split('; allowed: ');
    expect(start).toBe(`${name} is "x"`);
    if (typeof allowed === 'string') expect(said).toBe(allowed);
    else expect(said).toMatch(allowed);
  });
});

test.each<[Name, string]>([
  ['DATABASE_NAME', 'required'],
  ['DATABASE_ID', 'required for instance and cluster'],
  ['TARGET_PORT', 'the port that the RDS API reports; required for hostname'],
  ['WATCH_SECONDS', '120'],
  ['OBSERVE_ONLY', 'false'],
  ['DATABASE_CUSTOM_ENDPOINT', 'none'],
])('people are told what holds where %s is not set: %s', (name, said) => {
  expect(defaultText(name)).toBe(said);
});

test('a key is described with what holds without it, unless it is needed', () => {
  expect(descriptionInFile('LOG_LEVEL', true)).toBe('How much the functions log. Default: INFO');
  expect(descriptionInFile('LOG_LEVEL', false)).toBe('How much the functions log');
  expect(descriptionInFile('PAUSED_UNTIL', true)).toMatch(/\. Default: none$/);
  expect(descriptionInFile('VERIFY_INTERFACES', true)).toMatch(/\. Default: true; for a host name only with/);
});

test('an environment has what was given, as texts', () => {
  const given: Partial<Record<Name, unknown>> = { ROLE: 'reader', WATCH_SECONDS: 60, DNS_SERVERS: ['10.0.0.2'] };
  expect(environmentFrom((name) => given[name])).toEqual({
    ROLE: 'reader',
    WATCH_SECONDS: '60',
    DNS_SERVERS: '10.0.0.2',
  });
  expect(
    environmentFrom(
      (name) => given[name],
      (value, name) => `${name} ${JSON.stringify(value)}`,
    ),
  ).toEqual({
    ROLE: 'ROLE "reader"',
    WATCH_SECONDS: 'WATCH_SECONDS 60',
    DNS_SERVERS: 'DNS_SERVERS ["10.0.0.2"]',
  });
});

test("an editor shows a key's default where it is one value, and none where it depends on other keys", () => {
  const of = (name: Name) => defaultInFile(name);
  expect([of('LOG_LEVEL'), of('OBSERVE_ONLY'), of('PROBE')]).toEqual(['INFO', false, 'off']);
  expect([of('DATABASE_MEMBER'), of('VERIFY_INTERFACES'), of('PROBE_DATABASE')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
