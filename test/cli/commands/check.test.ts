import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Account, alone, cluster, createAccount, groupIds } from '../account-rig.ts';
import { runAlone } from '../terminal.ts';

const vpcId = 'vpc-0123456789abcdef0';
const otherVpc = 'vpc-0fffffffffffffff0';

let account: Account;
beforeAll(async () => {
  account = await createAccount([
    alone('orders'),
    cluster('sales'),
    alone('web', { publiclyAccessible: true, securityGroupIds: [groupIds.other, groupIds.open] }),
    alone('shop', {
      engine: 'mysql',
      engineVersion: '8.4.5',
      endpoint: { address: 'shop.c1example.eu-central-1.rds.amazonaws.com', port: 3306 },
    }),
  ]);
  account.ec2.vpcs.set(otherVpc, ['10.9.0.0/16']);
});
afterAll(() => account?.close());
afterEach(() => {
  account.faults.clear();
  account.endpoints.awsEndpoints.splice(0);
  account.endpoints.services.splice(0);
});

type Told = {
  readonly check: string;
  readonly result: string;
  readonly path: string;
  readonly line: number;
  readonly detail: string;
  readonly remedy?: string;
};

let files = 0;
async function check(content: readonly object[] | object, ...words: string[]) {
  files += 1;
  const file = account.put(`${files}.json`, JSON.stringify(content, null, 2));
  account.calls();
  const run = (more: readonly string[]) => runAlone(['check', '--databases', file, ...words, ...more], account.env);
  const { code, out, err } = await run(['--json']);
  const calls = account.calls();
  const all = code === 0 || code === 3 ? JSON.parse(out) : { databases: [], account: [] };
  const { databases, loadBalancers = [] } = all;
  const told: Told[] = [
    ...[...databases, ...loadBalancers].flatMap(({ checks }: { checks: Told[] }) => checks),
    ...all.account,
  ];
  const shown = (result: string) =>
    told.filter((one) => one.result === result).map(({ check: name, path, detail }) => `${name} ${path} ${detail}`);
  return { code, err, told, calls, failed: shown('failed'), open: shown('not-checked'), inWords: () => run([]) };
}

const subnets = ['a', 'b', 'c'].map((zone, index) => ({
  id: `subnet-0123456789abcdef${index + 1}`,
  zone: `eu-central-1${zone}`,
}));
const orders = {
  name: 'orders',
  account: '123456789012',
  region: 'eu-central-1',
  database: { kind: 'instance', id: 'orders', port: 5432 },
  vpc: { id: vpcId, cidr: '10.0.0.0/16', subnets },
  endpointService: { allowedPrincipals: ['444455556666'], databaseSecurityGroupId: groupIds.shared },
};
type Entry = typeof orders;
const withDatabase = (more: object): object => ({ ...orders, database: { ...orders.database, ...more } });
const withVpc = (more: object): object => ({ ...orders, vpc: { ...orders.vpc, ...more } });
const withService = (more: object): object => ({ ...orders, endpointService: { ...orders.endpointService, ...more } });

test('what init writes passes, and what is right is told with the next step', async () => {
  const file = account.path('init.json');
  for (const id of ['orders', 'sales', 'web']) await runAlone(['init', id, '--yes', '--databases', file], account.env);
  const { code, failed, told, inWords } = await check(JSON.parse(account.text('init.json')).databases);
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  expect(told.filter(({ result }) => result === 'ok').length).toBeGreaterThan(30);
  expect((await inWords()).out).toContain('Next: npx --no -- cdk deploy NAME');
});

const warm = (securityGroupId: string): object => ({
  ...withService({ databaseSecurityGroupId: undefined }),
  warmStandby: { securityGroupId },
});

test('a warm standby lets the load balancer in by its marker', async () => {
  expect(await check([warm(groupIds.shared)])).toMatchObject({ failed: [], code: 0 });
});

describe('one mistake is one failure, at its path and with what to write', () => {
  type Row = readonly [what: string, entry: object, failure: RegExp];
  const rows: readonly Row[] = [
    [
      'an identifier',
      withDatabase({ id: 'ordres' }),
      /^rds-api-answers \$\[0\]\.database\.id the RDS API knows no DB instance ordres.*did you mean orders\?/,
    ],
    ['a kind', withDatabase({ kind: 'cluster' }), /^rds-api-answers .*orders is a DB instance; use kind instance/],
    [
      'a prefix that the members do not have',
      withDatabase({ kind: 'cluster', id: 'sales', memberPrefix: 'sale-' }),
      /^configuration-matches \$\[0\]\.database\.memberPrefix members of sales do not begin with "sale-": sales-1.*Set "memberPrefix"/,
    ],
    [
      'a member',
      withDatabase({ id: 'sales-1' }),
      /^configuration-matches .*sales-1 is a member of cluster sales; use kind cluster/,
    ],
    ['a port', withDatabase({ port: 5433 }), /^port-matches \$\[0\]\.database\.port allowed: 5432, the port/],
    [
      'an endpoint',
      withDatabase({ endpoint: 'orders.other.eu-central-1.rds.amazonaws.com' }),
      /^endpoint-matches .*endpoint allowed: "orders\.c1example/,
    ],
    ['an engine', withDatabase({ engine: 'mariadb' }), /^engine-matches .*engine allowed: "postgres"/],
    [
      'public access',
      withDatabase({ publiclyAccessible: true }),
      /^public-access-matches .*publiclyAccessible allowed: false/,
    ],
    [
      "another database's group",
      withDatabase({ securityGroupIds: [groupIds.other] }),
      /^groups-of-database .*securityGroupIds\[0\] allowed: one that orders has: sg-0123456789abcdef0/,
    ],
    ['an account', { ...orders, account: '111122223333' }, /^account-matches \$\[0\]\.account allowed: "123456789012"/],
    [
      'a VPC',
      withVpc({ id: 'vpc-0000000000000000f' }),
      /^vpc-exists \$\[0\]\.vpc\.id allowed: a VPC of this account and Region, like "vpc-0123456789abcdef0"/,
    ],
    [
      'another VPC',
      withVpc({ id: otherVpc, cidr: '10.9.0.0/16' }),
      /^vpc-of-database \$\[0\]\.vpc\.id allowed: "vpc-0123456789abcdef0", the VPC of the database/,
    ],
    ['a range', withVpc({ cidr: '10.1.0.0/16' }), /^vpc-exists \$\[0\]\.vpc\.cidr allowed: "10\.0\.0\.0\/16"/],
    [
      'a subnet',
      withVpc({ subnets: [...subnets, { id: 'subnet-0123456789abcdeff', zone: 'eu-central-1d' }] }),
      /^subnets-match \$\[0\]\.vpc\.subnets\[3\]\.id allowed: a subnet of this/,
    ],
    [
      'a zone',
      withVpc({ subnets: subnets.with(2, { id: 'subnet-0123456789abcdef3', zone: 'eu-central-1d' }) }),
      /^subnets-match \$\[0\]\.vpc\.subnets\[2\]\.zone allowed: "eu-central-1c", the zone of/,
    ],
    [
      'a zone too few',
      withVpc({ subnets: subnets.slice(0, 2) }),
      /^zones-cover-database \$\[0\]\.vpc\.subnets load balancer of orders has no subnet in eu-central-1c.*Add one.*"subnet-0123456789abcdef3"/,
    ],
    [
      'a group',
      withService({ databaseSecurityGroupId: 'sg-0000000000000000f' }),
      /^security-groups-exist \$\[0\]\.endpointService\.databaseSecurityGroupId allowed: a security group of/,
    ],
    [
      'a group that the database does not have',
      withService({ databaseSecurityGroupId: groupIds.other }),
      /^database-admits-load-balancer .*no rule of sg-0123456789abcdef0 admits the load balancer on port 5432/,
    ],
    [
      'no group',
      withService({ databaseSecurityGroupId: undefined }),
      /^database-admits-load-balancer \$\[0\]\.endpointService\.databaseSecurityGroupId no rule/,
    ],
    [
      'a marker that the database does not have',
      warm(groupIds.other),
      /^database-admits-load-balancer \$\[0\]\.warmStandby\.securityGroupId no rule/,
    ],
    [
      'too narrow a range',
      { ...orders, reconcile: { allowedCidrs: ['10.0.1.0/24', '10.0.2.0/24'] } },
      /^ranges-cover-database \$\[0\]\.reconcile\.allowedCidrs allowed: ranges that hold 10\.0\.3\.0\/24/,
    ],
    [
      'a secret that the functions cannot read, and a topic that they cannot tell',
      {
        ...orders,
        placement: { endpoints: 'existing' },
        probe: {
          login: 'secret',
          secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:probe-AbCdEf',
          databaseSecurityGroupId: groupIds.shared,
        },
        notifyFailovers: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:failovers' },
      },
      /^api-endpoints .* for elasticloadbalancing, rds, ec2, secretsmanager, sns, logs/,
    ],
    [
      'endpoints that are not there',
      { ...orders, placement: { endpoints: 'existing' } },
      /^api-endpoints \$\[0\]\.placement\.endpoints allowed: "create" or "shared": .* for elasticloadbalancing, rds, ec2$/,
    ],
  ];
  test.each(rows)('%s', async (_, entry, failure) => {
    const { code, failed } = await check([entry]);
    expect(failed).toEqual([expect.stringMatching(failure)]);
    expect(code).toBe(3);
  });

  test('with the line of the file, and the remedy of the doctor', async () => {
    const { told, inWords } = await check(
      [orders, { ...(withVpc({ subnets: subnets.slice(0, 2) }) as Entry), name: 'second' }],
      'second',
    );
    expect(told.find(({ result }) => result === 'failed')).toMatchObject({
      path: '$[1].vpc.subnets',
      line: 48,
      remedy: expect.stringMatching(/^Add a subnet in each missing zone to "vpc\.subnets"/),
    });
    const { out, code } = await inWords();
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /FAILED zones-cover-database \$\[1\]\.vpc\.subnets is \[.*load balancer of second has no subnet.*\(line 48, column 7\) do: Add a subnet/,
    );
    expect(out).not.toContain('Next:');
    expect(code).toBe(3);
  });
});

describe('interface endpoints', () => {
  const endpoint = (more: object = {}) => ({
    id: 'vpce-0aaaaaaaaaaaaaaaa',
    serviceName: 'com.amazonaws.eu-central-1.rds',
    vpcId,
    privateDnsEnabled: true,
    ...more,
  });
  const shared = { ...orders, placement: { endpoints: 'shared' } };

  test('with private DNS clash with shared ones, unless those are the shared ones', async () => {
    account.endpoints.awsEndpoints.push(endpoint());
    expect((await check([shared])).failed).toEqual([
      expect.stringMatching(
        /^api-endpoints \$\[0\]\.placement\.endpoints allowed: "existing": .*vpce-0aaaaaaaaaaaaaaaa/,
      ),
    ]);
    const stack = { 'aws:cloudformation:stack-name': `private-api-access-${vpcId}` };
    account.endpoints.awsEndpoints.splice(0, 1, endpoint({ tags: stack }));
    expect((await check([shared])).failed).toEqual([]);
    account.endpoints.awsEndpoints.splice(0, 1, endpoint({ privateDnsEnabled: false }));
    expect((await check([shared])).failed).toEqual([]);
    account.endpoints.awsEndpoints.splice(0, 1, endpoint({ vpcId: otherVpc }));
    expect((await check([shared])).failed).toEqual([]);
  });

  test('have to be offered in the zones of the subnets', async () => {
    const { awsServices } = account.endpoints;
    const rds = awsServices.findIndex(({ name }) => name.endsWith('.rds'));
    const [whole] = awsServices.splice(rds, 1, {
      name: 'com.amazonaws.eu-central-1.rds',
      zones: ['eu-central-1a', 'eu-central-1b'],
    });
    expect((await check([{ ...orders, placement: { endpoints: 'create' } }])).failed).toEqual([
      expect.stringMatching(
        /^api-endpoints-offered \$\[0\]\.vpc\.subnets\[2\]\.zone allowed: a zone in which AWS offers an endpoint for rds: eu-central-1a, eu-central-1b/,
      ),
    ]);
    if (whole) awsServices.splice(rds, 1, whole);
  });
});

test('a consumer that is connected must stay a principal; other changes are told', async () => {
  const { endpoints } = account;
  const principals = ['777788889999', '343434343434'].map((one) => `arn:aws:iam::${one}:root`);
  const service = endpoints.addService({ tags: { Name: 'orders' }, principals });
  expect((await check([orders])).failed).toEqual([]);
  const { endpointId } = endpoints.connect(service, { owner: '777788889999', state: 'available' });
  const { failed } = await check([orders]);
  expect(failed).toEqual([
    expect.stringMatching(
      `^principals .*allowedPrincipals allowed: also "${principals[0]}": ${endpointId} of that account`,
    ),
  ]);
  service.principals = [];
  const { told } = await check([withService({ allowedPrincipals: ['arn:aws:iam::444455556666:role/x'] })]);
  expect(told).toContainEqual(
    expect.objectContaining({ check: 'principals', detail: 'a deployment adds arn:aws:iam::444455556666:role/x' }),
  );
});

describe('a shared load balancer', () => {
  const vendors = {
    ...{ name: 'vendors', account: orders.account, region: orders.region, vpc: orders.vpc },
    endpointService: { allowedPrincipals: ['444455556666'] },
  };
  const behind = (name: string, listenerPort: number, databaseSecurityGroupId: string = groupIds.shared) => ({
    ...{ ...orders, name },
    vpc: { ...orders.vpc, subnets: subnets.slice(0, 2) },
    endpointService: { shared: 'vendors', listenerPort, databaseSecurityGroupId },
  });
  const file = (more: object, ...databases: object[]) => ({ loadBalancers: [{ ...vendors, ...more }], databases });

  test('is checked at its own place, once, and its zones with each database', async () => {
    expect((await check(file({}, behind('orders', 5433)))).failed).toEqual([]);
    const { failed, told } = await check(
      file({ vpc: { ...orders.vpc, subnets: subnets.slice(0, 2) } }, behind('orders', 5433)),
    );
    expect(failed).toEqual([
      expect.stringMatching(
        /^zones-cover-database \$\.databases\[0\]\.endpointService\.shared load balancer of vendors has no subnet in eu-central-1c/,
      ),
    ]);
    expect(told.find(({ result }) => result === 'failed')?.remedy).toMatch(/to "vendors" in "loadBalancers"/);
    const elsewhere = {
      ...vendors.vpc,
      subnets: subnets.with(2, { id: 'subnet-0123456789abcdeff', zone: 'eu-central-1c' }),
    };
    const wrong = { vpc: elsewhere, endpointService: { databaseSecurityGroupIds: ['sg-0000000000000000f'] } };
    expect((await check(file(wrong, behind('orders', 5433), behind('web', 5434, groupIds.other)))).failed).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^subnets-match \$\.loadBalancers\[0\]\.vpc\.subnets\[2\]\.id allowed: a subnet of this/),
        expect.stringMatching(
          /^security-groups-exist \$\.loadBalancers\[0\]\.endpointService\.databaseSecurityGroupIds\[0\]/,
        ),
      ]),
    );
  });

  test('has the principals of all its databases', async () => {
    const principals = ['arn:aws:iam::777788889999:root'];
    const service = account.endpoints.addService({ tags: { Name: 'vendors' }, principals });
    account.endpoints.connect(service, { owner: '777788889999', state: 'available' });
    expect((await check(file({}, behind('orders', 5433)))).failed).toEqual([
      expect.stringMatching(/^principals \$\.loadBalancers\[0\]\.endpointService\.allowedPrincipals allowed: also/),
    ]);
  });

  test('needs room for one, and for a group and a listener of each database', async () => {
    const { limits } = account.elbv2;
    // There are none yet.
    limits.set('network-load-balancers', 0).set('target-groups', 1);
    limits.set('listeners-per-network-load-balancer', 1);
    const two = [behind('orders', 5433), behind('web', 5434, groupIds.other)];
    const ofQuotas = async () => (await check(file({}, ...two))).failed.filter((one) => one.startsWith('quota-'));
    const first = await ofQuotas();
    account.endpoints.addService({ tags: { Name: 'vendors' } });
    const second = await ofQuotas();
    limits.set('network-load-balancers', 50).set('target-groups', 3000).set('listeners-per-network-load-balancer', 50);
    expect(first.map((one) => one.replace(/ to \d+ .*/, ''))).toEqual([
      'quota-load-balancers $.databases the file adds 1',
      'quota-target-groups $.databases the file adds 2',
      'quota-listeners $.databases the file adds 2',
    ]);
    expect(second.map((one) => one.replace(/ to \d+ .*/, ''))).toEqual([
      'quota-target-groups $.databases the file adds 2',
      'quota-listeners $.databases the file adds 2',
    ]);
  });
});

test('a group of the account is checked as the doctor checks it', async () => {
  const { elbv2 } = account;
  const { arn } = elbv2.createTargetGroup({ name: 'mine', port: 5433 });
  elbv2.createLoadBalancer({
    name: 'mine',
    zones: ['eu-central-1a', 'eu-central-1b'],
    listeners: [{ port: 5432, targetGroupArn: arn }],
  });
  const { endpointService: _, ...rest } = orders;
  const { failed, code, told } = await check([{ ...rest, targetGroupArn: arn }]);
  expect(failed).toEqual([
    expect.stringMatching(/^group-port \$\[0\]\.targetGroupArn the group's port is 5433, the database's 5432/),
    expect.stringMatching(/^group-attributes \$\[0\]\.targetGroupArn connection termination is off/),
    expect.stringMatching(
      /^zones-cover-database \$\[0\]\.targetGroupArn load balancer mine has no subnet in eu-central-1c/,
    ),
    expect.stringMatching(/^cross-zone-on \$\[0\]\.targetGroupArn mine: off/),
    expect.stringMatching(
      /^database-admits-load-balancer \$\[0\]\.targetGroupArn no rule of sg-0123456789abcdef0 admits mine on port 5432/,
    ),
  ]);
  expect(told.find(({ check: name }) => name === 'group-port')?.remedy).toMatch(/set database\.port if the port/);
  expect(code).toBe(3);
});

test('health checks would lock clients out of MySQL', async () => {
  const shop = { ...orders, name: 'shop', database: { kind: 'instance', id: 'shop', port: 3306 } };
  expect((await check([shop])).failed).toEqual([
    expect.stringMatching(/^max-connect-errors \$\[0\]\.database default\.mysql8\.4: max_connect_errors 100/),
  ]);
});

describe('check', () => {
  test('says what it could not read, and goes on', async () => {
    for (const action of ['DescribeVpcEndpointServiceConfigurations', 'DescribeSubnets', 'DescribeVpcs'])
      account.faults.add({
        action,
        kind: 'error',
        code: 'UnauthorizedOperation',
        status: 403,
        message: 'no',
      });
    const { code, open } = await check([orders]);
    expect(open).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^principals .*not read: grant ec2:DescribeVpcEndpointServiceConfigurations/),
        expect.stringMatching(/^subnets-match .*not read: grant ec2:DescribeSubnets/),
        expect.stringMatching(/^vpc-exists .*not read: grant ec2:DescribeVpcs/),
      ]),
    );
    expect(code).toBe(0);
  });

  test('makes no more calls for many entries than for one', async () => {
    const few = (await check([orders])).calls.length;
    const many = await check(Array.from({ length: 40 }, (_, index) => ({ ...orders, name: `orders-${index}` })));
    expect(many.calls.length).toBe(few);
    expect(few).toBeLessThanOrEqual(16);
  });

  test('reads every example, whatever it follows and however it is reached', async () => {
    const folder = join(import.meta.dirname, '../../../examples');
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      if (!text.includes('"databases"')) continue;
      const { code, out, err } = await runAlone(
        ['check', '--databases', account.put(name, text), '--json'],
        account.env,
      );
      // None of their databases is in this account.
      expect({ name, code, err }).toEqual({ name, code: 3, err: '' });
      expect(JSON.parse(out).databases.length, name).toBeGreaterThan(0);
    }
  });

  test.each([
    ['an unknown name', ['ordres'], [orders], /has no database "ordres"; did you mean "orders"\?/],
    ['a file with a mistake', [], [{ ...orders, regoin: 'x' }], /\$\[0\]\.regoin is "x"; allowed: only these keys/],
    ['a Region that is none', ['--region', 'x'], [orders], /--region is "x"; allowed: a Region/],
    ['an empty file', [], [], /has no database/],
  ])('asks nothing for %s', async (_, words, entries, says) => {
    const { code, err, calls } = await check(entries, ...words);
    expect(err.replace(/\s+/g, ' ')).toMatch(says);
    expect({ code, calls }).toEqual({ code: 2, calls: [] });
  });

  test('names the sandbox, and no file, where it has no such database', async () => {
    const { code, err } = await runAlone(['check', 'ordres', '--sandbox'], account.env);
    expect(err).toContain('the sandbox has no database "ordres"; did you mean "orders"?');
    expect(code).toBe(2);
  });

  test('ends with 1 when AWS fails, and says so', async () => {
    account.faults.add({
      action: 'DescribeDBInstances',
      kind: 'error',
      code: 'AccessDenied',
      status: 403,
      message: 'no',
    });
    const { code, err } = await check([orders]);
    expect(code).toBe(1);
    expect(err).toMatch(/AWS denies rds:DescribeDBInstances/);
  });

  test('names the file where there is none', async () => {
    const { code, err } = await runAlone(['check', '--databases', account.path('nowhere.json')], account.env);
    expect(code).toBe(2);
    expect(err.replace(/\s+/g, ' ')).toMatch(/there is no .*nowhere\.json.*rds-target init/);
  });
});

describe('quotas', () => {
  const two = [orders, { ...orders, name: 'second' }];
  test('of load balancers and target groups count what is there and what the file adds', async () => {
    const { limits } = account.elbv2;
    limits.set('network-load-balancers', 2).set('target-groups', 2);
    const { failed, told } = await check(two);
    limits.set('network-load-balancers', 50).set('target-groups', 3000);
    // One of each is there.
    expect(failed).toEqual([
      'quota-load-balancers $ the file adds 2 to 1 network load balancers, and the account may have 2',
      'quota-target-groups $ the file adds 2 to 1 target groups, and the account may have 2',
    ]);
    expect(told.find(({ check: name }) => name === 'quota-load-balancers')?.remedy).toMatch(
      /Raise the quota.*at most 1 more/,
    );
    account.endpoints.addService({ tags: { Name: 'second' } });
    limits.set('network-load-balancers', 2);
    expect((await check(two)).failed).toEqual([]);
    limits.set('network-load-balancers', 50);
  });

  test('of rules go by the default, which may have been raised', async () => {
    const add = (name: string) => account.bus.target({ name, pattern: { source: ['mine'] } }, () => {});
    for (let index = 0; index < 299; index += 1) add(`other-${index}`);
    expect((await check(two)).failed).toEqual([
      'quota-rules $ the file adds 2 to 299 rules of the default event bus, and the account may have 300, unless the quota was raised',
    ]);
    add('second-ReconcilerEvents-0A');
    expect((await check([two[1] ?? {}])).failed).toEqual([]);
    add('more');
    expect((await check(two)).open).toEqual([expect.stringMatching(/^quota-rules \$ 301 rules .* raised above 300/)]);
  });
});
