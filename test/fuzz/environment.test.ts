import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canHoldTargets, isCidr } from '../../lib/addresses.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { type Config, configFromEnv, configToEnv } from '../../lib/settings/config.ts';
import { row, variableNames } from '../../lib/settings/rows.ts';
import type { Name } from '../../lib/settings/table.ts';
import { hostileText, mangled, runs, timeout } from './inputs.ts';

/** Beside the example of each row, and all words of those that take words. */
const more: { readonly [N in Name]?: readonly string[] } = {
  DATABASE_NAME: ['orders (eu)'],
  DATABASE_ENDPOINT: ['db.example.com'],
  DATABASE_SECURITY_GROUPS: ['sg-01234567,sg-0123456789abcdef0'],
  ALLOWED_CIDRS: ['10.0.0.0/8,fd00::/8', '172.16.0.0/12'],
  WATCH_SECONDS: ['120', '0.01'],
  SETTLE_SECONDS: ['30', '0.5'],
  DNS_SERVERS: ['10.0.0.2:53,[::1]:53'],
  VERIFY_INTERFACES: ['false'],
  OBSERVE_ONLY: ['false'],
  DATABASE_MEMBER: ['false'],
  PAUSED_UNTIL: ['1999-12-31T23:59:59.999Z'],
  LOG_LEVEL: ['silent'],
};

function good(name: Name): readonly string[] {
  const { codec } = row(name);
  return [codec.example, ...(codec.kind === 'words' ? codec.words : []), ...(more[name] ?? [])];
}

const nearMisses = fc.constantFrom(
  '0',
  '65536',
  '5432.5',
  '1e3',
  '0x10',
  '8.8.8.0/24',
  '127.0.0.0/8',
  '0.009',
  '891',
  '::1:53',
);

/** Mostly right, so that a wrong value stands among right ones. */
function oneOf(name: Name): fc.Arbitrary<string> {
  const right = fc.constantFrom(...good(name));
  return fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: mangled(right) },
    { weight: 1, arbitrary: nearMisses },
  );
}

const some = (names: readonly Name[], requiredKeys: readonly Name[] = []) =>
  fc.record(Object.fromEntries(names.map((name) => [name, oneOf(name)])) as Record<string, fc.Arbitrary<string>>, {
    requiredKeys: [...requiredKeys],
  });

/** What needs each other, or one kind of database: any of it is rarely right. */
const together: readonly (readonly Name[])[] = [
  ['PROBE', 'PROBE_USER', 'PROBE_DATABASE', 'PROBE_SECRET_ARN'],
  ['WARM_STANDBY', 'WARM_SECURITY_GROUP'],
  ['DATABASE_MEMBER_PREFIX'],
  ['FAILOVER_TOPIC_ARN'],
];

const environment = fc
  .tuple(
    some(
      variableNames.filter((name) => !together.flat().includes(name)),
      ['DATABASE_NAME', 'DATABASE_KIND', 'DATABASE_ID', 'DATABASE_HOSTNAME', 'TARGET_GROUP_ARN', 'TARGET_PORT'],
    ),
    ...together.map((names) => fc.oneof(fc.constant({}), some(names, names), some(names))),
  )
  .map((parts): Record<string, string> => Object.assign({}, ...parts));

function expectUsable(config: Config): void {
  const { database, timings, policy, dnsServers } = config;
  for (const ms of Object.values(timings)) expect(Number.isFinite(ms) && ms > 0).toBe(true);
  expect(policy.allowedCidrs.length).toBeGreaterThan(0);
  for (const cidr of policy.allowedCidrs) expect(isCidr(cidr) && canHoldTargets(cidr)).toBe(true);
  // An empty value counts as not set.
  const { port = 1 } = database;
  expect(Number.isInteger(port) && port >= 1 && port <= 65_535).toBe(true);
  // Without the groups to compare, every address of a host name would be held for ever.
  if (policy.verifyInterfaces && database.kind === 'hostname')
    expect(database.securityGroups?.length).toBeGreaterThan(0);
  expect(dnsServers.every((server) => /^[\d.:[\]a-f]+$/i.test(server))).toBe(true);
  // What is read is written and read back as the same.
  expect(configFromEnv(configToEnv(config))).toEqual(config);
}

describe('an environment of any shape', () => {
  test(
    'is a usable configuration, or InvalidConfiguration that names each problem with what is allowed',
    () => {
      let accepted = 0;
      fc.assert(
        fc.property(environment, (env) => {
          let config: Config;
          try {
            config = configFromEnv(env);
          } catch (error) {
            expect(error).toBeInstanceOf(ReconcileError);
            expect((error as ReconcileError).code).toBe('InvalidConfiguration');
            expect((error as Error).message).toMatch(/allowed: /);
            return;
          }
          accepted += 1;
          expectUsable(config);
        }),
        runs(500),
      );
      expect(accepted).toBeGreaterThan(0);
    },
    timeout,
  );
});
