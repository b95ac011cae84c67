import { expect, test } from 'vitest';
import { checksWith, detailOf, keepQuiet, named } from './doctor-rig.ts';
import { start } from './rig.ts';

test('a Multi-AZ instance and a hostname are diagnosed each by what is known of it', async () => {
  const sandbox = await start({ isScheduled: false });
  keepQuiet(sandbox);
  const instance = await checksWith(sandbox, { name: 'orders-failover' });
  expect(named(instance, 'failed')).toEqual([]);
  expect(named(instance, 'not-checked')).toEqual(['rules-fired']);

  const { names, writer } = sandbox.database;
  const environment = {
    DATABASE_KIND: 'hostname',
    DATABASE_HOSTNAME: names().endpoint,
    TARGET_PORT: String(writer().port),
    VERIFY_INTERFACES: 'false',
  };
  const hostname = await checksWith(sandbox, { name: 'orders-failover', environment });
  expect(named(hostname, 'failed')).toEqual([]);
  expect(named(hostname, 'ok')).toContain('targets-shown');
  expect(named(hostname, 'not-checked')).toEqual([
    'addresses-verified',
    'database-admits-function',
    'database-admits-load-balancer',
    'group-in-database-vpc',
    'load-balancer-reaches-database',
    'rds-api-answers',
    'rules-fired',
    'sources-agree',
    'zones-cover-database',
  ]);
});

test('a reader group may let sessions end by themselves, and the writer in it is unexpected', async () => {
  const sandbox = await start({ kind: 'cluster', isScheduled: false });
  keepQuiet(sandbox);
  const checks = await checksWith(sandbox, { name: 'orders-failover', environment: { ROLE: 'reader' } });
  const { ip, port } = sandbox.database.writer();
  expect(detailOf(checks, 'no-other-targets')).toBe(`also registered: ${ip}:${port} (healthy)`);
  expect(named(checks, 'ok')).toContain('group-attributes');
  expect(named(checks, 'failed')).toEqual(['in-sync', 'no-other-targets']);
  expect(named(checks, 'not-checked')).toEqual(['rules-fired']);
});
