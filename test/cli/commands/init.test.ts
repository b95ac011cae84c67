import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { run as runWith } from '../../../cli/program.ts';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { shared } from '../../shared.ts';
import { type Account, alone, cluster, createAccount, groupIds } from '../account-rig.ts';
import { outsideOf, runAlone } from '../terminal.ts';

const zones = ['a', 'b', 'c'].map((zone, index) => ({
  id: `subnet-0123456789abcdef${index + 1}`,
  zone: `eu-central-1${zone}`,
}));
const twoGroups = { securityGroupIds: [groupIds.other, groupIds.open] };

let account: Account;
shared(
  async () => {
    account = await createAccount(
      [
        alone('orders'),
        cluster('sales'),
        alone('web', { publiclyAccessible: true, ...twoGroups }),
        alone('lonely', { subnets: zones.slice(0, 1) }),
        alone('unborn', { status: 'creating', endpoint: undefined }),
        alone('wide', { subnets: [...zones, { id: 'subnet-0123456789abcdef9', zone: 'eu-central-1a' }] }),
        cluster('twin'),
        alone('twin'),
        cluster('papers', { engine: 'docdb', engineVersion: '5.0.0' }),
        alone('a-name-that-is-much-longer-than-a-stack-may-have'),
      ],
      250,
    );
  },
  () => account?.close(),
);
afterEach(() => account.faults.clear());

let files = 0;
const newFile = () => {
  files += 1;
  return `databases-${files}.json`;
};

/** The command in a directory of its own; `name` is the file's. */
async function init(words: readonly string[], text?: string) {
  const name = newFile();
  if (text !== undefined) account.put(name, text);
  account.calls();
  const ended = await runAlone(['init', ...words, '--databases', account.path(name)], account.env);
  const written = existsSync(account.path(name)) ? account.text(name) : undefined;
  return { ...ended, said: (ended.out + ended.err).replace(/\s+/g, ' '), written, calls: account.calls() };
}

const entriesOf = (text: string | undefined) => databasesFrom(text ?? '', 'databases.json');
const listed = (...entries: object[]) => JSON.stringify(entries);
const shop = {
  name: 'shop',
  database: { kind: 'cluster', id: 'shop' },
  targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0123456789abcdef',
};

describe('init', () => {
  test('writes all that RDS and EC2 show of an instance, into a file that it makes', async () => {
    const { code, written, said } = await init(['orders', '--yes']);
    expect(code).toBe(0);
    expect(written).toMatch(/^\{\n {2}"\$schema": /);
    expect(entriesOf(written)).toEqual([
      {
        name: 'orders',
        account: '123456789012',
        region: 'eu-central-1',
        database: {
          kind: 'instance',
          id: 'orders',
          port: 5432,
          endpoint: 'orders.c1example.eu-central-1.rds.amazonaws.com',
          engine: 'postgres',
        },
        vpc: { id: 'vpc-0123456789abcdef0', cidr: '10.0.0.0/16', subnets: zones },
        endpointService: { databaseSecurityGroupId: groupIds.shared },
      },
    ]);
    expect(said).toContain('$.databases[0].endpointService.allowedPrincipals: no account may connect');
  });

  test("takes a cluster for one of its members, with the cluster's endpoint", async () => {
    const { written, said } = await init([
      'sales-2',
      '--yes',
      '--principals',
      '444455556666,arn:aws:iam::777788889999:role/x',
    ]);
    expect(entriesOf(written)).toMatchObject([
      {
        name: 'sales',
        database: {
          ...{ kind: 'cluster', id: 'sales', engine: 'aurora-postgresql', memberPrefix: 'sales-' },
          endpoint: 'sales.cluster-c1example.eu-central-1.rds.amazonaws.com',
        },
        endpointService: { allowedPrincipals: ['444455556666', 'arn:aws:iam::777788889999:role/x'] },
      },
    ]);
    expect(said).toContain('sales-1 (writer), sales-2, prefix sales-');
    expect(said).not.toContain('allowedPrincipals');
  });

  test('leaves the rest of the file as it is', async () => {
    const text = `// ours\n[\n  ${JSON.stringify(shop)}, // the shop\n  /* the end */\n]\n`;
    const { written = '', said } = await init(['orders', '--yes'], text);
    expect(written.startsWith(text.slice(0, -2))).toBe(true);
    expect(entriesOf(written).map(({ name }) => name)).toEqual(['shop', 'orders']);
    expect(said).toContain('$[1].endpointService.allowedPrincipals');
  });

  test('takes the security group that admits the port, and says that there are others', async () => {
    const { written, said } = await init(['web', '--yes']);
    expect(entriesOf(written)).toMatchObject([
      {
        database: { publiclyAccessible: true, securityGroupIds: [groupIds.open, groupIds.other] },
        endpointService: { databaseSecurityGroupId: groupIds.open },
      },
    ]);
    expect(said).toContain(`databaseSecurityGroupId: ${groupIds.open}; the database also has ${groupIds.other}`);
    expect(said).toContain('.placement: the database is publicly accessible');
    const named = await init(['web', '--yes', '--security-group', groupIds.other]);
    expect(entriesOf(named.written)).toMatchObject([{ endpointService: { databaseSecurityGroupId: groupIds.other } }]);
    expect(named.said).not.toContain('databaseSecurityGroupId: sg-');
  });

  test('names the ranges of the subnets where one is in another range of the VPC', async () => {
    account.ec2.vpcs.set('vpc-0123456789abcdef0', ['10.0.1.0/24', '10.0.0.0/16']);
    const { written } = await init(['orders', '--yes']);
    account.ec2.vpcs.set('vpc-0123456789abcdef0', ['10.0.0.0/16']);
    expect(entriesOf(written)).toMatchObject([
      { vpc: { cidr: '10.0.1.0/24' }, reconcile: { allowedCidrs: ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'] } },
    ]);
  });

  test('takes one subnet of each zone, and cuts a name that is too long', async () => {
    const wide = await init(['wide', '--yes']);
    expect(entriesOf(wide.written)).toMatchObject([{ vpc: { subnets: zones } }]);
    expect(wide.said).toContain('also has subnet-0123456789abcdef9 (eu-central-1a)');
    const long = await init(['a-name-that-is-much-longer-than-a-stack-may-have', '--yes']);
    expect(entriesOf(long.written)).toMatchObject([{ name: 'a-name-that-is-much-longer-than' }]);
    expect(long.said).toContain('.name: "a-name-that-is-much-longer-than"');
    const taken = await init(['orders', '--yes'], listed({ ...shop, name: 'orders' }));
    expect(entriesOf(taken.written).map(({ name }) => name)).toEqual(['orders', 'orders-2']);
  });

  test('with --dry-run or --json says the same, and writes only without --dry-run', async () => {
    const dry = await init(['orders', '--dry-run']);
    expect(dry.written).toBeUndefined();
    expect(dry.out).toContain('"databaseSecurityGroupId": "sg-0123456789abcdef0"');
    const json = await init(['orders', '--yes', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ isWritten: true, entries: entriesOf(json.written), leftOut: [] });
  });
});

describe('init --all', () => {
  test('adds what has no entry and can be followed, in at most eight calls for 250 instances, and nothing twice', async () => {
    const { code, written, said, calls } = await init(
      ['--all', '--yes'],
      listed({ ...shop, name: 'x', database: { kind: 'instance', id: 'ORDERS' } }),
    );
    expect(code).toBe(0);
    const names = entriesOf(written).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['sales', 'web', 'wide', 'twin', 'twin-2', 'a-service-00001', 'p-service-00250']),
    );
    for (const other of ['orders', 'lonely', 'unborn', 'papers', 'sales-1']) expect(names).not.toContain(other);
    expect(names).toHaveLength(1 + 250 + 6);
    expect(said).toContain('instance lonely was left out: its subnet group has subnets in eu-central-1a; allowed: two');
    expect(said).toContain('instance unborn was left out: it has no endpoint yet (status creating)');
    expect(calls.filter((action) => action === 'DescribeDBInstances')).toHaveLength(3);
    expect(calls.length).toBeLessThanOrEqual(8);
    const again = await init(['--all', '--yes'], written);
    expect(again).toMatchObject({ code: 0, written });
    expect(again.said).toContain('every database of the Region that can be followed has an entry');
  });
});

describe('the questions of init', () => {
  async function asked(words: readonly string[], ...answers: (string | undefined)[]) {
    const name = newFile();
    const { io, ended } = outsideOf(account.env);
    const questions: string[] = [];
    const ask = async (question: string | readonly string[]) => {
      questions.push([question].flat().join(' '));
      return answers.shift();
    };
    for (const [variable, value] of Object.entries(account.env)) vi.stubEnv(variable, value);
    await runWith(['init', ...words, '--databases', account.path(name)], { ...io, ask });
    vi.unstubAllEnvs();
    const written = existsSync(account.path(name)) ? account.text(name) : undefined;
    return { ...ended(), questions, written };
  }

  test('are about principals, and the security group where there are several; an answer of no use is asked again', async () => {
    const one = await asked(['orders'], 'me', ' 444455556666, 777788889999');
    expect(one.questions).toHaveLength(2);
    expect(one.err).toContain('"me" is no principal; allowed: an account (12 digits)');
    expect(entriesOf(one.written)).toMatchObject([
      { endpointService: { allowedPrincipals: ['444455556666', '777788889999'] } },
    ]);
    const two = await asked(['web'], '', '7', '2');
    expect(two.questions.at(-1)).toContain(`1  ${groupIds.open}   2  ${groupIds.other}`);
    expect(two.questions).toHaveLength(3);
    expect(entriesOf(two.written)).toMatchObject([{ endpointService: { databaseSecurityGroupId: groupIds.other } }]);
    expect((await asked(['orders', '--yes'])).questions).toEqual([]);
  });

  test('come before all databases are added, and a no writes nothing', async () => {
    const no = await asked(['--all'], 'no');
    expect(no).toMatchObject({ code: 2, written: undefined });
    const yes = await asked(['--all'], 'yes', '');
    expect(yes.questions).toHaveLength(2);
    expect(entriesOf(yes.written).length).toBeGreaterThan(250);
  });

  test('have to be answered by options where there is no terminal', async () => {
    const { code, err, written } = await asked(['orders'], undefined);
    expect({ code, written }).toEqual({ code: 2, written: undefined });
    expect(err.replace(/\s+/g, ' ')).toContain('answer it with --principals, or take the defaults with --yes');
  });
});

describe('init writes nothing', () => {
  type Row = readonly [what: string, words: readonly string[], code: number, says: RegExp, text?: string];
  const rows: readonly Row[] = [
    [
      'for what the API does not know',
      ['ordres'],
      1,
      /knows no DB cluster and no DB instance ordres.*did you mean orders\?/,
    ],
    ['for an instance that has no endpoint', ['unborn'], 1, /unborn cannot be added: it has no endpoint yet/],
    [
      'for a name that is taken',
      ['orders', '--name', 'shop'],
      2,
      /\$\[1\]\.name is "shop"; allowed: a name that.*--name/,
      listed(shop),
    ],
    ['for a name that is none', ['orders', '--name', '1'], 2, /--name is "1"; allowed: 1 to 32 letters/],
    [
      'for a database that has an entry',
      ['sales-1'],
      2,
      /has cluster sales already, as "x" \(\$\[0\]\)/,
      listed({ ...shop, name: 'x', database: { kind: 'cluster', id: 'sales' } }),
    ],
    ['for two of one identifier', ['twin'], 2, /twin is a DB cluster and a DB instance; say which with --kind/],
    [
      'for a foreign security group',
      ['web', '--security-group', 'sg-1'],
      2,
      /--security-group is "sg-1"; allowed: one that web has: sg-0a/,
    ],
    ['for a principal that is none', ['orders', '--principals', '*'], 2, /--principals has "\*"; allowed: an account/],
    [
      'for an ARN',
      ['arn:aws:rds:eu-central-1:123456789012:db:orders'],
      2,
      /is no RDS identifier; .*write the identifier alone: orders/,
    ],
    [
      'for a resource id',
      ['cluster-CO4FHMVYDKJ7CVBEJS2UWDQX7I'],
      2,
      /is no RDS identifier; .*is the resource id of a DB\s+cluster; write its identifier/,
    ],
    ['without a database', [], 2, /which database\? Give its identifier, or --all/],
    ['for a database and --all', ['orders', '--all'], 2, /not both/],
    ['for --name with --all', ['--all', '--name', 'x'], 2, /--name is about one database/],
    ['for a Region that is none', ['orders', '--region', 'Frankfurt'], 2, /--region is "Frankfurt"; allowed: a Region/],
    [
      'to a file with a mistake',
      ['orders'],
      2,
      /\$\[0\]\.regoin is "x"; allowed: only these keys/,
      listed({ ...shop, regoin: 'x' }),
    ],
  ];
  test.each(rows.map(([what, words, code, says, text]) => ({ what, words, code, says, text })))(
    '$what',
    async (row) => {
      const { words, code, says, text } = row;
      const ended = await init([...words, '--yes'], text);
      expect(ended.said).toMatch(says);
      expect(ended.code).toBe(code);
      expect(ended.written).toBe(text);
    },
  );

  test('where another program has changed the file at the question, or it cannot be written', async () => {
    const name = newFile();
    const { io, ended } = outsideOf(account.env);
    const ask = async () => {
      account.put(name, listed(shop));
      return '';
    };
    for (const [variable, value] of Object.entries(account.env)) vi.stubEnv(variable, value);
    await runWith(['init', 'orders', '--databases', account.path(name)], { ...io, ask });
    vi.unstubAllEnvs();
    const { code, err } = ended();
    expect(err.replace(/\s+/g, ' ')).toMatch(
      /problem: - another program has changed it meanwhile; nothing was written/,
    );
    expect(code).toBe(1);
    expect(account.text(name)).toBe(listed(shop));
    const nowhere = await runAlone(
      ['init', 'orders', '--yes', '--databases', account.path('no/where.json')],
      account.env,
    );
    expect(nowhere.err.replace(/\s+/g, ' ')).toMatch(/where\.json cannot be written \(ENOENT.*Next: name another file/);
    expect(nowhere.code).toBe(1);
  });

  test('and asks nothing when the command line or the file is wrong', async () => {
    expect((await init(['orders', '--yes'], '[{')).calls).toEqual([]);
    expect((await init(['orders', '--principals', 'x'])).calls).toEqual([]);
  });

  test.each(['DescribeDBInstances', 'DescribeDBClusters', 'DescribeVpcs'])('when %s is denied', async (action) => {
    account.faults.add({
      action,
      kind: 'error',
      code: action === 'DescribeVpcs' ? 'UnauthorizedOperation' : 'AccessDenied',
      status: 403,
      message: 'no',
    });
    const { code, said, written } = await init(['orders', '--yes'], listed(shop));
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`AWS denies (rds|ec2):${action}.*Next: grant`));
    expect(written).toBe(listed(shop));
  });
});

test('a security group that may not be read is only not compared', async () => {
  account.faults.add({
    action: 'DescribeSecurityGroups',
    kind: 'error',
    code: 'UnauthorizedOperation',
    status: 403,
    message: 'no',
  });
  expect(entriesOf((await init(['web', '--yes'])).written)).toMatchObject([
    { endpointService: { databaseSecurityGroupId: groupIds.other } },
  ]);
});

test('a sandbox is read as AWS is: init only shows its entry, and check finds nothing wrong with it', async () => {
  const folder = account.path('.');
  const shown = await runAlone(['init', 'orders', '--sandbox'], account.env, folder);
  expect(shown.out).toContain('"id": "orders"');
  expect(existsSync(account.path('databases.json'))).toBe(false);
  const checked = await runAlone(['check', '--sandbox'], account.env, folder);
  expect(checked.out).toMatch(/orders {2}\d+ ok, 0 failed, 0 not checked/);
  expect(checked.code).toBe(0);
});
