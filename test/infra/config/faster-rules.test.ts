import { describe, expect, test } from 'vitest';
import { databasesFrom } from '../../../infra/config/databases.ts';

/* What the file says of the probe and of the warm standby: each refusal has its path, the value, and what is allowed. */

type Json = Record<string, unknown>;

const subnets = ['a', 'b'].map((zone, index) => ({
  id: `subnet-0123456789abcdef${index}`,
  zone: `eu-central-1${zone}`,
}));
const marker = 'sg-0fffffffffffffff0';
const admitting = 'sg-0123456789abcdef0';
const instance = { kind: 'instance', id: 'orders', port: 5432 };
const base = {
  name: 'orders',
  account: '111122223333',
  region: 'eu-central-1',
  database: instance,
  vpc: { id: 'vpc-0123456789abcdef0', cidr: '10.0.0.0/16', subnets },
  endpointService: { databaseSecurityGroupId: admitting } as Json,
  placement: { endpoints: 'create' },
};
const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:orders/probe-AbCdEf';
const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

/** `path: value; allowed: …` of each problem, without its place in the file. */
function problemsOf(...entries: readonly Json[]): string[] {
  try {
    databasesFrom(JSON.stringify(entries), 'mine.json');
    return [];
  } catch (error) {
    const lines = (error as Error).message.split('\n- ').slice(1);
    return lines.map((line) => line.replace(/ \((?:[\w-]+, )?line \d+, column \d+\)$/, ''));
  }
}

const withProbe = (probe: Json, over: Json = {}) => problemsOf({ ...base, probe, ...over });

describe('a probe', () => {
  test.each<[string, Json]>([
    ['by IAM', { login: 'iam' }],
    ['by IAM, with everything', { login: 'iam', user: 'prober', database: 'orders', resourceId: 'db-ABC123' }],
    ['by a secret', { login: 'secret', secretArn }],
    ['by a secret with a key of your own', { login: 'secret', secretArn, secretKeyArn: keyArn, database: 'orders' }],
    ['without a login', { login: 'connect', rootsFile: 'roots.pem' }],
  ])('is taken: %s', (_, probe) => {
    expect(withProbe(probe)).toEqual([]);
  });

  test('needs its login, and tells a misspelt one', () => {
    expect(withProbe({})).toEqual(['$[0].probe.login is missing; allowed: "iam" or "secret" or "connect"']);
    expect(withProbe({ login: 'IAM' })).toEqual([
      '$[0].probe.login is "IAM"; allowed: "iam" or "secret" or "connect"; did you mean "iam"?',
    ]);
  });

  test('needs a placement, and says why; a publicly accessible database has one', () => {
    const { placement: _, ...outside } = base;
    expect(problemsOf({ ...outside, probe: { login: 'iam' } })).toEqual([
      '$[0].placement is missing; allowed: where in "vpc" the functions run: from outside they cannot reach the database',
    ]);
    const database = { ...instance, publiclyAccessible: true };
    expect(problemsOf({ ...outside, database, probe: { login: 'iam' } })).toEqual([]);
  });

  test('is not for a host name, whose members no API lists', () => {
    const database = { kind: 'hostname', hostname: 'db.example.com', port: 5432 };
    expect(withProbe({ login: 'connect' }, { database })).toEqual([
      '$[0].probe is {"login":"connect"}; allowed: nothing for a host name: no API lists the members behind it',
    ]);
  });

  test('needs the security group that admits the functions, from one of the places that name it', () => {
    const missing =
      '$[0].probe.databaseSecurityGroupId is missing; allowed: the security group of the database, in which a rule admits the functions';
    const unnamed = { endpointService: {} };
    expect(withProbe({ login: 'iam' }, unnamed)).toEqual([missing]);
    expect(withProbe({ login: 'iam', databaseSecurityGroupId: admitting }, unnamed)).toEqual([]);
    expect(withProbe({ login: 'iam' }, { ...unnamed, warmStandby: { securityGroupId: marker } })).toEqual([]);
  });

  test('needs the port of the database, which is reported once', () => {
    const database = { kind: 'instance', id: 'orders' };
    expect(withProbe({ login: 'iam' }, { database })).toHaveLength(1);
    const { endpointService: _, ...rest } = base;
    const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';
    const probe = { login: 'iam', databaseSecurityGroupId: admitting };
    expect(problemsOf({ ...rest, targetGroupArn, database, probe })).toEqual([
      '$[0].database.port is missing; allowed: the port of the database, to which the functions are admitted',
    ]);
  });

  test.each<[string, Json, readonly string[]]>([
    ['iam', { secretArn, secretKeyArn: keyArn }, ['secretArn', 'secretKeyArn']],
    ['secret', { secretArn, user: 'prober', resourceId: 'db-ABC' }, ['user', 'resourceId']],
    [
      'connect',
      { user: 'prober', database: 'orders', secretArn, secretKeyArn: keyArn, resourceId: 'db-ABC' },
      ['user', 'database', 'secretArn', 'secretKeyArn', 'resourceId'],
    ],
  ])('with "login": "%s" is told each key that it does not use', (login, more, keys) => {
    const problems = withProbe({ login, ...more });
    expect(problems.map((line) => line.split(' is ')[0])).toEqual(keys.map((key) => `$[0].probe.${key}`));
    for (const line of problems) expect(line).toContain(`; allowed: nothing with "login": "${login}"`);
  });

  test('with a secret needs its full ARN, of this Region and not of the master user', () => {
    expect(withProbe({ login: 'secret' })).toEqual([
      '$[0].probe.secretArn is missing; allowed: the ARN of the secret with "username" and "password"',
    ]);
    for (const wrong of ['orders/probe', secretArn.slice(0, -7), secretArn.replace('orders/probe', 'rds!db-1')])
      expect(withProbe({ login: 'secret', secretArn: wrong })).toEqual([
        expect.stringMatching(
          /^\$\[0\]\.probe\.secretArn is .*; allowed: .*the full ARN; not the master user's secret/,
        ),
      ]);
    expect(withProbe({ login: 'secret', secretArn: secretArn.replace('eu-central-1', 'eu-west-1') })).toEqual([
      expect.stringMatching(/^\$\[0\]\.probe\.secretArn is .*; allowed: one in eu-central-1, the database's Region/),
    ]);
  });

  test.each<[string, Json, string]>([
    ['an engine that is named', { engine: 'sqlserver' }, 'sqlserver'],
    ['an engine that its port tells', { port: 1521 }, 'Oracle (guessed from port 1521; set "engine" if it is another)'],
    ['Db2', { port: 50_000 }, 'Db2 (guessed from port 50000; set "engine" if it is another)'],
  ])('only connects to %s', (_, more, told) => {
    const database = { ...instance, ...more };
    expect(withProbe({ login: 'iam' }, { database })).toEqual([
      `$[0].probe.login is "iam"; allowed: "connect" for ${told}: the functions log in to PostgreSQL, MySQL and MariaDB`,
    ]);
    expect(withProbe({ login: 'connect' }, { database })).toEqual([]);
    expect(withProbe({ login: 'iam' }, { database: { ...database, engine: 'mariadb' } })).toEqual([]);
  });

  test('logs in to a cluster: without a login its members are alike', () => {
    const database = { kind: 'cluster', id: 'orders', port: 5432 };
    expect(withProbe({ login: 'iam' }, { database })).toEqual([]);
    expect(withProbe({ login: 'connect' }, { database })).toEqual([
      '$[0].probe.login is "connect"; allowed: "iam" or "secret" for a cluster: only a login tells which member is the writer',
    ]);
  });

  test('has a user that MySQL can have, and no wildcard in it', () => {
    const database = { ...instance, engine: 'mysql', port: 3306 };
    const long = 'x'.repeat(33);
    expect(withProbe({ login: 'iam', user: long }, { database })).toEqual([
      `$[0].probe.user is "${long}"; allowed: a name of up to 32 characters, the longest of MySQL`,
    ]);
    expect(withProbe({ login: 'iam', user: long })).toEqual([]);
    expect(withProbe({ login: 'iam', user: '*' })).toHaveLength(1);
  });

  test('has no place in front of a resource gateway alone', () => {
    const { endpointService: _, placement: __, ...rest } = base;
    const gateway = { ...rest, access: 'resource-gateway', resourceGateway: {} };
    for (const [key, value] of Object.entries({ probe: { login: 'iam' }, warmStandby: { securityGroupId: marker } }))
      expect(problemsOf({ ...gateway, [key]: value })).toEqual([
        expect.stringContaining(
          `$[0].${key} is ${JSON.stringify(value)}; allowed: nothing with "access": "resource-gateway"`,
        ),
      ]);
  });
});

describe('a warm standby', () => {
  const warm = { securityGroupId: marker };
  const withStandby = (over: Json = {}) => problemsOf({ ...base, endpointService: {}, warmStandby: warm, ...over });
  const refused = (why: string) => [`$[0].warmStandby is {"securityGroupId":"${marker}"}; allowed: nothing ${why}`];

  test('is taken for the writer of an instance', () => {
    for (const engine of [undefined, 'postgres', 'mysql', 'mariadb'])
      expect(withStandby({ database: { ...instance, engine } })).toEqual([]);
    expect(withStandby({ role: 'writer', reconcile: { removeStale: 'when-replacement-healthy' } })).toEqual([]);
  });

  test('needs its marker', () => {
    expect(withStandby({ warmStandby: {} })).toEqual([
      '$[0].warmStandby.securityGroupId is missing; allowed: sg- and 8 or 17 hexadecimal digits (the identifier, not a name)',
    ]);
  });

  test.each<[string, Json, string]>([
    ['a cluster', { kind: 'cluster', id: 'o', port: 5432 }, 'for a cluster: its members are readers and no standby'],
    [
      'a host name',
      { kind: 'hostname', hostname: 'db.example.com', port: 5432 },
      'for a host name: whose addresses are behind it is not known',
    ],
    ['a member', { ...instance, member: true }, "for a cluster's member, which has no standby"],
    ['Aurora', { ...instance, engine: 'aurora-mysql' }, 'here: Aurora has readers and no standby'],
    ['SQL Server', { ...instance, engine: 'sqlserver' }, 'here: sqlserver mirrors to a standby that runs'],
    [
      'SQL Server by its port',
      { ...instance, port: 1433 },
      'here: SQL Server (guessed from port 1433; set "engine" if it is another) mirrors to a standby that runs',
    ],
    [
      'Oracle',
      { ...instance, engine: 'oracle' },
      'here: that the port of a standby of oracle stays closed is not known',
    ],
    ['Db2', { ...instance, engine: 'db2' }, 'here: that the port of a standby of db2 stays closed is not known'],
  ])('is refused for %s, and says why', (_, database, why) => {
    const problems = withStandby({ database });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(refused(why)[0]);
  });

  test('is refused for readers', () => {
    expect(withStandby({ role: 'reader' })).toEqual(
      refused('with "role": "reader": the standby takes over from the writer'),
    );
  });

  test('lets what is no longer the standby leave', () => {
    expect(withStandby({ reconcile: { removeStale: 'never' } })).toEqual([
      '$[0].reconcile.removeStale is "never"; allowed: "at-once" or "when-replacement-healthy" with warmStandby: an address that is no longer the standby has to leave',
    ]);
  });

  test.each<[string, Json, readonly string[]]>([
    ['its marker as the group that admits', { databaseSecurityGroupId: marker }, []],
    ['another group', { databaseSecurityGroupId: admitting }, ['databaseSecurityGroupId']],
    ['ranges', { databaseCidrs: ['10.0.0.0/24'] }, ['databaseCidrs']],
    [
      'the health checks that it has',
      { healthCheckIntervalSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2 },
      [],
    ],
    [
      'slower health checks',
      { healthCheckIntervalSeconds: 10, healthyThreshold: 3, unhealthyThreshold: 4 },
      ['healthCheckIntervalSeconds', 'healthyThreshold', 'unhealthyThreshold'],
    ],
  ])('decides how the load balancer reaches and checks it: %s', (_, endpointService, keys) => {
    const problems = withStandby({ endpointService });
    expect(problems.map((line) => line.split(' is ')[0])).toEqual(keys.map((key) => `$[0].endpointService.${key}`));
    for (const line of problems) expect(line).toContain(' with warmStandby: ');
  });

  test('has the alarm on two healthy targets to itself', () => {
    const alarms = { twoHealthyTargetsMinutes: 5 };
    expect(withStandby({ alarms })).toEqual([]);
    expect(problemsOf({ ...base, alarms })).toEqual([
      '$[0].alarms.twoHealthyTargetsMinutes is 5; allowed: nothing without warmStandby, whose alarm it is',
    ]);
  });

  const other = { ...base, name: 'billing', database: { ...instance, id: 'billing' } };
  const warmEntry = { ...base, endpointService: {}, warmStandby: warm };
  const message = (own: number, its: number) =>
    `$[${own}].warmStandby.securityGroupId is "${marker}"; allowed: a security group that is on this database alone: [${its}] names it for another database`;

  test.each<[string, Json]>([
    ['its own group', { database: { ...instance, id: 'billing', securityGroupIds: [admitting, marker] } }],
    ['the group that admits its load balancer', { endpointService: { databaseSecurityGroupId: marker } }],
    ['the group that its probe is admitted by', { probe: { login: 'iam', databaseSecurityGroupId: marker } }],
    [
      'the group that its resource gateway is admitted by',
      { access: 'both', resourceGateway: { databaseSecurityGroupId: marker } },
    ],
  ])('has a marker that no other database of the file has as %s', (_, over) => {
    expect(problemsOf(warmEntry, { ...other, ...over })).toEqual([message(0, 1)]);
    expect(problemsOf({ ...other, ...over }, warmEntry)).toEqual([message(1, 0)]);
  });

  test('has a marker that two warm standbys do not share, unless they follow the same database', () => {
    const second = { ...other, endpointService: {}, warmStandby: warm };
    expect(problemsOf(warmEntry, second)).toEqual([message(0, 1), message(1, 0)]);
    expect(problemsOf(warmEntry, { ...second, database: { ...instance, id: 'ORDERS' } })).toEqual([]);
    const reader = { ...base, name: 'readers', role: 'reader', endpointService: { databaseSecurityGroupId: marker } };
    expect(problemsOf(warmEntry, reader)).toEqual([]);
  });
});
