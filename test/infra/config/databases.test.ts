import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonSchema } from '../../../infra/config/database-entry.ts';
import { ConfigurationError, databasesFrom, readDatabases } from '../../../infra/config/databases.ts';

const root = join(import.meta.dirname, '..', '..', '..');

type Json = Record<string, unknown>;

const subnets = ['a', 'b'].map((zone, index) => ({
  id: `subnet-0123456789abcdef${index}`,
  zone: `eu-central-1${zone}`,
}));
const vpc = { id: 'vpc-0123456789abcdef0', subnets };
const withService: Json = {
  name: 'orders',
  database: { kind: 'cluster', id: 'orders', port: 5432 },
  vpc,
  endpointService: {},
};
const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';
const withGroup: Json = { name: 'orders', database: { kind: 'cluster', id: 'orders' }, targetGroupArn };

/** The lines of the one message that the file is refused with, without the place at their ends; none when it is accepted. */
function problemsOf(content: unknown): string[] {
  try {
    databasesFrom(typeof content === 'string' ? content : JSON.stringify(content), 'databases.json');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^- /, '').replace(/ \((?:([\w-]+), )?line \d+, column \d+\)$/, ''));
  }
}

const one = (entry: Json) => problemsOf([entry]);

describe('the configuration file', () => {
  test('is a list, or an object with the list and a $schema for editors', () => {
    expect(databasesFrom(JSON.stringify([withGroup]), 'f')).toEqual([withGroup]);
    expect(databasesFrom(JSON.stringify({ $schema: './databases.schema.json', databases: [withGroup] }), 'f')).toEqual([
      withGroup,
    ]);
  });

  test('reports every problem in one go: file, path, value and what is allowed', () => {
    const content = [
      {
        ...withService,
        regoin: 'eu-central-1',
        database: { kind: 'cluster', id: 'arn:aws:rds:eu-central-1:111122223333:cluster:orders', port: '5432' },
        reconcile: { removeStale: 'later', allowedCidrs: ['8.8.8.0/24'] },
        alarms: { topicArn: 'arn:aws:sqs:eu-central-1:111122223333:alarms' },
        vpc: { id: 'vpc-0123456789abcdef0', subnets: subnets.slice(0, 1) },
      },
      { ...withGroup, targetGroupArn: 'arn:aws:rds:eu-central-1:111122223333:db:orders' },
    ];
    expect(() => databasesFrom(JSON.stringify(content), 'mine.json')).toThrow(/^mine\.json has 9 problems:/);
    const lines = problemsOf(content);
    for (const start of [
      '$[0].regoin is "eu-central-1"; allowed: only these keys: name, ',
      '$[0].database.id is "arn:aws:rds:eu-central-1:111122223333:cluster:orders"; allowed: an RDS identifier',
      '$[0].database.port is "5432"; allowed: a whole number from 1 to 65535',
      '$[0].reconcile.removeStale is "later"; allowed: "at-once" or "when-replacement-healthy" or "never"',
      '$[0].reconcile.allowedCidrs[0] is "8.8.8.0/24"; allowed: a private IPv4 or IPv6 range',
      '$[0].alarms.topicArn is "arn:aws:sqs:eu-central-1:111122223333:alarms"; allowed: arn:aws:sns:REGION:ACCOUNT:TOPIC',
      '$[0].vpc.subnets is [{"id":"subnet-0123456789abcdef0","zone":"eu-central-1a"}]; allowed: subnets in at least two',
      '$[1].targetGroupArn is "arn:aws:rds:eu-central-1:111122223333:db:orders"; allowed: arn:aws:elasticloadbalancing:REGION:',
      '$[1].name is "orders"; allowed: a name that [0] has not taken',
    ])
      expect(
        lines.filter((line) => line.startsWith(start)),
        start,
      ).toHaveLength(1);
    expect(lines).toHaveLength(9);
  });

  test.each([
    ['a name that no stack can have', { name: '1 order' }, '$[0].name is "1 order"'],
    ['no name', { name: undefined }, '$[0].name is missing'],
    [
      'an account as a number',
      { account: 111122223333 },
      '$[0].account is 111122223333; allowed: 12 digits, as a string',
    ],
    ['a zone for a Region', { region: 'eu-central-1a' }, '$[0].region is "eu-central-1a"'],
    ['tags that are no strings', { tags: { cost: 4711 } }, '$[0].tags.cost is 4711'],
    ['tags of AWS', { tags: { 'aws:x': 'y' } }, '$[0].tags["aws:x"] is "aws:x"'],
    [
      'an unknown kind',
      { database: { kind: 'table', id: 'x' } },
      '$[0].database.kind is "table"; allowed: "kind" as one of',
    ],
    [
      'a custom endpoint without the role',
      { endpointId: 'reporting' },
      '$[0].endpointId is "reporting"; allowed: nothing without "role": "custom"',
    ],
    ['the role custom without an endpoint', { role: 'custom' }, '$[0].endpointId is missing'],
    [
      'a custom endpoint of an instance',
      { role: 'custom', endpointId: 'reporting', database: { kind: 'instance', id: 'orders' } },
      '$[0].role is "custom"; allowed: "custom" only for a cluster',
    ],
    [
      'the name of a custom endpoint in place of its identifier',
      { role: 'custom', endpointId: 'reporting.cluster-custom-c0ffee123456.eu-central-1.rds.amazonaws.com' },
      '$[0].endpointId is "reporting.cluster-custom-c0ffee123456.eu-central-1.rds.amazonaws.com"; allowed: an RDS identifier',
    ],
    [
      'a host name without its port',
      { database: { kind: 'hostname', hostname: 'db.example.com' }, reconcile: { allowedCidrs: ['10.1.0.0/24'] } },
      '$[0].database.port is missing',
    ],
    [
      'a host name that is an address',
      {
        database: { kind: 'hostname', hostname: '10.0.1.40', port: 5432 },
        reconcile: { allowedCidrs: ['10.1.0.0/24'] },
      },
      '$[0].database.hostname is "10.0.1.40"; allowed: a full DNS name like orders.abc.eu-central-1.rds.amazonaws.com, and no address',
    ],
    [
      'a key of another kind',
      { database: { kind: 'instance', id: 'x', hostname: 'y.z' } },
      '$[0].database.hostname is "y.z"',
    ],
    [
      'a topic of another Region',
      { region: 'eu-central-1', alarms: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms' } },
      '$[0].alarms.topicArn is "arn:aws:sns:eu-west-1:111122223333:alarms"; allowed: one in eu-central-1',
    ],
    [
      'a group of another account',
      { account: '444455556666' },
      `$[0].targetGroupArn is "${targetGroupArn}"; allowed: a group of account 444455556666`,
    ],
    ['a placement without a VPC', { placement: { endpoints: 'create' } }, '$[0].vpc is missing'],
    [
      'a publicly accessible database without a VPC',
      { database: { kind: 'cluster', id: 'x', publiclyAccessible: true } },
      '$[0].vpc is missing',
    ],
    [
      'existing endpoints that cannot be reached',
      { vpc, placement: { endpoints: 'existing' } },
      '$[0].placement.endpointSecurityGroupId is missing',
    ],
    [
      'a boundary for a role that is not created',
      {
        roles: {
          executionRoleArn: 'arn:aws:iam::111122223333:role/x',
          permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/b',
        },
      },
      '$[0].roles.permissionsBoundaryArn is "arn:aws:iam::111122223333:policy/b"; allowed: nothing',
    ],
    [
      'a retention that CloudWatch Logs does not have',
      { reconcile: { logRetentionDays: 31 } },
      '$[0].reconcile.logRetentionDays is 31',
    ],
    ['two load balancers', { ...withService, targetGroupArn }, '$[0].targetGroupArn is "arn:aws:elasticloadbalancing'],
    ['no target group', { targetGroupArn: undefined }, '$[0].endpointService is missing'],
  ])('refuses %s', (_, change, start) => {
    const lines = one({ ...withGroup, ...change });
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]?.slice(0, start.length)).toBe(start);
  });

  test.each([
    ['no VPC', { vpc: undefined }, '$[0].vpc is missing'],
    ['no subnets', { vpc: { id: vpc.id, subnets: [] } }, '$[0].vpc.subnets is []'],
    ['subnets left out', { vpc: { id: vpc.id } }, '$[0].vpc.subnets is missing'],
    [
      'two subnets in one zone',
      { vpc: { id: vpc.id, subnets: [...subnets, { ...subnets[0], id: 'subnet-0123456789abcdefa' }] } },
      '$[0].vpc.subnets[2].zone is "eu-central-1a"; allowed: one subnet per',
    ],
    [
      'one subnet twice',
      { vpc: { id: vpc.id, subnets: [subnets[0], { ...subnets[0], zone: 'eu-central-1b' }] } },
      '$[0].vpc.subnets[1].id is "subnet-0123456789abcdef0"; allowed: another subnet',
    ],
    [
      'a zone of another Region',
      { region: 'eu-west-1' },
      '$[0].vpc.subnets[0].zone is "eu-central-1a"; allowed: a zone of eu-west-1',
    ],
    ['no port', { database: { kind: 'cluster', id: 'orders' } }, '$[0].database.port is missing'],
    [
      '* as a principal',
      { endpointService: { allowedPrincipals: ['*'] } },
      '$[0].endpointService.allowedPrincipals[0] is "*"',
    ],
  ])('refuses an endpoint service with %s', (_, change, start) => {
    const lines = one({ ...withService, ...change });
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]?.slice(0, start.length)).toBe(start);
  });

  test('refuses an idle time-out of its own where consumers come from other Regions, as AWS does', () => {
    const file = (idleTimeoutSeconds: number, supportedRegions: string[], region = 'eu-central-1') =>
      one({ ...withService, region, endpointService: { idleTimeoutSeconds, supportedRegions } });
    expect(file(3600, ['us-east-1'])).toEqual([
      expect.stringMatching(
        /^\$\[0\]\.endpointService\.idleTimeoutSeconds is 3600; allowed: 350, or leave it out: AWS/,
      ),
    ]);
    expect(file(350, ['us-east-1'])).toEqual([]);
    expect(file(3600, ['eu-central-1'])).toEqual([]);
  });

  test('takes a topic for the alarms that can wait beside that of the urgent ones, never alone', () => {
    const topic = (region = 'eu-central-1') => `arn:aws:sns:${region}:111122223333:mail`;
    const file = (alarms: object) => one({ ...withGroup, region: 'eu-central-1', alarms });
    expect(file({ topicArn: topic(), lowTopicArn: topic() })).toEqual([]);
    expect(file({ lowTopicArn: topic() })).toEqual([
      expect.stringMatching(/^\$\[0\]\.alarms\.topicArn is missing; .*lowTopicArn gets only those that can wait/),
    ]);
    expect(file({ topicArn: topic(), lowTopicArn: topic('us-east-1') })).toEqual([
      expect.stringMatching(/^\$\[0\]\.alarms\.lowTopicArn is .*one in eu-central-1/),
    ]);
    expect(file({ topicArn: topic(), lowTopicArn: 'mail' })).toEqual([
      expect.stringMatching(/^\$\[0\]\.alarms\.lowTopicArn is "mail"; allowed: arn:aws/),
    ]);
  });

  test('tells a standard topic of the failovers of a writer', () => {
    const topicArn = 'arn:aws:sns:eu-central-1:111122223333:mail';
    const file = (more: object, topic = topicArn) =>
      one({ ...withGroup, region: 'eu-central-1', notifyFailovers: { topicArn: topic }, ...more });
    expect(file({})).toEqual([]);
    expect(file({ role: 'reader' })).toEqual([
      `$[0].notifyFailovers is {"topicArn":"${topicArn}"}; allowed: nothing with "role": "reader": the writer fails over`,
    ]);
    expect(file({}, `${topicArn}.fifo`)).toEqual([
      expect.stringContaining('allowed: arn:aws:sns:REGION:ACCOUNT:TOPIC, a standard topic, not a FIFO one'),
    ]);
    expect(file({}, topicArn.replace('eu-central-1', 'us-east-1'))).toEqual([
      expect.stringMatching(/^\$\[0\]\.notifyFailovers\.topicArn is .*one in eu-central-1/),
    ]);
    expect(one({ ...withGroup, notifyFailovers: {} })).toEqual([
      expect.stringMatching(/^\$\[0\]\.notifyFailovers\.topicArn is missing; allowed: arn:aws:sns/),
    ]);
    const named = { kind: 'hostname', hostname: 'db.example.com', port: 5432 };
    expect(file({ database: named, reconcile: { allowedCidrs: ['10.0.0.0/16'] } })).toEqual([
      expect.stringMatching(/notifyFailovers is .*nothing for a host name: which of its addresses is the writer/),
    ]);
  });

  const named = { kind: 'hostname', hostname: 'db.example.com', port: 5432 };
  const byName = { database: named, vpc: { ...vpc, cidr: '10.0.0.0/16' } };
  test.each<[what: string, entry: Json, ...problems: string[]]>([
    [
      'a watch that never sees the rest it waits for',
      { ...withGroup, reconcile: { settleSeconds: 121 } },
      'reconcile.settleSeconds is 121; allowed: at most 120, as watchSeconds is: a watch that ends earlier never sees so long a rest',
    ],
    [
      'the same by a shorter watch',
      { ...withGroup, reconcile: { settleSeconds: 30, watchSeconds: 20 } },
      'reconcile.settleSeconds is 30; allowed: at most 20, as watchSeconds is: a watch that ends earlier never sees so long a rest',
    ],
    ['a rest as long as the watch', { ...withGroup, reconcile: { settleSeconds: 300, watchSeconds: 300 } }],
    ['a short watch alone', { ...withGroup, reconcile: { watchSeconds: 20 } }],
    [
      'lookups that come after the rest',
      { ...withGroup, reconcile: { recheckMilliseconds: 30_001 } },
      'reconcile.recheckMilliseconds is 30001; allowed: at most 30000, as settleSeconds is 30: without a lookup in that time nothing shows that nothing changed',
    ],
    [
      'a mistaken watch, which makes nothing else wrong',
      { ...withGroup, reconcile: { settleSeconds: 300, watchSeconds: 1000 } },
      'reconcile.watchSeconds is 1000; allowed: a whole number from 1 to 890',
    ],
    [
      'readers of a host name',
      { ...withService, ...byName, role: 'reader' },
      'role is "reader"; allowed: writer, or nothing, for a host name: each of its addresses is a target',
    ],
    ['the writer of a host name', { ...withService, ...byName, role: 'writer' }],
    [
      'alarms between two checks',
      { ...withGroup, reconcile: { scheduleMinutes: 10 }, alarms: { heldMinutes: 9, noSuccessMinutes: 10 } },
      'alarms.heldMinutes is 9; allowed: at least 10, as scheduleMinutes is: no check says anything in between',
    ],
    [
      'an alarm on targets whose load balancer is not known',
      { ...withGroup, alarms: { noHealthyTargetMinutes: 5 } },
      'alarms.noHealthyTargetMinutes is 5; allowed: nothing without loadBalancerArn, by which CloudWatch knows the targets: there is no such alarm',
    ],
    ['an alarm on targets of its own', { ...withService, alarms: { noHealthyTargetMinutes: 5 } }],
  ])('refuses what another key leaves without effect: %s', (_, entry, ...problems) => {
    expect(one(entry)).toEqual(problems.map((problem) => `$[0].${problem}`));
  });

  test('takes no resource id for an identifier', () => {
    const id = 'db-ABCDEFGHIJKL01234';
    expect(one({ ...withGroup, database: { kind: 'instance', id } })).toEqual([
      expect.stringMatching(
        /^\$\[0\]\.database\.id is "db-ABC.* \(not an ARN\); db-\w+ is the resource id of a DB instance; write/,
      ),
    ]);
    expect(one({ ...withService, ...byName, database: { ...named, proxyName: 'prx-0123456789abcdef0' } })).toEqual([
      expect.stringMatching(/^\$\[0\]\.database\.proxyName is .*is the resource id of an RDS Proxy; write its name/),
    ]);
  });

  test('lets no two reconcilers keep one group', () => {
    expect(problemsOf([withGroup, { ...withGroup, name: 'other' }])).toEqual([
      `$[1].targetGroupArn is "${targetGroupArn}"; allowed: a group of its own: [0] keeps this one`,
    ]);
  });

  test.each([
    ['a stack name that was kept', { name: 'new', stackName: 'orders' }, '$[1].stackName is "orders"', {}],
    ['a prefix', { name: 'billing', namePrefix: 'eu' }, '$[1].name is "billing"', { name: 'eu-billing' }],
  ])('lets no two databases ask for one stack, by %s', (_, change, start, other) => {
    const group = { targetGroupArn: `${targetGroupArn.slice(0, -1)}0` };
    const [line, ...more] = problemsOf([
      { ...withGroup, ...other },
      { ...withGroup, ...group, ...change },
    ]);
    expect(line).toMatch(/; allowed: one whose stack is not (orders|eu-billing): that is the stack of \[0\]$/);
    expect(line?.startsWith(start), line).toBe(true);
    expect(more).toEqual([]);
  });

  test('reports a missing port of a host name once', () => {
    const database = { kind: 'hostname', hostname: 'db.example.com' };
    const hostname = { ...withService, database, vpc: { ...vpc, cidr: '10.0.0.0/16' } };
    expect(one(hostname)).toEqual(['$[0].database.port is missing; allowed: a whole number from 1 to 65535']);
  });

  test('requires the ranges of a host name, whose only source is DNS', () => {
    const database = { kind: 'hostname', hostname: 'db.example.com', port: 5432 };
    const missing = [
      expect.stringMatching(
        /^\$\[0\]\.reconcile\.allowedCidrs is missing; allowed: the ranges in which .* or vpc\.cidr/,
      ),
    ];
    expect(one({ ...withGroup, database })).toEqual(missing);
    expect(one({ ...withService, database })).toEqual(missing);
    expect(one({ ...withGroup, database, reconcile: { allowedCidrs: ['10.1.0.0/24'] } })).toEqual([]);
    expect(one({ ...withService, database, vpc: { ...vpc, cidr: '10.0.0.0/16' } })).toEqual([]);
    expect(one(withGroup)).toEqual([]);
  });

  test('requires the security groups of a host name that is to be verified', () => {
    const database = { kind: 'hostname', hostname: 'db.example.com', port: 5432 };
    const reconcile = { allowedCidrs: ['10.1.0.0/24'], verifyInterfaces: true };
    expect(one({ ...withGroup, database, reconcile })).toEqual([
      expect.stringMatching(
        /^\$\[0\]\.database\.securityGroupIds is missing; allowed: the security groups of the service behind/,
      ),
    ]);
    const known = { ...database, securityGroupIds: ['sg-0123456789abcdef0'] };
    expect(one({ ...withGroup, database: known, reconcile })).toEqual([]);
    expect(one({ ...withGroup, database: { ...known, securityGroupIds: ['orders-db'] }, reconcile })[0]).toMatch(
      /^\$\[0\]\.database\.securityGroupIds\[0\] is "orders-db"; allowed: sg- and 8 or 17/,
    );
  });

  test.each([
    ['an empty list', [], '$ is []; allowed: at least one database'],
    ['another kind of value', 4, '$ is 4; allowed: a list of databases'],
    ['null', null, '$ is null; allowed: a list of databases'],
    ['an entry that is no object', [4], '$[0] is 4; allowed: a database: {name, '],
    ['an object without the list', {}, '$.databases is missing'],
    ['broken JSON', '[{]', 'it is not JSON: '],
  ])('refuses %s with one problem', (_, content, start) => {
    const lines = problemsOf(content);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.startsWith(start), lines[0]).toBe(true);
  });

  test('that is not there is named', () => {
    expect(() => readDatabases('nowhere.json')).toThrow(/^nowhere\.json has 1 problem.*\n- it cannot be read/);
  });
});

describe('the JSON Schema for editors', () => {
  const read = (file: string): Json => JSON.parse(readFileSync(join(root, file), 'utf8'));

  test('in the repository is the one that synth reads the file with (npm run schema)', () => {
    expect(read('databases.schema.json')).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });

  test.each(['databases.schema.json', 'consumers.schema.json'])(
    '%s has only patterns that every language with regular expressions reads',
    (file) => {
      const patterns: string[] = [];
      JSON.stringify(read(file), (key, value) => {
        if (key === 'pattern' && typeof value === 'string') patterns.push(value);
        return value;
      });
      expect(patterns.length).toBeGreaterThan(10);
      // `\p{…}` needs a flag that a schema cannot set, and Python, which much of the tooling is made of, has no such thing.
      expect(patterns.filter((pattern) => /\\p\{/.test(pattern))).toEqual([]);
      const [tagKey = ''] = patterns.filter((pattern) => pattern.includes('[sS]:)'));
      expect(['team', 'Größe é', 'a:b/c-d@e'].map((key) => new RegExp(tagKey).test(key))).toEqual([true, true, true]);
      expect(['aws:team', 'a;b', ''].map((key) => new RegExp(tagKey).test(key))).toEqual([false, false, false]);
    },
  );

  test('describes every key of a database', () => {
    const { definitions } = read('databases.schema.json') as { definitions: { database: Json } };
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries((node as { properties?: Record<string, Json> }).properties ?? {}))
        if (!value.description && value.const === undefined) bare.push(`${path}.${key}`);
      for (const [key, value] of Object.entries(node)) visit(value, `${path}.${key}`);
    };
    visit(definitions.database, '$');
    expect(bare).toEqual([]);
  });

  test('is named by the sample and every example', () => {
    expect(read('databases.json').$schema).toBe('./databases.schema.json');
    for (const file of readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.json')))
      expect(read(`examples/${file}`).$schema, file).toBe('../databases.schema.json');
  });
});
