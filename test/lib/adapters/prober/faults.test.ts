import { expect, test } from 'vitest';
import { failureOf, silenced, timedOut, unable } from '../../../../lib/adapters/prober/faults.ts';
import type { Stage } from '../../../../lib/adapters/prober/session.ts';
import type { Probe } from '../../../../lib/settings/setting.ts';
import { host, probe } from './rig.ts';

const member = { ip: '10.0.1.10', port: 3306, host };
const told = (error: unknown, stage: Stage = 'login', how: Probe = probe) =>
  failureOf(error, { member, probe: how, stage, timeoutMs: 1000 });
const thrown = (fields: object) => Object.assign(new Error('said'), fields);

test('a connection that is refused is an answer, whatever else is refused is not', () => {
  const refused = thrown({ code: 'ECONNREFUSED' });
  expect(told(refused, 'connection')).toEqual({ answer: { kind: 'refused' } });
  expect(told(refused, 'preparation')).toMatchObject({ answer: { kind: 'unknown' } });
});

test.each([
  ['preparation', /^what the login needs was not there within 1 s\. Next: check the way to Secrets Manager/],
  ['connection', /^no connection within 1 s\. Next: check the rule from the functions' security group/],
  ['login', /^it accepted the connection, and no login within 1 s$/],
  ['answer', /^it did not answer within 1 s$/],
] as const)('a time-out in %s says how far the attempt has come', (stage, why) => {
  const { is, answer } = told(timedOut(), stage);
  expect(answer).toMatchObject({ kind: 'unknown', why: expect.stringMatching(why) });
  expect(is).toBeUndefined();
});

test.each([
  [{ code: '53300' }, 'has no connection left (53300: said).'],
  [{ code: '57P03' }, 'is starting up or shutting down (57P03: said).'],
  [{ code: 'ER_CON_COUNT_ERROR', errno: 1040 }, 'has no connection left (1040: said).'],
  [{ code: 'ER_USER_LIMIT_REACHED', errno: 1226 }, 'has no connection left for the user of the probe (1226: said).'],
  [{ errno: 1129 }, 'Next: FLUSH HOSTS there, and raise max_connect_errors'],
  [{ code: 'ECONNRESET', errno: -104 }, 'ECONNRESET: said'],
])('%o is no refused login: the next attempt follows at once', (fields, why) => {
  const { is, answer } = told(thrown(fields));
  expect(answer).toMatchObject({ kind: 'unknown', why: expect.stringContaining(why) });
  expect(is).toBeUndefined();
});

test('what the login needs comes from no Secrets Manager where IAM lets the probe in', () => {
  expect(told(timedOut(), 'preparation', { login: 'iam', user: 'probe' }).answer).toEqual({
    kind: 'unknown',
    why: 'what the login needs was not there within 1 s',
  });
});

test.each<[unknown, string]>([
  ['gone', 'Error: gone'],
  [undefined, 'Error: undefined'],
  [thrown({ name: 'Odd' }), 'Odd: said'],
  [thrown({ name: 'Odd', code: 'EODD' }), 'EODD: said'],
  [thrown({ message: 'x'.repeat(300) }), `Error: ${'x'.repeat(200)}`],
  [thrown({ code: '53300', message: 'x'.repeat(300) }), `has no connection left (53300: ${'x'.repeat(200)}).`],
])('what no one knows is told as it came, in part', (error, why) => {
  expect(told(error, 'answer')).toEqual({ answer: { kind: 'unknown', why } });
});

test('a secret that cannot be read is read again, as after a refused login', () => {
  const fault = thrown({ name: 'ReconcileError', message: 'grant it' });
  expect(told(fault, 'preparation')).toEqual({ is: 'login', answer: { kind: 'unknown', why: 'grant it' } });
});

test.each([
  [
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: 'not in altnames' },
    /^the certificate is not for .* \(not in altnames\)/,
  ],
  [{ code: 'CERT_HAS_EXPIRED' }, /^the certificate cannot be verified \(said\)\. Next: deploy again/],
  [{ code: 'HANDSHAKE_NO_SSL_SUPPORT' }, /^it offers no TLS, and without TLS nothing is sent\.$/],
  [{ message: 'The server does not support SSL connections' }, /^it offers no TLS/],
])('%o is a server that did not prove to be the member', (fields, why) => {
  expect(told(thrown(fields))).toEqual({ is: 'tls', answer: { kind: 'unknown', why: expect.stringMatching(why) } });
});

test.each([
  [{ errno: 1045 }, 'iam', 'create rds_target_probe with the plugin AWSAuthenticationPlugin'],
  [{ errno: 1045 }, 'secret', 'write the user and the password of the probe into the secret'],
  [{ errno: 1049 }, 'iam', 'set PROBE_DATABASE to a database'],
  [{ code: '28000' }, 'iam', "the function's role may rds-db:connect as rds_target_probe"],
  [{ code: '28000' }, 'secret', 'write the user and the password'],
  [{ code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED' }, 'secret', 'set PROBE to iam'],
] as const)('%o with %s is a refused login, told with what to do', (fields, login, why) => {
  const { is, answer } = told(thrown(fields), 'login', { ...probe, login });
  expect(answer).toMatchObject({ kind: 'unknown', why: expect.stringMatching(`Next: .*${why}`) });
  expect(is).toBe('login');
});

test.each([
  {
    code: 'HANDSHAKE_SSL_ERROR',
    message: 'Client network socket disconnected before secure TLS connection was established',
  },
  { code: 'HANDSHAKE_SSL_ERROR', message: 'read ECONNRESET' },
])('a handshake that broke proves nothing: $message', (fields) => {
  expect(told(thrown(fields)).is).toBeUndefined();
});

test('a login is cut where the server says nothing, and not by what it says', () => {
  expect(told(timedOut()).isCut).toBe(true);
  expect(told(thrown({ code: 'ECONNRESET', errno: -104 })).isCut).toBe(true);
  expect(told(thrown({ code: 'ECONNRESET', errno: -104 }), 'answer').isCut).toBeUndefined();
  expect(told(thrown({ code: 'ER_ACCOUNT_HAS_BEEN_LOCKED', errno: 3118 })).isCut).toBeUndefined();
});

test('what a server says is one visible line, and a password in it is not', () => {
  const { answer } = told(thrown({ code: '28P01', message: 'no\n\u001b[31mway' }));
  expect(answer).toMatchObject({ why: expect.stringContaining('no\\n\\u001b[31mway') });
  const quiet = silenced(thrown({ code: '28P01', message: 'not hunter2, hunter2' }), 'hunter2');
  expect(quiet).toMatchObject({ code: '28P01', message: 'not …, …' });
  expect(silenced('no error', 'hunter2')).toBe('no error');
});

test('a sentence of ours stays as it is', () => {
  expect(told(unable('rds-roots.pem is missing.'))).toEqual({
    answer: { kind: 'unknown', why: 'rds-roots.pem is missing.' },
  });
});
