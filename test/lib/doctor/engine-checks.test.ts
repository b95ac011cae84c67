import { describe, expect, test } from 'vitest';
import { engineChecks } from '../../../lib/doctor/engine-checks.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { LoginLimits } from '../../../lib/doctor/surroundings.ts';
import { denied, failed, network, notChecked, ok, settings, surroundings } from './scene.ts';

const group = 'orders-mysql';
const verdictOf = (...limits: Partial<LoginLimits>[]) =>
  engineChecks({
    ...surroundings,
    group: known({ ...settings, healthCheckSeconds: 10 }),
    loginLimits: known(limits.map((one) => ({ group, isPending: false, ...one }))),
  })['max-connect-errors'];

describe('max-connect-errors', () => {
  test('fails with the default: health checks reach it in minutes', () => {
    expect(verdictOf({})).toEqual(
      failed(
        'orders-mysql: max_connect_errors 100 (default); 100 health checks without a login between them, which take about 17 minutes, lock every client out',
      ),
    );
    expect(verdictOf({ maxConnectErrors: 3 }).detail).toContain('max_connect_errors 3;');
    expect(verdictOf({ maxConnectErrors: 3 }).detail).toContain('about 1 minutes');
    expect(verdictOf({ maxConnectErrors: 999_999 }).result).toBe('failed');
  });

  test('is well for an engine that counts none, which is named where it is known', () => {
    const said = (over: object) =>
      engineChecks({ ...surroundings, loginLimits: known([]), ...over })['max-connect-errors'];
    const isWell = (engine: string) => ok(`${engine} does not lock clients out for connections without a login`);
    expect(said({ databaseNetwork: known({ ...network, engine: 'postgres' }) })).toEqual(isWell('postgres'));
    for (const databaseNetwork of [known({ zones: [], securityGroupIds: [] }), denied, undefined])
      expect(said({ databaseNetwork })).toEqual(isWell('the engine'));
  });

  test('is well with so many that no health check ever reaches it', () => {
    expect(verdictOf({ maxConnectErrors: 1_000_000 })).toEqual(ok('orders-mysql: max_connect_errors 1000000'));
  });

  test('is well where the server counts nothing, once it has been restarted for it', () => {
    expect(verdictOf({ skipsNameResolve: true })).toEqual(
      ok('orders-mysql: max_connect_errors 100 (default), without effect: skip_name_resolve is on'),
    );
    expect(verdictOf({ skipsNameResolve: true, isPending: true })).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('skip_name_resolve is on after a restart of the instance'),
    });
    expect(verdictOf({ skipsNameResolve: false }).result).toBe('failed');
    // Dynamic: it holds before any restart.
    expect(verdictOf({ maxConnectErrors: 2_000_000, isPending: true }).result).toBe('ok');
  });

  test('names the worst group of a cluster', () => {
    const verdict = verdictOf({ group: 'well', maxConnectErrors: 1_000_000 }, { group: 'other' });
    expect(verdict).toMatchObject({ result: 'failed', detail: expect.stringMatching(/^other: /) });
  });

  test('is no matter for other engines, and unknown behind a host name', () => {
    expect(engineChecks(surroundings)['max-connect-errors']).toEqual(
      ok(`${network.engine} does not lock clients out for connections without a login`),
    );
    for (const databaseNetwork of [undefined, { kind: 'denied', action: 'rds:DescribeDBInstances' } as const])
      expect(engineChecks({ ...surroundings, databaseNetwork })['max-connect-errors']).toEqual(
        ok('the engine does not lock clients out for connections without a login'),
      );
    const behindName = { ...surroundings, loginLimits: undefined };
    expect(engineChecks(behindName)['max-connect-errors']).toEqual(ok("the port is not MySQL's"));
    const unknown = notChecked(
      'the parameters of what stands behind a host name are not known: see to max_connect_errors there',
    );
    const { conversation } = surroundings;
    for (const seen of [conversation && { ...conversation, protocol: 'mysql' as const }, undefined])
      expect(engineChecks({ ...behindName, conversation: seen })['max-connect-errors']).toEqual(unknown);
  });

  test('without the permission is not checked', () => {
    const denied = { kind: 'denied', action: 'rds:DescribeDBParameters' } as const;
    expect(engineChecks({ ...surroundings, loginLimits: denied })['max-connect-errors']).toEqual(
      notChecked('the role may not read it: grant rds:DescribeDBParameters'),
    );
  });
});
