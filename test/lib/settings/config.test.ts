import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { privateCidrs } from '../../../lib/addresses.ts';
import type { ReconcileError } from '../../../lib/errors.ts';
import { type Config, checkPause, configFromEnv, configToEnv, pauseAt } from '../../../lib/settings/config.ts';
import { variableNames } from '../../../lib/settings/rows.ts';
import { logLevels } from '../../../lib/settings/setting.ts';
import { whenHealthy } from '../scene.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders/probe-AbCdEf';

const minimal = { DATABASE_NAME: 'orders', DATABASE_KIND: 'instance', DATABASE_ID: 'orders', TARGET_GROUP_ARN: arn };

const problemsOf = (env: Record<string, string | undefined>): string => {
  try {
    configFromEnv(env);
  } catch (error) {
    expect((error as ReconcileError).code).toBe('InvalidConfiguration');
    return (error as Error).message;
  }
  throw new Error('the environment was accepted');
};

describe('the environment', () => {
  test('has the documented defaults', () => {
    expect(configFromEnv(minimal)).toEqual({
      database: { name: 'orders', kind: 'instance', id: 'orders', role: 'writer' },
      targetGroupArn: arn,
      policy: { removeStale: 'at-once', allowedCidrs: privateCidrs, observeOnly: false },
      timings: { watchMs: 120_000, settleMs: 30_000, recheckMs: 1000 },
      probe: { login: 'off', user: 'rds_target_probe' },
      dnsServers: [],
      metricsNamespace: 'RdsTargetReconciler',
      logLevel: 'INFO',
    });
  });

  test('keeps stale readers and addresses of a name until a replacement is healthy, by default', () => {
    expect(configFromEnv({ ...minimal, DATABASE_KIND: 'cluster', ROLE: 'reader' }).policy.removeStale).toBe(
      'when-replacement-healthy',
    );
    const named = {
      DATABASE_NAME: 'o',
      DATABASE_KIND: 'hostname',
      DATABASE_HOSTNAME: 'db.example.com',
      TARGET_PORT: '5432',
      TARGET_GROUP_ARN: arn,
    };
    expect(configFromEnv(named).policy.removeStale).toBe('when-replacement-healthy');
    expect(configFromEnv({ ...named, REMOVE_STALE: 'at-once' }).policy.removeStale).toBe('at-once');
  });

  test('takes fractions of seconds, blanks around items, an endpoint with its port, and any case of a log level', () => {
    const config = configFromEnv({
      ...minimal,
      SETTLE_SECONDS: '0.5',
      WATCH_SECONDS: '1.5',
      DNS_SERVERS: '127.0.0.1:5353, [::1]:53 ,10.0.0.2',
      DATABASE_ENDPOINT: 'db.example.com:3306',
      LOG_LEVEL: 'debug',
    });
    expect(config.timings).toEqual({ watchMs: 1500, settleMs: 500, recheckMs: 1000 });
    expect(config.dnsServers).toEqual(['127.0.0.1:5353', '[::1]:53', '10.0.0.2']);
    expect(config.database.endpoint).toEqual({ host: 'db.example.com', port: 3306 });
    expect(config.logLevel).toBe('DEBUG');
  });

  test('that is empty names everything that is missing', () => {
    const message = problemsOf({});
    for (const name of ['DATABASE_NAME', 'DATABASE_KIND', 'TARGET_GROUP_ARN'])
      expect(message).toContain(`${name} is not set; allowed: `);
  });

  test.each([
    ['instance', ['DATABASE_ID']],
    ['cluster', ['DATABASE_ID']],
    ['hostname', ['DATABASE_HOSTNAME', 'TARGET_PORT']],
  ])('of kind %s needs %j', (kind, names) => {
    const message = problemsOf({ DATABASE_NAME: 'o', DATABASE_KIND: kind, TARGET_GROUP_ARN: arn });
    for (const name of names) expect(message).toContain(`${name} is not set`);
  });

  const bad: Record<string, string[]> = {
    DATABASE_KIND: ['aurora', 'Instance'],
    DATABASE_ID: ['-orders', 'or ders', 'arn:aws:rds:x'],
    DATABASE_ENDPOINT: ['db', 'db.example.com:0', 'db.example.com:port', 'https://db.example.com'],
    ROLE: ['primary'],
    TARGET_GROUP_ARN: ['arn:aws:rds:eu-central-1:123456789012:db:orders', 'orders'],
    TARGET_PORT: ['0', '65536', '5432.5', 'pg', '-1', '1e3'],
    REMOVE_STALE: ['always'],
    ALLOWED_CIDRS: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8,', '8.8.8.0/24', '127.0.0.0/8', '169.254.0.0/16'],
    WATCH_SECONDS: ['0', '901', 'two'],
    SETTLE_SECONDS: ['0', '-3'],
    RECHECK_MILLISECONDS: ['0', '1s'],
    PROBE: ['on', 'true', 'IAM'],
    PROBE_USER: ['*', 'a/b'],
    WARM_STANDBY: ['yes'],
    DNS_SERVERS: ['dns.example.com', '10.0.0.2:0', '10.0.0.256'],
    OBSERVE_ONLY: ['yes', '1', 'TRUE'],
    METRICS_NAMESPACE: ['AWS/NetworkELB', 'a b'],
    LOG_LEVEL: ['LOUD'],
  };

  test.each(Object.entries(bad).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%j is refused with name, value and what is allowed',
    (name, value) => {
      expect(problemsOf({ ...minimal, [name]: value })).toMatch(
        new RegExp(`${name} is "${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"; allowed: .{4}`),
      );
    },
  );

  test('tells all problems at once', () => {
    const message = problemsOf({
      ...minimal,
      ...Object.fromEntries(Object.entries(bad).map(([name, [value]]) => [name, value])),
    });
    for (const name of Object.keys(bad)) expect(message).toContain(`- ${name} is "`);
  });

  test('treats an empty or blank value as not set', () => {
    expect(configFromEnv({ ...minimal, ROLE: '', TARGET_PORT: ' ', DATABASE_ENDPOINT: undefined })).toEqual(
      configFromEnv(minimal),
    );
    expect(problemsOf({ ...minimal, DATABASE_ID: ' ' })).toContain('DATABASE_ID is not set');
  });

  test('that a configuration is written to reads back as the same configuration', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/);
    const host = name.map((one) => `${one}.example.com`);
    const port = fc.integer({ min: 1, max: 65535 });
    const optional = <T>(key: string, values: fc.Arbitrary<T>) =>
      fc.option(values, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }));
    const config = fc
      .tuple(
        fc.record({
          name,
          kind: fc.constantFrom('instance' as const, 'cluster' as const),
          id: name,
          role: fc.constantFrom('writer' as const, 'reader' as const),
        }),
        optional(
          'endpoint',
          fc.tuple(host, optional('port', port)).map(([one, rest]) => ({ host: one, ...rest })),
        ),
        optional('port', port),
        fc.record({
          policy: fc.record({
            removeStale: fc.constantFrom('at-once' as const, 'when-replacement-healthy' as const, 'never' as const),
            allowedCidrs: fc.subarray([...privateCidrs], { minLength: 1 }),
            observeOnly: fc.boolean(),
          }),
          timings: fc.record({
            watchMs: fc.integer({ min: 100, max: 890_000 }),
            settleMs: fc.integer({ min: 50, max: 600_000 }),
            recheckMs: fc.integer({ min: 1, max: 60_000 }),
          }),
          probe: fc.constantFrom<Config['probe']>(
            { login: 'off', user: 'rds_target_probe' },
            { login: 'connect', user: 'rds_target_probe' },
            { login: 'iam', user: 'prober.1', database: 'orders' },
            { login: 'secret', user: 'rds_target_probe', secretArn },
          ),
          dnsServers: fc.subarray(['10.0.0.2', '10.0.0.3:5353', '[fd00::2]:53']),
          metricsNamespace: name,
          logLevel: fc.constantFrom(...logLevels),
        }),
      )
      .map(
        ([database, endpoint, targetPort, rest]): Config => ({
          database: { ...database, ...endpoint, ...targetPort },
          targetGroupArn: arn,
          ...rest,
        }),
      );
    fc.assert(
      fc.property(config, (one) => {
        expect(configFromEnv(configToEnv(one))).toEqual(one);
      }),
    );
  });

  test('is not written from a configuration that could not be read back', () => {
    const config = configFromEnv(minimal);
    const broken = {
      ...config,
      database: { ...config.database, name: 'ordérs', port: 70_000 },
      targetGroupArn: 'nonsense',
    };
    expect(() => configToEnv(broken)).toThrow(
      /DATABASE_NAME is "ordérs".*TARGET_GROUP_ARN is "nonsense".*TARGET_PORT is 70000/s,
    );
  });

  test('contains only variables that Lambda accepts as names', () => {
    for (const name of variableNames) expect(name).toMatch(/^[A-Z][A-Z_]+$/);
  });
});

describe('a pause', () => {
  const at = Date.parse('2026-05-04T12:00:00Z');
  const until = (pausedUntil?: string) => ({ ...(pausedUntil ? { pausedUntil } : {}) });

  test('lasts until its end, and not at it', () => {
    expect(pauseAt(until('2026-05-04T12:00:00.001Z'), at)).toBe('2026-05-04T12:00:00.001Z');
    expect(pauseAt(until('2026-05-04T12:00:00Z'), at)).toBeUndefined();
    expect(pauseAt(until(), at)).toBeUndefined();
  });

  test('is at most a day long, but for what two clocks may differ', () => {
    for (const end of [undefined, '2020-01-01T00:00:00Z', '2026-05-05T12:00:00Z', '2026-05-05T12:15:00Z'])
      expect(() => checkPause(until(end), at)).not.toThrow();
    expect(() => checkPause(until('2026-05-05T12:15:01Z'), at)).toThrow(
      /PAUSED_UNTIL is "2026-05-05T12:15:01Z"; allowed: a time in UTC like .*, at most 24 hours ahead/,
    );
  });
});

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
    expect(problemsOf({ ...minimal, ROLE: ' boss ', DATABASE_ID: '', WATCH_SECONDS: 'long' })).toBe(
      [
        'the configuration has 3 problem(s):',
        '- ROLE is "boss"; allowed: writer, reader or custom',
        '- WATCH_SECONDS is "long"; allowed: seconds from 0.01 to 890',
        '- DATABASE_ID is not set; allowed: an RDS identifier: letters, digits and single hyphens, a letter first',
      ].join('\n'),
    );
  });

  test('asks for what its kind needs and for nothing else', () => {
    const missing = (kind: string) =>
      problemsOf({ DATABASE_KIND: kind })
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
      policy: whenHealthy,
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

  test('of a function that was deployed with what has no effect is read as ever: an update stops no function', () => {
    const deployed = { ...minimal, WATCH_SECONDS: '20', SETTLE_SECONDS: '30', RECHECK_MILLISECONDS: '40000' };
    expect(configFromEnv(deployed).timings).toEqual({ watchMs: 20_000, settleMs: 30_000, recheckMs: 40_000 });
    expect(() => configFromEnv(deployed, true)).toThrow('the configuration has 2 problem(s)');
    // A setting that was itself refused makes no other wrong.
    expect(() => configFromEnv({ ...deployed, WATCH_SECONDS: '0', RECHECK_MILLISECONDS: '9' }, true)).toThrow(
      /1 problem\(s\):\n- WATCH_SECONDS is "0"/,
    );
  });

  test('takes no resource id for an identifier, and tells where that stands', () => {
    expect(problemsOf({ ...minimal, DATABASE_ID: 'db-ABCDEFGHIJKL01234' })).toMatch(
      /DATABASE_ID is "db-ABC.*; allowed: an RDS identifier: .*; db-\w+ is the resource id of a DB instance; write its identifier/,
    );
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
    expect(problemsOf(named)).toContain(
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
    expect(problemsOf(wrong)).toContain('DATABASE_MEMBER is "true"; allowed: false, or DATABASE_KIND instance');
    expect(configFromEnv({ ...wrong, DATABASE_MEMBER: 'false' }).database.isMember).toBeUndefined();
    expect(configFromEnv({ ...minimal, DATABASE_MEMBER: 'true' }).database.isMember).toBe(true);
    expect(problemsOf({ ...minimal, DATABASE_KIND: 'server', DATABASE_MEMBER: 'true' })).not.toContain(
      'DATABASE_MEMBER',
    );
  });

  test('knows a prefix of members only where a cluster is followed', () => {
    const prefixed = { ...minimal, DATABASE_MEMBER_PREFIX: 'orders-' };
    expect(problemsOf(prefixed)).toContain(
      'DATABASE_MEMBER_PREFIX is "orders-"; allowed: nothing, or DATABASE_KIND cluster',
    );
    expect(configFromEnv({ ...prefixed, DATABASE_KIND: 'cluster' }).database.memberPrefix).toBe('orders-');
  });

  const lines = (env: Record<string, string>) => problemsOf(env).split('\n- ').slice(1);

  test('of a probe goes without what another login needs, and has what its own does', () => {
    const probing = (more: Record<string, string>) => configFromEnv({ ...minimal, ...more }).probe;
    expect(probing({ PROBE: 'iam' })).toEqual({ login: 'iam', user: 'rds_target_probe' });
    expect(probing({ PROBE: 'secret', PROBE_SECRET_ARN: secretArn, PROBE_DATABASE: 'orders' })).toEqual({
      login: 'secret',
      user: 'rds_target_probe',
      secretArn,
      database: 'orders',
    });
    expect(lines({ ...minimal, PROBE: 'secret' })).toEqual([
      expect.stringMatching(/^PROBE_SECRET_ARN is not set; allowed: arn:aws:secretsmanager:/),
    ]);
    const more = { PROBE_SECRET_ARN: secretArn, PROBE_DATABASE: 'orders' };
    const secret = `PROBE_SECRET_ARN is "${secretArn}"; allowed: nothing without PROBE secret`;
    const database = 'PROBE_DATABASE is "orders"; allowed: nothing without PROBE iam or secret';
    expect(lines({ ...minimal, PROBE: 'iam', ...more })).toEqual([secret]);
    for (const PROBE of ['off', 'connect', ''])
      expect(lines({ ...minimal, PROBE, ...more })).toEqual([database, secret]);
    expect(lines({ ...minimal, PROBE: 'password', ...more })).toHaveLength(1);
  });

  test.each(['iam', 'secret', 'connect'])('of a host name has no probe by %s', (PROBE) => {
    const named = { ...minimal, DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: 'db.example.com', TARGET_PORT: '5432' };
    expect(lines({ ...named, PROBE, ...(PROBE === 'secret' ? { PROBE_SECRET_ARN: secretArn } : {}) })).toEqual([
      `PROBE is "${PROBE}"; allowed: off for a host name: no API lists the members behind it`,
    ]);
    expect(configFromEnv({ ...named, PROBE: 'off' }).probe.login).toBe('off');
    for (const DATABASE_KIND of ['instance', 'cluster'])
      expect(configFromEnv({ ...minimal, DATABASE_KIND, PROBE: 'connect' }).probe.login).toBe('connect');
  });

  test('keeps a standby warm only for the writer of an instance, by a marker security group', () => {
    const WARM_SECURITY_GROUP = 'sg-0123456789abcdef0';
    const warm = { ...minimal, WARM_STANDBY: 'true', WARM_SECURITY_GROUP };
    expect(configFromEnv(warm)).toMatchObject({
      database: { markerSecurityGroup: WARM_SECURITY_GROUP },
      policy: { warmStandby: true },
    });
    expect(configToEnv(configFromEnv(warm))).toMatchObject(warm);
    expect(configFromEnv({ ...warm, ROLE: 'writer' })).toEqual(configFromEnv(warm));
    // What kind is wanted is not known, so nothing is said of another.
    expect(lines({ ...warm, DATABASE_KIND: '' })).toEqual([expect.stringMatching(/^DATABASE_KIND is not set/)]);
    expect(configFromEnv({ ...minimal, WARM_STANDBY: 'false' })).toEqual(configFromEnv(minimal));
    expect(lines({ ...warm, WARM_SECURITY_GROUP: '' })).toEqual([
      expect.stringMatching(/^WARM_SECURITY_GROUP is not set; allowed: .* sg- and 8 or 17 hexadecimal digits$/),
    ]);
    const isOn = 'WARM_STANDBY is "true"; allowed: false';
    for (const [more, line] of [
      [{ DATABASE_KIND: 'cluster' }, `${isOn}, or DATABASE_KIND instance: no other kind has such a standby`],
      [{ DATABASE_MEMBER: 'true' }, `${isOn} for a cluster's member, which has no standby`],
      [{ ROLE: 'reader' }, `${isOn}, or ROLE writer`],
      [
        { REMOVE_STALE: 'never' },
        `${isOn}, or another REMOVE_STALE than never: an address that is no longer the standby has to leave`,
      ],
      [
        { WARM_STANDBY: '' },
        `WARM_SECURITY_GROUP is "${WARM_SECURITY_GROUP}"; allowed: nothing without WARM_STANDBY true`,
      ],
    ] as const)
      expect(lines({ ...warm, ...more })).toEqual([line]);
    expect(lines({ ...warm, WARM_STANDBY: 'ja' })).toHaveLength(1);
    expect(lines({ ...warm, ROLE: 'boss' })).toHaveLength(1);
    expect(lines({ ...warm, DATABASE_KIND: 'cluster', ROLE: 'reader', REMOVE_STALE: 'never' })).toHaveLength(3);
  });

  test('tells of the failovers of a writer alone', () => {
    const telling = { ...minimal, FAILOVER_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:failovers' };
    expect(configToEnv(configFromEnv(telling))).toMatchObject(telling);
    expect(configFromEnv({ ...telling, ROLE: 'writer' })).toEqual(configFromEnv(telling));
    expect(configFromEnv(minimal)).not.toHaveProperty('failoverTopicArn');
    const named = { DATABASE_KIND: 'hostname', DATABASE_HOSTNAME: 'db.example.com', TARGET_PORT: '5432' };
    for (const more of [named, { ROLE: 'reader' }])
      expect(lines({ ...telling, ...more })).toEqual([
        `FAILOVER_TOPIC_ARN is "${telling.FAILOVER_TOPIC_ARN}"; allowed: nothing without a writer to follow: DATABASE_KIND instance or cluster, and ROLE writer`,
      ]);
  });

  test('shows the identifier in an ARN', () => {
    const DATABASE_ID = 'arn:aws:rds:eu-central-1:123456789012:db:orders';
    expect(problemsOf({ ...minimal, DATABASE_ID })).toMatch(/a letter first; write the identifier alone: orders$/);
  });

  test.each([
    ['ROLE', 'Readers', 'did you mean reader?'],
    ['REMOVE_STALE', 'at_once', 'did you mean at-once?'],
    ['DATABASE_KIND', 'Cluster', 'did you mean cluster?'],
    ['LOG_LEVEL', 'WARNN', 'did you mean WARN?'],
  ])('%s %s: has the nearest word', (name, value, hint) => {
    expect(problemsOf({ ...minimal, [name]: value })).toContain(hint);
  });

  test('names the variable that was probably meant for a missing one', () => {
    const { DATABASE_ID: _, ...rest } = minimal;
    const others = { PATH: '/bin', DATABASE_I: ' ', DATABASE_D: undefined };
    const message = problemsOf({ ...others, ...rest, DATABSE_ID: 'orders' });
    expect(message).toMatch(/DATABASE_ID is not set; .*; DATABSE_ID is set: did you mean DATABASE_ID\?$/);
  });

  test('reads only log levels in any case', () => {
    expect(configFromEnv({ ...minimal, LOG_LEVEL: ' warn ' }).logLevel).toBe('WARN');
    expect(problemsOf({ ...minimal, ROLE: 'READER' })).toContain('ROLE is "READER"');
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
      PROBE: 'off',
      PROBE_USER: 'rds_target_probe',
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
      PROBE: 'off',
      PROBE_USER: 'prober',
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
      probe: { login: 'off', user: 'prober' },
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
