import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { freePort } from '../../../../sandbox/world/sockets.ts';
import { shared } from '../../../shared.ts';
import { startFakeMysql } from './fake-mysql.ts';
import { isMariadbInstalled, startMariadb } from './mariadb.ts';
import type { MysqlServer } from './mysql-server.ts';
import { host, probe, probing, secretsWith, whyOf } from './rig.ts';

const within = { timeout: 10_000, interval: 20 };

/* Debian's MariaDB where it is installed; elsewhere a server of ours, which runs here too, so that neither is ever left out unseen. */
const servers = [
  ...(isMariadbInstalled() ? [{ name: 'MariaDB', engine: 'mariadb', start: startMariadb }] : []),
  { name: "MySQL's protocol", engine: 'mysql', start: startFakeMysql },
];

describe.each(servers)('$name', ({ engine, start }) => {
  let server: MysqlServer;
  shared(
    async () => {
      server = await start(host);
    },
    () => server?.close(),
    60_000,
  );

  const member = (name = host) => ({ ip: '127.0.0.1', port: server.port, host: name });
  const setUp = (secret: { username?: string; password: string } = { password: 'right' }) => {
    const { kept, client, sent } = secretsWith(secret);
    const options = { engine: () => engine, client, roots: async () => server.roots };
    return { kept, sent, options, prober: probing(options) };
  };

  test('says whether it is the writer, in the session that it has, as soon as it changes', async () => {
    const { prober, sent } = setUp();
    const aborted = await server.aborted();
    expect(await prober.ask(member())).toEqual({ kind: 'writer' });
    const session = await server.sessions();
    await server.setReadOnly(true);
    expect(await prober.ask(member())).toEqual({ kind: 'reader' });
    await server.setReadOnly(false);
    expect(await prober.ask(member())).toEqual({ kind: 'writer' });
    expect(session).toHaveLength(1);
    expect(await server.sessions()).toEqual(session);
    expect(sent).toHaveLength(1);
    prober.close();
    await vi.waitFor(async () => expect(await server.sessions()).toEqual([]), within);
    expect(await server.aborted()).toBe(aborted);
  });

  test('a session that the server has ended is made anew for the next question', async () => {
    const { prober } = setUp();
    expect(await prober.ask(member())).toEqual({ kind: 'writer' });
    await server.endSessions();
    await vi.waitFor(async () => expect(await server.sessions()).toEqual([]), within);
    // A round trip later the end has arrived.
    await probing({ ...setUp().options, probe: { login: 'connect', user: '' } }).ask(member());
    await new Promise((resolve) => setImmediate(resolve));
    expect(await prober.ask(member())).toEqual({ kind: 'writer' });
  });

  test('a password that is wrong is told with what to do and without the password, and never final', async () => {
    const { prober, kept } = setUp({ password: 'wr0ng' });
    const why = whyOf(await prober.ask(member()));
    expect(why).toContain(`refuses the login of the user in the secret (1045: Access denied`);
    expect(why).toContain('Next: write the user and the password of the probe into the secret');
    expect(why).not.toContain('wr0ng');
    kept.password = 'right';
    await vi.waitFor(async () => expect(await prober.ask(member())).toEqual({ kind: 'writer' }), within);
  });

  test('a certificate for another name gets no login, and after three the run leaves the member alone', async () => {
    const { prober } = setUp();
    const answers = [];
    for (let round = 0; round < 4; round += 1) answers.push(whyOf(await prober.ask(member('other.rds.amazonaws.com'))));
    expect(answers[0]).toMatch(/^the certificate is not for other.rds.amazonaws.com/);
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).toContain('After 3 such failures this run leaves the member alone.');
    expect(answers[3]).toBe(answers[2]);
    expect(await prober.ask(member())).toEqual({ kind: 'writer' });
  });

  test("a certificate of another authority's gets no login", async () => {
    const { options } = setUp();
    const prober = probing({ ...options, roots: async () => createAuthority().certificate });
    expect(whyOf(await prober.ask(member()))).toContain('the certificate cannot be verified');
  });

  test('a server that hangs is told within the time, before a login and after one, and asked again when it goes on', async () => {
    const { options } = setUp();
    const before = probing({ ...options, timeoutMs: 300 });
    const after = probing({ ...options, timeoutMs: 300 });
    expect(await after.ask(member())).toEqual({ kind: 'writer' });
    server.hang();
    expect(whyOf(await before.ask(member()))).toBe(`it accepted the connection, and no login within 0.3 s`);
    expect(whyOf(await after.ask(member()))).toBe(`it did not answer within 0.3 s`);
    server.resume();
    for (const prober of [before, after])
      await vi.waitFor(async () => expect(await prober.ask(member())).toEqual({ kind: 'writer' }), within);
  });

  test('a port without a listener refuses', async () => {
    const { prober } = setUp();
    expect(await prober.ask({ ...member(), port: await freePort(new Set()) })).toEqual({ kind: 'refused' });
  });

  test('without a login it says only that it is up', async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: { login: 'connect', user: '' } });
    await vi.waitFor(async () => expect(await server.sessions()).toEqual([]), within);
    expect(await prober.ask(member())).toEqual({ kind: 'up' });
    expect(await server.sessions()).toEqual([]);
  });
});

test('a server that accepts and hangs is asked less often after three logins that were cut, since it counts them', async () => {
  const server = await startFakeMysql(host);
  onTestFinished(() => server.close());
  const { client } = secretsWith({ password: 'right' });
  const prober = probing({ engine: () => 'mysql', client, roots: async () => server.roots, timeoutMs: 150 });
  const member = { ip: '127.0.0.1', port: server.port, host };
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  onTestFinished(() => now.mockRestore());
  server.hang();
  const said = [];
  for (let round = 0; round < 6; round += 1) said.push(whyOf(await prober.ask(member)));
  expect(said[1]).toBe('it accepted the connection, and no login within 0.15 s');
  expect(said[5]).toMatch(/no login within 0.15 s. After 3 such logins it is asked every 10 s, .*max_connect_errors/);
  expect(server.sockets()).toBe(3);
  now.mockReturnValue(10_000);
  await prober.ask(member);
  await prober.ask(member);
  expect(server.sockets()).toBe(4);
  server.resume();
  now.mockReturnValue(20_000);
  expect(await prober.ask(member)).toEqual({ kind: 'writer' });
});

test('a login opens the database that it is told to open, and lets the server read no file of the function', async () => {
  const server = await startFakeMysql(host);
  onTestFinished(() => server.close());
  const { client } = secretsWith({ password: 'right' });
  for (const told of [{}, { database: 'orders' }]) {
    const options = { engine: () => 'mysql', client, roots: async () => server.roots, probe: { ...probe, ...told } };
    expect(await probing(options).ask({ ip: '127.0.0.1', port: server.port, host })).toEqual({ kind: 'writer' });
  }
  expect(server.asked()).toEqual([
    { maySendFiles: false, database: '' },
    { maySendFiles: false, database: 'orders' },
  ]);
});
