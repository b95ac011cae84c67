import { describe, expect, test } from 'vitest';
import { confirmName, endpointRefusal, problemsOf, refusals } from '../../../cli/drill/checks.ts';
import { clientSummary } from '../../../cli/drill/outage.ts';
import { outsideOf } from '../terminal.ts';
import { at, drillRecord, probes } from './example-record.ts';

/* What a drill refuses says what helps. */

test('a warm standby beside the writer is no reason to refuse; one that is healthy, or a second, or one that no function keeps, is', () => {
  const { before, database } = drillRecord();
  const place = { host: 'orders.example', port: 5432 };
  const refused = (targets: string[], over = {}, warmStandby = true) =>
    refusals(
      { ...database, warmStandby },
      { ...before, isMultiAz: true, readers: [], place, ...over, targets },
      'tcp',
    ).join('\n');
  const writer = '10.0.1.10:5432 healthy';
  expect(refused([writer, '10.0.2.10:5432 unhealthy'])).not.toMatch(/not in sync/);
  expect(refused([writer, '10.0.2.10:5432 unhealthy'], {}, false)).toMatch(/not in sync/);
  expect(refused([writer, '10.0.2.10:5432 healthy'])).toMatch(/not in sync/);
  expect(refused([writer, '10.0.2.10:5432 unhealthy', '10.0.3.10:5432 unhealthy'])).toMatch(/not in sync/);
  expect(refused(['10.0.2.10:5432 unhealthy'])).toMatch(/not in sync/);
  expect(refused([writer, '10.0.2.10:5432 unhealthy'], { isMultiAz: false })).toMatch(/not in sync/);
  expect(refused([writer, '10.0.2.10:5432 unhealthy'], { readers: ['orders-2'] })).toMatch(/not in sync/);
});

test('a group that is right and not healthy is refused with what helps, which is no resync', () => {
  const { before, database } = drillRecord();
  const place = { host: 'orders.example', port: 5432 };
  expect(refusals(database, { ...before, place }, 'tcp')).toEqual([]);
  const [refusal = ''] = refusals(database, { ...before, place, targets: ['10.0.1.10:5432 unhealthy'] }, 'tcp');
  expect(refusal).toMatch(/holds the writer, but it is not healthy \(10\.0\.1\.10:5432 unhealthy\).*rds-target doctor/);
  expect(refusal).not.toContain('resync');
});

test.each([
  ['postgres', { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' }, /--endpoint HOST:PORT/],
  ['tcp', { code: 'closed at once', message: 'closes' }, /--endpoint HOST:PORT/],
  ['postgres', { code: '28000', message: 'role "drill" does not exist' }, /role "drill".*DRILL_DATABASE_URL/],
  ['mysql', { code: 'ER_ACCESS_DENIED_ERROR', message: 'Access denied' }, /Access denied.*DRILL_DATABASE_URL/],
  [
    'postgres',
    { message: 'The server does not support SSL connections' },
    /does not prove that it is the database.*login was not sent.*--unverified-server/,
  ],
  [
    'postgres',
    {
      code: 'EPROTO',
      message:
        'write EPROTO 40:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/x.c:77:\n',
    },
    /does not prove that it is the database.*login was not sent: its TLS fails with "wrong version number"\. Check/,
  ],
  ['postgres', { message: 'timeout expired' }, /The endpoint does not serve.*--endpoint HOST:PORT/],
] as const)('a client of %s that cannot begin, with %j, is told where to look', (probe, error, message) => {
  expect(endpointRefusal(error, probe)).toMatch(message);
});

test.each(['mysql 8.4.3 on db.r7g.large', 'aurora-mysql 8.0 on db.r7g.large', 'mariadb 11.4 on db.t4g.small'])(
  '%s is not drilled without a login: it would lock the load balancer out, and every consumer with it',
  (engine) => {
    const { before, database } = drillRecord();
    const sample = { ...before, engine, place: { host: 'orders.example', port: 5432 } };
    expect(refusals(database, sample, 'mysql')).toEqual([]);
    expect(refusals(database, sample, 'tcp').join()).toMatch(/max_connect_errors.*DRILL_DATABASE_URL/);
  },
);

describe('the verdict', () => {
  test('is right only with a moved writer in a group of its own, a client that is served, and every row there', () => {
    expect(problemsOf(drillRecord())).toEqual([]);
  });

  test.each([
    [{ after: drillRecord().before, writer: '10.0.1.10:5432', targets: ['10.0.1.10:5432 healthy'] }, /no failover/],
    [{ targets: [], after: { ...drillRecord().after, targets: [] } }, /the group holds nothing/],
    [{ writes: { acknowledged: 2, found: 1, lost: [7] } }, /1 acknowledged writes are lost: 7/],
    [{ writes: undefined }, /lost writes are unknown/],
    [{ outcome: 'not-recovered' as const }, /the deadline came before/],
    [{ client: clientSummary(probes(90, [1, 99]), at(90)) }, /client was not served again/],
  ])('is wrong when it is not so: %#', (given, message) => {
    expect(problemsOf(drillRecord(given)).join('\n')).toMatch(message);
  });
});

describe('what the operator types', () => {
  const withoutTerminal = { ask: async () => undefined };
  const answering = (typed: string) => ({ ask: async () => typed });
  test('is the name of the database, or nothing happens', async () => {
    await confirmName(withoutTerminal, 'orders', 'DB instance orders', 'orders');
    await confirmName(answering(' orders\n'), 'orders', 'DB instance orders', undefined);
    await expect(confirmName(answering('y'), 'orders', 'DB instance orders', undefined)).rejects.toThrow(
      /"y" is not "orders"/,
    );
    await expect(confirmName(withoutTerminal, 'orders', 'DB instance orders', 'Orders')).rejects.toThrow(
      /nothing was failed over/,
    );
    await expect(confirmName(withoutTerminal, 'orders', 'DB instance orders', undefined)).rejects.toThrow(
      /--yes orders$/,
    );
    // The name is a function's variable: what is copied from the message runs nothing of it.
    await expect(confirmName(withoutTerminal, "a'; b", 'DB instance orders', undefined)).rejects.toThrow(
      /--yes 'a'\\''; b'$/,
    );
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('may be %s: nothing is failed over, and it is said', async (_, key) => {
    const { io, stdin, ended } = outsideOf({}, true);
    const asked = confirmName(io, 'orders', 'DB instance orders', undefined);
    stdin.write(key);
    await expect(asked).rejects.toThrow('interrupted at the question: nothing was failed over');
    expect(ended().err).toMatch(/\n$/);
  });
});
