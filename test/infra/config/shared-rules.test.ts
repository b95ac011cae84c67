import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, configurationFrom } from '../../../infra/config/databases.ts';

type Json = Record<string, unknown>;
type File = { loadBalancers: Json[]; databases: Json[] };

const text = readFileSync(join(import.meta.dirname, '../../../examples/shared-endpoint-service.json'), 'utf8');
const [orders, , billing] = (JSON.parse(text) as File).databases as [Json, Json, Json];
const [vendors] = (JSON.parse(text) as File).loadBalancers as [Json];
const file = (databases: readonly Json[], loadBalancers: readonly Json[] = [vendors]) =>
  JSON.stringify({ loadBalancers, databases });

function problemsOf(content: string): string[] {
  try {
    configurationFrom(content, 'mine.json');
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n').slice(1);
    throw error;
  }
}

const service = (entry: Json, more: Json): Json => ({
  ...entry,
  endpointService: { ...(entry.endpointService as Json), ...more },
});
const vpc = (entry: Json, more: Json): Json => ({ ...entry, vpc: { ...(entry.vpc as Json), ...more } });
const subnets = (...zones: string[]) =>
  zones.map((zone, index) => ({ id: `subnet-0123456789abcdef${index}`, zone: `eu-central-1${zone}` }));
/** So many databases, with a port and a security group each. */
const many = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, index) =>
    service(
      { ...billing, name: `db${index}`, ...more },
      { listenerPort: 6000 + index, databaseSecurityGroupId: `sg-${String(index).padStart(8, '0')}` },
    ),
  );

describe('a database behind a shared load balancer', () => {
  test('brings the load balancer along; another brings none', () => {
    const own = service({ ...billing, name: 'own' }, { shared: undefined, listenerPort: undefined });
    const { databases, loadBalancers } = configurationFrom(file([orders, own]), 'mine.json');
    expect(databases[0]?.loadBalancer).toBe(loadBalancers[0]);
    expect(loadBalancers[0]?.name).toBe('vendors');
    expect(databases[1]).not.toHaveProperty('loadBalancer');
  });

  test('may be missing: a load balancer waits for its first one', () => {
    const own = service(billing, { shared: undefined, listenerPort: undefined });
    expect(configurationFrom(file([own]), 'mine.json').loadBalancers).toHaveLength(1);
  });

  const at = (path: string, allowed: string) => [expect.stringMatching(new RegExp(`^- \\$\\.${path}.*${allowed}`))];
  const place = (path: string) => at(path, 'as load balancer \\"vendors\\" has it');
  const alone = (more: Json, key: string) =>
    [
      service(billing, more),
      at(`databases\\[0\\]\\.endpointService\\.${key}`, 'write it in the entry of loadBalancers'),
    ] as const;

  test.each<readonly [string, Json, unknown[]]>([
    [
      'of no such name',
      service(billing, { shared: 'vendor' }),
      at('databases\\[0\\]\\.endpointService\\.shared is "vendor"', 'did you mean "vendors"'),
    ],
    ['in another account', { ...billing, account: '999999999999' }, place('databases\\[0\\]\\.account is "9+"')],
    ['in no account', { ...billing, account: undefined }, place('databases\\[0\\]\\.account is missing')],
    ['in another VPC', vpc(billing, { id: 'vpc-0000000000000000f' }), place('databases\\[0\\]\\.vpc\\.id')],
    [
      'in a zone that is not there',
      vpc(billing, { subnets: subnets('a', 'd') }),
      at('databases\\[0\\]\\.vpc\\.subnets\\[1\\]\\.zone is "eu-central-1d"', 'a zone of load balancer "vendors"'),
    ],
    [
      'without a port',
      service(billing, { listenerPort: undefined }),
      at('databases\\[0\\]\\.endpointService\\.listenerPort is missing', 'a port'),
    ],
    [
      'without a group or a range',
      service(billing, { databaseSecurityGroupId: undefined }),
      at('databases\\[0\\]\\.endpointService\\.databaseSecurityGroupId is missing', 'or databaseCidrs'),
    ],
    ['with principals of its own', ...alone({ allowedPrincipals: ['444455556666'] }, 'allowedPrincipals')],
    ['with requests of its own', ...alone({ acceptAutomatically: ['111122223333'] }, 'acceptAutomatically')],
    ['with deletion protection of its own', ...alone({ deletionProtection: true }, 'deletionProtection')],
    [
      'with a warm standby',
      { ...billing, warmStandby: { securityGroupId: 'sg-03c168adb00d208e4' } },
      at('databases\\[0\\]\\.warmStandby', 'an address that passed to one of them'),
    ],
    [
      'with IPv6 targets behind IPv4',
      { ...service(billing, { targetAddressType: 'ipv6' }), reconcile: { allowedCidrs: ['2600:1f14::/56'] } },
      at('databases\\[0\\]\\.endpointService\\.targetAddressType', 'dual-stack'),
    ],
  ])('is refused %s, with one problem', (_, entry, expected) => {
    expect(problemsOf(file([entry]))).toEqual(expected);
  });

  test('takes over what the load balancer says of Regions and address families', () => {
    const world = service(vendors, { supportedRegions: ['eu-central-1', 'us-east-1'] });
    expect(problemsOf(file([billing], [world]))).toEqual([
      expect.stringContaining('idleTimeoutSeconds is 3600; allowed: 350'),
    ]);
    const dual = service(vendors, { addressType: 'dual-stack' });
    const ipv6 = {
      ...service(billing, { targetAddressType: 'ipv6' }),
      reconcile: { allowedCidrs: ['2600:1f14::/56'] },
    };
    expect(problemsOf(file([ipv6], [dual]))).toEqual([]);
    const open = service(vendors, { consumerCidrs: undefined });
    expect(problemsOf(file([service(billing, { consumerCidrs: ['10.20.0.0/16'] })], [open]))).toEqual([
      expect.stringContaining(
        'endpointService.consumerCidrs is ["10.20.0.0/16"]; allowed: nothing, unless load balancer "vendors"',
      ),
    ]);
  });
});

describe('databases behind one load balancer', () => {
  const named = (name: string, more: Json) => service({ ...billing, name }, more);

  test('are told of every clash at once: ports, rules of one security group, rules of one range', () => {
    const ranges = { databaseSecurityGroupId: undefined, databaseCidrs: ['10.10.0.0/24'] };
    const told = problemsOf(
      file([
        billing,
        named('port', { listenerPort: 5434, databaseSecurityGroupId: 'sg-00000001' }),
        named('group', { listenerPort: 6001 }),
        named('range', { listenerPort: 6002, ...ranges }),
        named('same', { listenerPort: 6003, ...ranges }),
      ]),
    );
    expect(told).toEqual([
      expect.stringMatching(
        /\$\.databases\[1\]\.endpointService\.listenerPort is 5434; allowed: a port that \[0\] has not/,
      ),
      expect.stringMatching(
        /databases\[2\]\.endpointService\.databaseSecurityGroupId .*that of \[0\], or .*databaseSecurityGroupIds/,
      ),
      expect.stringMatching(/databases\[4\]\.endpointService\.databaseCidrs\[0\] .*a range that \[3\] does not have/),
    ]);
  });

  test('are told of one range in two writings, and of one that stands twice; EC2 takes ranges that overlap', () => {
    const ranges = (name: string, listenerPort: number, ...databaseCidrs: string[]) => ({
      ...named(name, { listenerPort, targetAddressType: 'ipv6', databaseSecurityGroupId: undefined, databaseCidrs }),
      reconcile: { allowedCidrs: ['2600:1f14::/48'] },
    });
    const databases = [
      ranges('one', 6001, '2600:1f14::/56'),
      ranges('two', 6002, '2600:1F14:0::/56', '2600:1f14::/48'),
      ranges('three', 6003, '2600:1f14:1::/56', '2600:1f14:0001::/56'),
    ];
    expect(problemsOf(file(databases, [service(vendors, { addressType: 'dual-stack' })]))).toEqual([
      expect.stringMatching(
        /databases\[1\]\.endpointService\.databaseCidrs\[0\] is .* a range that \[0\] does not have/,
      ),
      expect.stringMatching(/databases\[2\]\.endpointService\.databaseCidrs\[1\] is .* each value once: \[0\] is/),
    ]);
  });

  test('may have one port behind two load balancers, and one security group on two ports of their own', () => {
    const second = { ...vendors, name: 'partners' };
    const other = named('other', { shared: 'partners' });
    const mysql = { ...named('mysql', { listenerPort: 3306 }), database: { kind: 'instance', id: 'shop', port: 3306 } };
    expect(problemsOf(file([billing, other, mysql], [vendors, second]))).toEqual([]);
  });

  test('are as many as a load balancer has listeners, and no more', () => {
    expect(problemsOf(file(many(50)))).toEqual([]);
    expect(problemsOf(file(many(52)))).toEqual([
      expect.stringMatching(
        /databases\[50\]\.endpointService\.shared is "vendors"; allowed: another load balancer: .*50 listeners/,
      ),
    ]);
  });

  test('hold as many targets as AWS takes with cross-zone balancing', () => {
    const readers = { database: { kind: 'cluster', id: 'orders', port: 5432 }, role: 'reader' };
    expect(problemsOf(file(many(33, readers)))).toEqual([]);
    expect(problemsOf(file(many(34, readers)))).toEqual([
      expect.stringMatching(/databases\[33\]\.endpointService\.shared .*may hold 510 targets .* AWS takes 500/),
    ]);
  });

  test('of which one is a copy of another have one problem, its name', () => {
    expect(problemsOf(file([billing, billing]))).toEqual([expect.stringContaining('a name that [0] has not taken')]);
  });
});

describe('a load balancer', () => {
  test('is held to the rules of an endpoint service', () => {
    const wrong = service(vpc(vendors, { subnets: subnets('a') }), { acceptAutomatically: ['999999999999'] });
    expect(problemsOf(file([], [wrong]))).toEqual([
      expect.stringContaining('$.loadBalancers[0].vpc.subnets is '),
      expect.stringMatching(/\$\.loadBalancers\[0\]\.endpointService\.acceptAutomatically\[0\] .*\(vendors, line/),
      expect.stringContaining('$.databases is []'),
    ]);
  });

  test('has a stack that is no database’s, and no other load balancer’s', () => {
    expect(problemsOf(file([{ ...billing, name: 'vendors' }]))).toEqual([
      expect.stringMatching(
        /databases\[0\]\.name is "vendors"; allowed: one whose stack is not vendors: that is the stack of a load/,
      ),
    ]);
    expect(problemsOf(file([billing], [vendors, { ...vendors, name: 'other', stackName: 'vendors' }]))).toEqual([
      expect.stringMatching(/loadBalancers\[1\]\.stackName .*the stack of \[0\]/),
    ]);
  });

  test('that is missing is one mistake, however many databases name it', () => {
    expect(problemsOf(JSON.stringify({ databases: [orders, billing] }))).toEqual([
      expect.stringMatching(/databases\[0\]\.endpointService\.shared is "vendors"; allowed: .*the file has none/),
    ]);
  });

  test('and its databases, with ten mistakes, have ten problems', () => {
    const { allowedPrincipals, ...rest } = vendors.endpointService as Json;
    const balancer = {
      ...vpc(vendors, { subnets: subnets('b', 'c', 'c') }),
      endpointService: { ...rest, allowedPrincipal: allowedPrincipals, consumerCidrs: ['10.20.0.5/16'] },
    };
    const named = (name: string, more: Json) =>
      service({ ...vpc(billing, { subnets: subnets('a', 'b') }), name }, more);
    const told = problemsOf(
      file(
        [
          named('unknown', { shared: 'vendor' }),
          {
            ...named('abroad', { listenerPort: '5435', databaseSecurityGroupId: 'sg-00000001' }),
            region: 'eu-west-1',
          },
          {
            ...named('many', {
              listenerPort: 70_000,
              privateDnsName: 'db.example.com',
              databaseSecurityGroupId: undefined,
              databaseCidrs: ['10.0.0.1/8'],
            }),
            warmStandby: { securityGroupId: 'sg-03c168adb00d208e4' },
          },
        ],
        [balancer],
      ),
    );
    expect(told.map((one) => one.replace(/^- \$\.(.*?) is .*$/s, '$1'))).toEqual([
      'loadBalancers[0].vpc.subnets[2].zone',
      'loadBalancers[0].endpointService.consumerCidrs[0]',
      'loadBalancers[0].endpointService.allowedPrincipal',
      'databases[0].endpointService.shared',
      'databases[1].vpc.subnets[0].zone',
      'databases[1].endpointService.listenerPort',
      'databases[2].endpointService.listenerPort',
      'databases[2].endpointService.privateDnsName',
      'databases[2].endpointService.databaseCidrs[0]',
      'databases[2].warmStandby',
    ]);
  });

  test('in another place than all its databases is one mistake, whichever of them is wrong', () => {
    const { account: _, ...nowhere } = vendors;
    expect(problemsOf(file([orders, billing], [nowhere]))).toEqual([
      expect.stringMatching(
        /databases\[0\]\.account is "1+2+3+"; allowed: nothing, as .* has it.*; the same for \[1\]/,
      ),
    ]);
    const smaller = vpc(vendors, { subnets: subnets('a', 'c') });
    expect(problemsOf(file([orders, billing], [smaller]))).toEqual([
      expect.stringMatching(/databases\[0\]\.vpc\.subnets\[1\]\.zone is "eu-central-1b".*; the same for \[1\]/),
    ]);
  });

  test('of a refused name is not also reported as missing', () => {
    expect(problemsOf(file([billing], [{ ...vendors, name: 'ven dors' }]))).toHaveLength(1);
    expect(problemsOf(JSON.stringify({ loadBalancers: {}, databases: [billing] }))).toHaveLength(1);
  });

  test('is named where the file is a list, which has none', () => {
    expect(problemsOf(JSON.stringify([billing]))).toEqual([
      expect.stringMatching(
        /^- \$\[0\]\.endpointService\.shared is "vendors"; allowed: .*the file has none \(billing, line 1/,
      ),
    ]);
  });
});
