import { expect, test } from 'vitest';
import { endpointRefusal, refusals } from '../../../cli/drill/checks.ts';
import { drillRecord } from './example-record.ts';

/* What a drill refuses says what helps. */

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
