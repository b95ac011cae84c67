import { describe, expect, test } from 'vitest';
import { configFromEnv, configToEnv } from '../../lib/settings/config.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const minimal = { DATABASE_NAME: 'orders', DATABASE_KIND: 'instance', DATABASE_ID: 'orders', TARGET_GROUP_ARN: arn };
const said = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('a wrong environment', () => {
  test('is told as a list, each problem on its line', () => {
    expect(said(() => configFromEnv({ ...minimal, ROLE: ' boss ', DATABASE_ID: '' }))).toBe(
      [
        'the configuration has 2 problem(s):',
        '- ROLE is "boss"; allowed: writer, reader or custom',
        '- DATABASE_ID is not set; allowed: an RDS identifier: letters, digits and single hyphens, a letter first',
      ].join('\n'),
    );
  });

  test('asks for what its kind needs and for nothing else', () => {
    const missing = (kind: string) =>
      said(() => configFromEnv({ DATABASE_KIND: kind }))
        .split('\n- ')
        .slice(1)
        .map((line) => line.split(' ')[0]);
    const always = ['DATABASE_NAME', 'TARGET_GROUP_ARN'];
    expect(missing('instance')).toEqual([...always, 'DATABASE_ID']);
    expect(missing('hostname')).toEqual([...always, 'DATABASE_HOSTNAME', 'TARGET_PORT']);
    expect(missing('')).toEqual(['DATABASE_NAME', 'DATABASE_KIND', 'TARGET_GROUP_ARN']);
    expect(missing('aurora')).toEqual(['DATABASE_KIND', ...always]);
  });

  test('follows a custom endpoint of a cluster alone, by the role that says so', () => {
    const right = { ...minimal, DATABASE_KIND: 'cluster', ROLE: 'custom', DATABASE_CUSTOM_ENDPOINT: 'reporting' };
    expect(configFromEnv(right)).toMatchObject({
      database: { role: 'custom', customEndpoint: 'reporting' },
      policy: { removeStale: 'when-replacement-healthy' },
    });
    expect(configFromEnv(configToEnv(configFromEnv(right)))).toEqual(configFromEnv(right));
    const { DATABASE_CUSTOM_ENDPOINT: _, ...unnamed } = right;
    for (const [wrong, message] of [
      [{ ...right, DATABASE_KIND: 'instance' }, 'ROLE is "custom"; allowed: DATABASE_KIND cluster alone'],
      [{ ...right, ROLE: 'reader' }, 'DATABASE_CUSTOM_ENDPOINT is "reporting"; allowed: nothing without ROLE custom'],
      [unnamed, 'DATABASE_CUSTOM_ENDPOINT is not set; allowed: the identifier of a custom endpoint'],
    ] as const)
      expect(() => configFromEnv(wrong)).toThrow(message);
  });

  test('of a host name is verified only with the security groups to compare', () => {
    const named = {
      DATABASE_NAME: 'proxy',
      DATABASE_KIND: 'hostname',
      DATABASE_HOSTNAME: 'proxy.example.com',
      TARGET_PORT: '5432',
      TARGET_GROUP_ARN: arn,
      VERIFY_INTERFACES: 'true',
    };
    expect(said(() => configFromEnv(named))).toContain(
      'DATABASE_SECURITY_GROUPS is not set; allowed: comma-separated identifiers of security groups',
    );
    const right = { ...named, DATABASE_SECURITY_GROUPS: 'sg-0123456789abcdef0,sg-01234567' };
    const config = configFromEnv(right);
    expect(config.policy.verifyInterfaces).toBe(true);
    expect(config.database.securityGroups).toEqual(['sg-0123456789abcdef0', 'sg-01234567']);
    expect(configToEnv(config)).toMatchObject(right);
    expect(configFromEnv({ ...minimal, VERIFY_INTERFACES: 'true' }).database.securityGroups).toBeUndefined();
  });

  test('means a member only where an instance is followed', () => {
    const wrong = { ...minimal, DATABASE_KIND: 'cluster', DATABASE_MEMBER: 'true' };
    expect(said(() => configFromEnv(wrong))).toContain(
      'DATABASE_MEMBER is "true"; allowed: false, or DATABASE_KIND instance',
    );
    expect(configFromEnv({ ...wrong, DATABASE_MEMBER: 'false' }).database.isMember).toBeUndefined();
    expect(configFromEnv({ ...minimal, DATABASE_MEMBER: 'true' }).database.isMember).toBe(true);
  });

  test('shows the identifier in an ARN', () => {
    const DATABASE_ID = 'arn:aws:rds:eu-central-1:123456789012:db:orders';
    expect(said(() => configFromEnv({ ...minimal, DATABASE_ID }))).toMatch(
      /a letter first; write the identifier alone: orders$/,
    );
  });

  test.each([
    ['ROLE', 'Readers', 'did you mean reader?'],
    ['REMOVE_STALE', 'at_once', 'did you mean at-once?'],
    ['DATABASE_KIND', 'Cluster', 'did you mean cluster?'],
    ['LOG_LEVEL', 'WARNN', 'did you mean WARN?'],
  ])('%s %s: has the nearest word', (name, value, hint) => {
    expect(said(() => configFromEnv({ ...minimal, [name]: value }))).toContain(hint);
  });

  test('names the variable that was probably meant for a missing one', () => {
    const { DATABASE_ID: _, ...rest } = minimal;
    const message = said(() => configFromEnv({ ...rest, DATABSE_ID: 'orders', PATH: '/bin' }));
    expect(message).toMatch(/DATABASE_ID is not set; .*; DATABSE_ID is set: did you mean DATABASE_ID\?$/);
  });

  test('reads only log levels in any case', () => {
    expect(configFromEnv({ ...minimal, LOG_LEVEL: ' warn ' }).logLevel).toBe('WARN');
    expect(said(() => configFromEnv({ ...minimal, ROLE: 'READER' }))).toContain('ROLE is "READER"');
  });
});

describe('an environment that is written', () => {
  test('says everything that is set, and nothing that is not', () => {
    expect(configToEnv(configFromEnv(minimal))).toEqual({
      ...minimal,
      ROLE: 'writer',
      REMOVE_STALE: 'at-once',
      ALLOWED_CIDRS: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7',
      WATCH_SECONDS: '120',
      SETTLE_SECONDS: '30',
      RECHECK_MILLISECONDS: '1000',
      OBSERVE_ONLY: 'false',
      METRICS_NAMESPACE: 'RdsTargetReconciler',
      LOG_LEVEL: 'INFO',
    });
  });

  test('of a hostname has no identifier, and all that was given', () => {
    const env = {
      DATABASE_NAME: 'proxy',
      DATABASE_KIND: 'hostname',
      DATABASE_HOSTNAME: 'orders.proxy-abc.eu-central-1.rds.amazonaws.com',
      ROLE: 'reader',
      TARGET_GROUP_ARN: arn,
      TARGET_PORT: '5432',
      REMOVE_STALE: 'never',
      ALLOWED_CIDRS: '10.0.0.0/8',
      WATCH_SECONDS: '60.5',
      SETTLE_SECONDS: '3',
      RECHECK_MILLISECONDS: '250',
      DNS_SERVERS: '10.0.0.2,10.0.0.3:5353',
      OBSERVE_ONLY: 'true',
      METRICS_NAMESPACE: 'Databases',
      LOG_LEVEL: 'SILENT',
    };
    const config = configFromEnv(env);
    expect(config).toEqual({
      database: { name: 'proxy', kind: 'hostname', role: 'reader', hostname: env.DATABASE_HOSTNAME, port: 5432 },
      targetGroupArn: arn,
      policy: { removeStale: 'never', allowedCidrs: ['10.0.0.0/8'], observeOnly: true },
      timings: { watchMs: 60_500, settleMs: 3000, recheckMs: 250 },
      dnsServers: ['10.0.0.2', '10.0.0.3:5353'],
      metricsNamespace: 'Databases',
      logLevel: 'SILENT',
    });
    expect(configToEnv(config)).toEqual(env);
  });

  test('keeps a known endpoint with and without a port', () => {
    for (const DATABASE_ENDPOINT of ['db.example.com', 'db.example.com:3306'])
      expect(configToEnv(configFromEnv({ ...minimal, DATABASE_ENDPOINT }))).toMatchObject({ DATABASE_ENDPOINT });
  });

  test('is refused with every value that could not be read back', () => {
    const config = configFromEnv(minimal);
    expect(
      said(() => configToEnv({ ...config, targetGroupArn: 'nonsense', timings: { ...config.timings, watchMs: 0 } })),
    ).toBe(
      [
        'the configuration has 2 problem(s):',
        '- TARGET_GROUP_ARN is "nonsense"; allowed: arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID',
        '- WATCH_SECONDS is 0; allowed: seconds from 0.01 to 890',
      ].join('\n'),
    );
  });
});
