import { expect, onTestFinished, test, vi } from 'vitest';
import { type Answer, startFakeMysql } from './fake-mysql.ts';
import { startFakePostgres } from './fake-postgres.ts';
import { clientWith, host, probe, probing, secretsWith, whyOf } from './rig.ts';

/* What members answer to the question whether they are the writer. */

const refused = { errno: 1193, message: "Unknown system variable 'innodb_read_only'" };

test('MySQL and MariaDB say it by two variables, in numbers or in words; what is neither is told, and no answer', async () => {
  let said: Answer;
  const server = await startFakeMysql(host, { answers: () => said });
  onTestFinished(() => server.close());
  const { client } = secretsWith({ password: 'right' });
  const prober = probing({ engine: () => 'mariadb', client, roots: async () => server.roots });
  const told = async (answer: Answer) => {
    said = answer;
    return whyOf(await prober.ask({ ip: '127.0.0.1', port: server.port, host }));
  };
  for (const row of [
    [0, 0],
    ['OFF', 0],
    [0, 'OFF'],
  ] as const)
    expect(await told(row), `${row}`).toBe('writer');
  for (const on of [1, 'ON', 'NO_LOCK', 'NO_LOCK_NO_ADMIN'] as const) {
    expect(await told([0, on]), `${on}`).toBe('reader');
    expect(await told([on, 'OFF']), `${on}`).toBe('reader');
  }
  for (const row of [[0], [0, 0, 0], [0, 'DEMAND'], ['', 1]] as const)
    expect(await told(row), `${row}`).toBe(`the answer ${JSON.stringify(row.map(String))} is not one that is known`);
  expect(await told(undefined)).toBe('the answer undefined is not one that is known');
  expect(await told(refused)).toBe(`ER_UNKNOWN_SYSTEM_VARIABLE: ${refused.message}`);
  expect(new Set(server.queries())).toEqual(new Set(['SELECT @@innodb_read_only, @@read_only']));
});

test('PostgreSQL says it by one word; what is no word of its is told, and no answer', async () => {
  let said: string | undefined;
  const server = await startFakePostgres(host, { admits: () => true, answers: () => said });
  onTestFinished(() => server.close());
  const { client } = clientWith(() => ({ body: '' }));
  const iam = { login: 'iam', user: 'rds_target_probe' } as const;
  const prober = probing({ probe: iam, client, roots: async () => server.roots });
  const told = async (answer: string | undefined) => {
    said = answer;
    return whyOf(await prober.ask({ ip: '127.0.0.1', port: server.port, host }));
  };
  // The environment of a function may speak to pg, too.
  vi.stubEnv('PGSSLNEGOTIATION', 'direct');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await told('f')).toBe('writer');
  expect(await told('t')).toBe('reader');
  expect(await told('maybe')).toBe('the answer "maybe" is not one that is known');
  expect(await told(undefined)).toBe('the answer undefined is not one that is known');
  const [started = []] = server.started();
  const after = (name: string) => started[started.indexOf(name) + 1];
  expect([after('database'), after('application_name')]).toEqual(['postgres', 'rds-target probe']);
});

test('a member that refuses a connection does not make the run read its secret again', async () => {
  const server = await startFakeMysql(host);
  await server.close();
  const { client, sent } = secretsWith({ password: 'right' });
  const prober = probing({ engine: () => 'mysql', client, roots: async () => '', probe });
  for (const _ of [1, 2]) expect(whyOf(await prober.ask({ ip: '127.0.0.1', port: server.port, host }))).toBe('refused');
  expect(sent).toHaveLength(1);
});
