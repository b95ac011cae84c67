import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { consumersFrom } from '../../../infra/config/consumers.ts';
import { databasesFrom, readDatabases } from '../../../infra/config/databases.ts';

/* One mistake in a file gives one problem: with path, entry, place, what is allowed, and what was probably meant. */

type Json = Record<string, unknown>;

const subnets = ['a', 'b'].map((zone, index) => ({
  id: `subnet-0123456789abcdef${index}`,
  zone: `eu-central-1${zone}`,
}));
const database = {
  name: 'orders',
  account: '111122223333',
  region: 'eu-central-1',
  database: { kind: 'cluster', id: 'orders', port: 5432 },
  vpc: { id: 'vpc-0123456789abcdef0', cidr: '10.0.0.0/16', subnets },
  endpointService: { allowedPrincipals: ['444455556666'], databaseSecurityGroupId: 'sg-0123456789abcdef0' },
};
const consumer = {
  name: 'orders',
  region: 'eu-central-1',
  serviceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
  port: 5432,
  vpc: { id: 'vpc-0123456789abcdef0', subnets },
  clientCidrs: ['10.1.0.0/16'],
};

function problemsOf(read: (text: string, file: string) => unknown, text: string): string[] {
  try {
    read(text, 'mine.json');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n- ').slice(1);
  }
}

/** A copy with another value there; `undefined` takes the key out. */
function with_<T extends Json>(entry: T, path: string, value: unknown): T {
  const copy = structuredClone(entry);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const around = keys.reduce<Json>((found, key) => found[key] as Json, copy);
  if (value === undefined) delete around[last];
  else Object.assign(around, { [last]: value });
  return copy;
}

/** A copy with the key under another name. */
function renamed(entry: Json, path: string, name: string): Json {
  const value = path.split('.').reduce<unknown>((found, key) => (found as Json)[key], entry);
  return with_(with_(entry, path, undefined), [...path.split('.').slice(0, -1), name].join('.'), value);
}

const endpoint = 'orders.cluster-abc123.eu-central-1.rds.amazonaws.com';
const inChina = {
  region: 'cn-north-1',
  vpc: {
    ...database.vpc,
    subnets: subnets.map((one) => ({ ...one, zone: one.zone.replace('eu-central', 'cn-north') })),
  },
};
const change = (path: string, value: unknown) => with_(database, path, value);
const rename = (path: string, name: string) => renamed(database, path, name);
const moved = (from: string, to: string) => {
  const value = from.split('.').reduce<unknown>((found, key) => (found as Json)[key], database);
  return with_(with_(database, from, undefined), to, value);
};

describe('one mistake gives one problem', () => {
  test.each<[string, Json, string, string]>([
    // Keys.
    [
      'a letter too few',
      rename('endpointService.allowedPrincipals', 'allowedPrincipal'),
      'endpointService.allowedPrincipal',
      'allowedPrincipals',
    ],
    [
      'an object with a misspelt key',
      rename('endpointService', 'endpointServise'),
      'endpointServise',
      'endpointService',
    ],
    ['another case', rename('endpointService', 'endpointservice'), 'endpointservice', 'endpointService'],
    ['underscores', rename('endpointService', 'endpoint_service'), 'endpoint_service', 'endpointService'],
    ['two letters swapped', rename('vpc', 'vcp'), 'vcp', 'vpc'],
    ['a required key', rename('database', 'databse'), 'databse', 'database'],
    ['the name', rename('name', 'Name'), 'Name', 'name'],
    ['another word for a required key', rename('database.id', 'clusterIdentifier'), 'database.clusterIdentifier', 'id'],
    ['another word for the kind', rename('database.kind', 'type'), 'database.type', 'kind'],
    ['a word too many', rename('vpc.id', 'vpcId'), 'vpc.vpcId', 'id'],
    ['a plural of another kind', rename('vpc.subnets', 'subnetIds'), 'vpc.subnetIds', 'subnets'],
    ['a key beside the object that it belongs in', moved('database.port', 'port'), 'port', 'database.port'],
    [
      'the same for an optional one',
      moved('endpointService.allowedPrincipals', 'allowedPrincipals'),
      'allowedPrincipals',
      'endpointService.allowedPrincipals',
    ],
    ['a key deeper than it belongs', moved('region', 'database.region'), 'database.region', 'region'],
    ['a key that is there already', change('regions', ['eu-central-1']), 'regions', 'region'],
    // Values.
    ['an endpoint as identifier', change('database.id', endpoint), 'database.id', 'orders'],
    [
      'an ARN as identifier',
      change('database.id', 'arn:aws:rds:eu-central-1:111122223333:cluster:orders'),
      'database.id',
      'orders',
    ],
    ['an endpoint with its port', change('database.endpoint', `${endpoint}:5432`), 'database.endpoint', endpoint],
    [
      'a URL as endpoint',
      change('database.endpoint', `postgres://app@${endpoint}:5432/orders`),
      'database.endpoint',
      endpoint,
    ],
    ['an account with dashes', change('account', '1111-2222-3333'), 'account', '111122223333'],
    ['an account as a number', change('account', 111122223333), 'account', '111122223333'],
    [
      'a role where its account is wanted',
      change('account', 'arn:aws:iam::111122223333:role/deploy'),
      'account',
      '111122223333',
    ],
    ['blanks around a value', change('account', ' 111122223333\t'), 'account', '111122223333'],
    ['quotes around a value', change('region', "'eu-central-1'"), 'region', 'eu-central-1'],
    ['a Region in capitals', change('region', 'EU-CENTRAL-1'), 'region', 'eu-central-1'],
    ['a zone as Region', change('region', 'eu-central-1a'), 'region', 'eu-central-1'],
    [
      'a principal with dashes',
      change('endpointService.allowedPrincipals', ['4444-5555-6666']),
      'endpointService.allowedPrincipals[0]',
      '444455556666',
    ],
    [
      'an account ARN without root',
      change('endpointService.allowedPrincipals', ['arn:aws:iam::444455556666']),
      'endpointService.allowedPrincipals[0]',
      'arn:aws:iam::444455556666:root',
    ],
    [
      'a session of a role',
      change('endpointService.allowedPrincipals', ['arn:aws:sts::444455556666:assumed-role/vendor/me']),
      'endpointService.allowedPrincipals[0]',
      'arn:aws:iam::444455556666:role/vendor',
    ],
    ['host bits in a range', change('vpc.cidr', '10.0.0.1/16'), 'vpc.cidr', '10.0.0.0/16'],
    [
      'an address as a range',
      change('endpointService.consumerCidrs', ['10.1.2.3']),
      'endpointService.consumerCidrs[0]',
      '10.1.2.3/32',
    ],
    [
      'what the console shows of a group',
      change('endpointService.databaseSecurityGroupId', 'sg-0123456789abcdef0 (default)'),
      'endpointService.databaseSecurityGroupId',
      'sg-0123456789abcdef0',
    ],
    ['a role in capitals', change('role', 'READER'), 'role', 'reader'],
    ['a role in the plural', change('role', 'readers'), 'role', 'reader'],
    ['a kind in capitals', change('database.kind', 'Cluster'), 'database.kind', 'cluster'],
    ['a name with an underscore', change('name', 'orders_db'), 'name', 'orders-db'],
    ['a prefix with the hyphen that follows it', change('namePrefix', 'prod-'), 'namePrefix', 'prod'],
    ['a pattern for a beginning', change('database.memberPrefix', 'orders-*'), 'database.memberPrefix', 'orders-'],
    ['a name with a blank', change('stackName', 'my orders'), 'stackName', 'my-orders'],
    [
      'a name with a dot at its end, which EC2 does not take',
      change('endpointService.privateDnsName', 'db.example.com.'),
      'endpointService.privateDnsName',
      'db.example.com',
    ],
    ['a key in capitals that is there already', change('Database', {}), 'Database', 'database'],
  ])('%s: with the nearest word', (_, entry, path, meant) => {
    const lines = problemsOf(databasesFrom, JSON.stringify([entry]));
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(/ is .+; allowed: .+ \((orders(_db)?, )?line 1, column \d+\)$/);
    expect(lines[0]?.startsWith(`$[0].${path} is `), lines[0]).toBe(true);
    expect(lines[0]).toContain(`; did you mean ${JSON.stringify(meant)}`);
  });

  test.each<[string, Json, RegExp]>([
    ['a number as text', change('database.port', '5432'), /port is "5432"; .* did you mean 5432\?/],
    ['a flag as text', change('endpointService.acceptanceRequired', 'true'), /true or false; did you mean true\?/],
    [
      'a single value for a list',
      change('endpointService.allowedPrincipals', '444455556666'),
      /did you mean \["444455556666"\]\?/,
    ],
    [
      'a list in one text',
      change('endpointService.allowedPrincipals', '444455556666, 777788889999'),
      /mean \["444455556666","777788889999"\]\?/,
    ],
    [
      'an account with dashes for a list of accounts',
      change('endpointService.allowedPrincipals', '4444-5555-6666'),
      /did you mean \["444455556666"\]\?/,
    ],
    [
      'text that no list could hold',
      change('endpointService.allowedPrincipals', 'everybody'),
      /is "everybody"; allowed: a list of principals \(/,
    ],
    ['a product for a kind', change('database.kind', 'aurora'), /did you mean "cluster"\?/],
    ['a longer name of a kind', change('database.kind', 'DBCluster'), /did you mean "cluster"\?/],
    ["the RDS API's name of an edition", change('database.engine', 'oracle-se2'), /did you mean "oracle"\?/],
    [
      'a range of a VPC without its length, which is no range of one address',
      change('vpc.cidr', '10.0.0.0'),
      /cidr is "10.0.0.0"; allowed: an IPv4 range of a VPC, \/16 to \/28, like 10.0.0.0\/16 \(/,
    ],
    [
      'a topic of another partition',
      { ...database, ...inChina, alarms: { topicArn: 'arn:aws:sns:cn-north-1:111122223333:page' } },
      /topicArn is .*an ARN of aws-cn, .*did you mean "arn:aws-cn:sns:cn-north-1:111122223333:page"\?/,
    ],
    [
      'a principal of another partition',
      with_({ ...database, ...inChina }, 'endpointService.allowedPrincipals', ['arn:aws:iam::444455556666:root']),
      /allowedPrincipals\[0\] is .*did you mean "arn:aws-cn:iam::444455556666:root"\?/,
    ],
    [
      'a Region of another partition than everything else',
      with_(change('region', 'cn-north-1'), 'endpointService.allowedPrincipals', ['arn:aws:iam::444455556666:root']),
      /a zone of cn-north-1/,
    ],
    [
      "the reader endpoint where the writer's is asked for",
      change('database.endpoint', endpoint.replace('cluster-', 'cluster-ro-')),
      /endpoint is .*allowed: the cluster's writer endpoint; this is the reader endpoint/,
    ],
    [
      'the endpoint of another cluster',
      change('database.endpoint', endpoint.replace('orders', 'invoices')),
      /endpoint is .*allowed: the cluster's writer endpoint; this is the endpoint of invoices, not of /,
    ],
    [
      'the endpoint of another Region',
      change('database.endpoint', endpoint.replace('eu-central-1', 'us-east-1')),
      /endpoint is .*allowed: the cluster's writer endpoint; this is in us-east-1, and the entry in eu-central-1/,
    ],
    [
      'a proxy where the endpoint of an instance is asked for',
      change('database', {
        kind: 'instance',
        id: 'orders',
        port: 5432,
        endpoint: endpoint.replace('cluster-', 'proxy-'),
      }),
      /allowed: the instance's own; this is the endpoint of an RDS Proxy/,
    ],
    ['null', change('region', null), /region is null; .*null is no value: leave out/],
    ['null for an object', change('endpointService', null), /endpointService is null; .*null is no value/],
    [
      'ids of zones',
      change(
        'vpc.subnets',
        subnets.map(({ id }, index) => ({ id, zone: `euc1-az${index + 1}` })),
      ),
      /zone is "euc1-az1"; .*not its id.*; the same for all 2 values of \$\[0\]\.vpc\.subnets/,
    ],
    [
      'identifiers for subnets',
      change(
        'vpc.subnets',
        subnets.map(({ id }) => id),
      ),
      /allowed: a subnet: \{id, zone\}; the same for all 2/,
    ],
    [
      'a misspelt key in each subnet',
      change(
        'vpc.subnets',
        subnets.map(({ id, zone }) => ({ id, az: zone })),
      ),
      /subnets\[0\]\.az is .*did you mean "zone"\?; the same for all 2/,
    ],
    [
      'another Region',
      change('region', 'eu-west-1'),
      /subnets\[0\]\.zone is "eu-central-1a"; allowed: a zone of eu-west-1, .* or another "region"/,
    ],
    [
      'a name for a security group',
      change('endpointService.databaseSecurityGroupId', 'database'),
      /allowed: sg- and 8 or 17 .*not a name/,
    ],
    ['a subnet pasted twice', change('vpc.subnets', [...subnets, subnets[0]]), /subnets\[2\]\.id is .*another subnet/],
    [
      'a principal twice',
      change('endpointService.allowedPrincipals', ['444455556666', '444455556666']),
      /allowedPrincipals\[1\] is .*each value once: \[0\]/,
    ],
    [
      'an account twice, once by its ARN',
      change('endpointService.allowedPrincipals', ['444455556666', 'arn:aws:iam::444455556666:root']),
      /allowedPrincipals\[1\] is .*each value once: \[0\]/,
    ],
    [
      'an organisation, whose account is not what was meant',
      change('endpointService.allowedPrincipals', ['arn:aws:organizations::111122223333:organization/o-abcdefghij']),
      /an organisation or a group is not accepted \(orders/,
    ],
    [
      'all roles of an account, which is less than the account',
      change('endpointService.allowedPrincipals', ['arn:aws:iam::444455556666:role/*']),
      /is "arn:aws:iam::444455556666:role\/\*"; .*an organisation or a group is not accepted \(orders/,
    ],
    [
      'consumers in another partition',
      change('endpointService.supportedRegions', ['eu-west-1', 'us-gov-west-1']),
      /supportedRegions\[1\] is "us-gov-west-1"; allowed: a Region of aws, the partition of the database's Region/,
    ],
    [
      'a range that no VPC has, as it lets in addresses of other networks',
      change('vpc.cidr', '0.0.0.0/0'),
      /cidr is "0\.0\.0\.0\/0"; allowed: an IPv4 range of a VPC, \/16 to \/28, like 10\.0\.0\.0\/16 \(/,
    ],
    [
      'an identifier that RDS would not give',
      change('database.id', 'x'.repeat(64)),
      /database\.id is "x+"; allowed: an RDS identifier: up to 63 letters/,
    ],
    [
      'more tags than a resource may have',
      change('tags', Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, '']))),
      /tags is .*; allowed: at most 50 tags/,
    ],
    [
      'a key of another kind that resembles one of this kind',
      change('database.member', true),
      /database\.member is true; .*; or another "kind", which has this key \(/,
    ],
    [
      'ranges beside the group, which would not be used',
      change('endpointService.databaseCidrs', ['10.0.1.0/24']),
      /databaseCidrs is \["10\.0\.1\.0\/24"\]; allowed: nothing beside databaseSecurityGroupId/,
    ],
    [
      'IPv6 ranges alone for IPv4 targets, of which none would be registered',
      change('reconcile', { allowedCidrs: ['fd00:1::/56'] }),
      /allowedCidrs is \["fd00:1::\/56"\]; allowed: a list with an IPv4 range, too/,
    ],
    ['text for an object', change('database', 'orders'), /database is "orders"; allowed: an object like/],
    [
      'the value of one key where its object is wanted',
      change('notifyFailovers', 'arn:aws:sns:eu-central-1:111122223333:mail'),
      /notifyFailovers is .*\{topicArn, keyArn\}; did you mean \{"topicArn":"arn:aws:sns:eu-central-1:111122223333:mail"\}\? \(/,
    ],
    [
      'a text that several keys take',
      change('alarms', 'arn:aws:sns:eu-central-1:111122223333:mail'),
      /alarms is .*, errorMinutes\} \(/,
    ],
    [
      'a DNS server at no address',
      change('reconcile', { dnsServers: ['10.0.0.2', '10.0.0.256'] }),
      /dnsServers\[1\] is "10\.0\.0\.256"; allowed: IP addresses, each with or without :port \(/,
    ],
    [
      'a DNS server at no port',
      change('reconcile', { dnsServers: ['10.0.0.2:0'] }),
      /dnsServers\[0\] is "10\.0\.0\.2:0"; .*did you mean "10\.0\.0\.2"\?/,
    ],
    ['no kind', with_(database, 'database.kind', undefined), /database\.kind is missing/],
    [
      'a key of another kind for a required one',
      rename('database.id', 'hostname'),
      /hostname is "orders"; .*or another "kind"/,
    ],
    [
      'the role in the database, which has it beside it',
      change('database.role', 'reader'),
      /database\.role is "reader"; .*did you mean "role" beside "database"\?/,
    ],
    [
      'a custom endpoint in the database, where another key has a name like that',
      change('database.endpointId', 'reporting'),
      /database\.endpointId is "reporting"; .*did you mean "endpointId" beside "database"\?/,
    ],
    ['a comment as a key', change('//', 'the writer'), /only these keys: .*comments are written \/\/ like this/],
    [
      'public clients',
      change('endpointService.consumerCidrs', ['203.0.113.10/32']),
      /consumerCidrs\[0\] is "203.0.113.10\/32"; .*private .*PrivateLink shows clients by their own addresses/,
    ],
    [
      'both ways in without what both need',
      { ...with_(database, 'database.port', undefined), access: 'both' },
      /database\.port is missing/,
    ],
  ])('%s', (_, entry, message) => {
    const lines = problemsOf(databasesFrom, JSON.stringify([entry]));
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  test('is reported on Node 20, too, where the command runs: it has no Map.groupBy', () => {
    vi.stubGlobal(
      'Map',
      class extends Map {
        static override groupBy = undefined as never;
      },
    );
    expect(problemsOf(databasesFrom, JSON.stringify([rename('vpc', 'vcp')]))).toHaveLength(1);
    vi.unstubAllGlobals();
  });

  test('several mistakes are still reported in one go, in the order of the file', () => {
    const entry = { ...rename('vpc', 'vcp'), account: '1111-2222-3333' };
    const lines = problemsOf(databasesFrom, JSON.stringify([with_(entry, 'vcp.cidr', '10.0.0.1/16')], null, 2));
    expect(lines.map((line) => /^\S+/.exec(line)?.[0])).toEqual(['$[0].account', '$[0].vcp', '$[0].vcp.cidr']);
    expect(lines.map((line) => /\(orders, line (\d+), column \d+\)$/.exec(line)?.[1])).toEqual(['4', '17', '19']);
  });

  test.each<[string, unknown, RegExp]>([
    [
      'one database',
      database,
      /^\$ is \{.*; allowed: a list of databases, or .*; for a single one put \[ and \] around it/,
    ],
    ['one database under the key', { databases: database }, /^\$\.databases is \{.*put \[ and \] around it/],
    ['the list under a misspelt key', { database: [database] }, /^\$\.database is .*did you mean "databases"\?/],
    ['a file of consumers', { consumers: [consumer] }, /this is a file of consumers: name it with -c consumers=FILE/],
  ])('%s', (_, content, message) => {
    const lines = problemsOf(databasesFrom, JSON.stringify(content));
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  test.each<[string, unknown, RegExp]>([
    ['one consumer', consumer, /^\$ is \{.*; allowed: a list of consumers, or .*put \[ and \] around it/],
    ['a file of databases', { databases: [database] }, /this is a file of databases: name it with -c databases=FILE/],
    [
      'a misspelt key',
      { consumers: [renamed(consumer, 'serviceName', 'servicename')] },
      /^\$\.consumers\[0\]\.servicename is .*did you mean "serviceName"\? \(orders, /,
    ],
    [
      'a misspelt key of what is needed',
      [renamed(consumer, 'clientCidrs', 'clientCidr')],
      /^\$\[0\]\.clientCidr is .*did you mean "clientCidrs"\?/,
    ],
    [
      'host bits',
      [{ ...consumer, clientCidrs: ['10.1.2.0/16'] }],
      /clientCidrs\[0\] is .*did you mean "10\.1\.0\.0\/16"\?/,
    ],
    ['a misspelt word', [{ ...consumer, dns: 'providers' }], /dns is "providers"; .*did you mean "provider"\?/],
  ])('in consumers.json: %s', (_, content, message) => {
    const lines = problemsOf(consumersFrom, JSON.stringify(content));
    expect(lines, lines.join('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });
});

describe('the text of a file', () => {
  const text = JSON.stringify([database], null, 2);
  const directory = mkdtempSync(join(tmpdir(), 'files-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([
    ['a byte order mark', `\uFEFF${text}`],
    ['comments', text.replace('[', '// ours\n[ /* all\nof them */')],
    ['trailing commas', text.replace(/"\n/g, '",\n').replace(/\n\]/, ',\n]')],
    ['the line ends of Windows', text.replaceAll('\n', '\r\n')],
  ])('may have %s', (_, content) => {
    expect(databasesFrom(content, 'mine.json')).toEqual([database]);
  });

  test('may be what PowerShell writes, in UTF-16', () => {
    const file = join(directory, 'utf16.json');
    writeFileSync(file, Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect(readDatabases(file)).toEqual([database]);
  });

  test.each([
    ['nothing', '', /^it is empty; allowed: a list/],
    [
      'a missing comma',
      '[\n  {\n    "name": "orders"\n    "account": "111122223333"\n  }\n]',
      /line 4, column 5: .*; allowed: a comma/,
    ],
    [
      'an account that starts with 0 as a number',
      '[{"account": 012345678901}]',
      /line 1, column 15: .*starts with 0.* in double quotes/,
    ],
    ['single quotes', "[{'name': 'orders'}]", /line 1, column 3: "'name'.*plain double quotes/],
    ['quotes of a word processor', '[{“name”: “orders”}]', /plain double quotes/],
    ['keys without quotes', '[{name: "orders"}]', /line 1, column 3: .*allowed: double quotes \("\) around the key$/],
    ['a word of Python', '[{"dashboard": True}]', /line 1, column 16: .*true or false, in small letters$/],
    ['a comment of a shell', '# mine\n[]', /line 1, column 1: "# mine"; allowed: a comment as \/\//],
    ['a merge conflict', '<<<<<<< HEAD\n[]\n=======\n', /one side of the merge conflict/],
    [
      'an object that is not closed',
      '[{"name": "orders"]',
      /line 1, column 19: "\]"; allowed: the end of the object \(\}\)$/,
    ],
    ['a list that is not closed', '[{"tags": ["a"}]', /allowed: the end of the list \(\]\)$/],
    ['a tab in a text', '[{"name": "or\tders"}]', /no tab/],
    ['an end too early', '[{"name": "orders"}', /the end of the list/],
    ['something after the end', '[]\n]', /line 2, column 1: "\]"; allowed: nothing after/],
    ['YAML', '- name: orders\n  database: x', /it is not JSON: line 1, column 1: .*allowed: JSON, and no YAML/],
  ])('%s is one problem with line and column', (_, content, message) => {
    const lines = problemsOf(databasesFrom, content);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
    expect(lines[0]).not.toMatch(/Unexpected|JSON\.parse/);
  });

  test('a key that stands twice is refused: JSON would take the last without a word', () => {
    const twice = text.replace('"account"', '"region": "eu-west-1",\n    "account"');
    const [line, ...more] = problemsOf(databasesFrom, twice);
    expect(more).toEqual([]);
    expect(line).toMatch(
      /^\$\[0\]\.region is "eu-central-1"; allowed: the key once; it stands in lines 4 and 6 \(orders, /,
    );
  });
});

describe('a file of a hundred databases', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ({
    ...structuredClone(database),
    name: `orders-${index}`,
    database: { kind: 'cluster', id: `orders-${index}`, port: 5432 },
  }));
  type Entry = (typeof hundred)[number];
  /** Each changes one entry in one place; the second value is where the problem has to be. */
  const mistakes: readonly (readonly [index: number, where: RegExp, change: (entry: Entry) => void])[] = [
    [3, /^\$\[3\]\.regoin is "eu-central-1"; .*did you mean "region"/, (entry) => misspell(entry, 'region', 'regoin')],
    [
      12,
      /^\$\[12\]\.name is "orders-11"; allowed: a name that \[11\] has not taken/,
      (entry) => set(entry, 'name', 'orders-11'),
    ],
    [
      21,
      /^\$\[21\]\.database\.kind is "clutser"; .*did you mean "cluster"/,
      ({ database: one }) => set(one, 'kind', 'clutser'),
    ],
    [
      30,
      /^\$\[30\]\.database\.port is 70000; allowed: a whole number/,
      ({ database: one }) => set(one, 'port', 70_000),
    ],
    [
      42,
      /^\$\[42\]\.database\.port is missing; allowed: the port/,
      ({ database: one }) => Reflect.deleteProperty(one, 'port'),
    ],
    [
      55,
      /^\$\[55\]\.vpc\.subnets\[1\]\.zone is "eu-west-1b"; allowed: a zone of eu-central-1/,
      ({ vpc }) => set(vpc.subnets[1], 'zone', 'eu-west-1b'),
    ],
    [
      60,
      /^\$\[60\]\.vpc\.subnets\[1\]\.zone is "eu-central-1a"; allowed: one subnet|^\$\[60\]\.vpc\.subnets is/,
      ({ vpc }) => set(vpc.subnets[1], 'zone', 'eu-central-1a'),
    ],
    [
      77,
      /^\$\[77\]\.vpc\.cidr is "10\.0\.0\.1\/16"; .*did you mean "10\.0\.0\.0\/16"/,
      ({ vpc }) => set(vpc, 'cidr', '10.0.0.1/16'),
    ],
    [
      88,
      /^\$\[88\]\.endpointService\.allowedPrincipals\[0\] is 444455556666; allowed: an account/,
      ({ endpointService }) => set(endpointService.allowedPrincipals, '0', 444455556666),
    ],
    [99, /^\$\[99\]\.account is "11112222333"; allowed: 12 digits/, (entry) => set(entry, 'account', '11112222333')],
  ];
  const set = (object: object | undefined, key: string, value: unknown) => Reflect.set(object ?? {}, key, value);
  function misspell(entry: Entry, key: keyof Entry, as: string) {
    set(entry, as, entry[key]);
    Reflect.deleteProperty(entry, key);
  }

  test('has as many problems as mistakes, each at its place and with its name', () => {
    expect(problemsOf(databasesFrom, JSON.stringify(hundred))).toEqual([]);
    const wrong = structuredClone(hundred);
    for (const [index, , change] of mistakes) change(wrong[index] as Entry);
    const told = problemsOf(databasesFrom, JSON.stringify(wrong, null, 2));
    expect(told).toHaveLength(mistakes.length);
    for (const [number, [index, where]] of mistakes.entries()) {
      expect(told[number]).toMatch(where);
      expect(told[number]).toMatch(new RegExp(`\\(orders-${index === 12 ? 11 : index}, line \\d+, column \\d+\\)$`));
    }
  });
});
