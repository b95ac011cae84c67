import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { createPostgres, type Postgres } from '../../../../sandbox/data-plane/postgres/engine.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import type { Host } from '../../../../sandbox/world/types.ts';
import { shared } from '../../../shared.ts';

const within = { timeout: 15_000, interval: 10 };
const hostsNamed = (...ids: string[]): Host[] =>
  ids.map((id, at) => ({ id, ip: `10.0.${at}.10`, availabilityZone: 'eu-west-1a' }));

const endpoint = 'orders.c1example.eu-central-1.rds.amazonaws.com';

async function begin(...ids: string[]) {
  const journal = createJournal();
  const postgres = await createPostgres({ journal });
  await postgres.start(hostsNamed(...ids), endpoint);
  return { postgres, journal };
}

async function sql(postgres: Postgres, hostId: string, text: string, otherwise: ClientConfig = {}) {
  const client = new Client({ ...postgres.connection(hostId), query_timeout: 5000, ...otherwise });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const count = async (postgres: Postgres, hostId: string) =>
  (await sql(postgres, hostId, 'select count(*)::int as n from t'))[0].n;

async function connectionCode(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  } finally {
    socket.destroy();
  }
}

describe('two hosts', () => {
  let postgres: Postgres;
  let journal: ReturnType<typeof createJournal>;
  let [primary, standby] = ['a', 'b'];

  shared(
    async () => {
      [primary, standby] = ['a', 'b'];
      ({ postgres, journal } = await begin('a', 'b'));
      await sql(postgres, 'a', 'create table t (n int)');
    },
    () => postgres?.close(),
    30_000,
  );

  /** A standby has what was acknowledged at once, and shows it a moment later. */
  const shows = (hostId: string, rows: number) =>
    vi.waitFor(async () => expect(await count(postgres, hostId)).toBe(rows), within);

  async function failOver() {
    await postgres.kill(primary);
    await postgres.promote(standby);
    [primary, standby] = [standby, primary];
  }

  test('one takes writes and the other refuses them', async () => {
    await sql(postgres, primary, 'insert into t values (1)');
    // A table of its own: acknowledged means received by the standby, so `t` may not be visible there yet.
    await expect(sql(postgres, standby, 'create table u (n int)')).rejects.toMatchObject({ code: '25006' });
  });

  test('an acknowledged write is on the standby, however soon the primary dies', async () => {
    for (let round = 0; round < 4; round += 1) {
      const before = await count(postgres, primary);
      await sql(postgres, primary, 'insert into t values (2)');
      await failOver();
      expect(await count(postgres, primary)).toBe(before + 1);
      await sql(postgres, primary, 'insert into t values (3)');
      await postgres.rejoin(standby);
      await expect(sql(postgres, standby, 'create table u (n int)')).rejects.toMatchObject({ code: '25006' });
      await shows(standby, before + 2);
    }
  }, 30_000);

  test('no write is acknowledged while the standby does not have it', async () => {
    const [receiver] = await sql(postgres, standby, 'select pid from pg_stat_wal_receiver');
    process.kill(receiver.pid, 'SIGSTOP');
    const insert = sql(postgres, primary, 'insert into t values (9)').then(() => 'acknowledged');
    const waiting = `select from pg_stat_activity where wait_event = 'SyncRep'`;
    await vi.waitFor(async () => expect(await sql(postgres, primary, waiting)).toHaveLength(1), within);
    process.kill(receiver.pid, 'SIGCONT');
    expect(await insert).toBe('acknowledged');
  });

  test('a killed host refuses connections, breaks the open ones and comes back on its port', async () => {
    const port = postgres.localPort(standby);
    const open = connect(port, '127.0.0.1').resume();
    await once(open, 'connect');
    const broken = new Promise((resolve) => open.on('error', () => {}).on('close', resolve));
    await postgres.kill(standby);
    await broken;
    expect(await connectionCode(port)).toBe('ECONNREFUSED');
    await postgres.rejoin(standby);
    expect(postgres.localPort(standby)).toBe(port);
    expect(await connectionCode(port)).toBe('connected');
  });

  test('the primary goes on without a killed standby, which may then not be promoted', async () => {
    await postgres.kill(standby);
    await sql(postgres, primary, 'insert into t values (4)');
    await expect(postgres.promote(standby)).rejects.toThrow();
    await sql(postgres, primary, 'insert into t values (5)');
    await postgres.rejoin(standby);
    await shows(standby, await count(postgres, primary));
  });

  test('a promotion ends a primary that still runs, so that there are never two', async () => {
    const former = primary;
    await postgres.promote(standby);
    [primary, standby] = [standby, primary];
    expect(await connectionCode(postgres.localPort(former))).toBe('ECONNREFUSED');
    await postgres.rejoin(former);
  });

  test('a host that hangs accepts connections and answers nothing, until it goes on', async () => {
    postgres.hang(primary);
    expect(await connectionCode(postgres.localPort(primary))).toBe('connected');
    const answer = sql(postgres, primary, 'select 1 as n');
    const soon = new Promise((resolve) => setTimeout(resolve, 300, 'silence'));
    expect(await Promise.race([answer, soon])).toBe('silence');
    postgres.resume(primary);
    expect(await answer).toEqual([{ n: 1 }]);
  });

  test('a restart keeps role and data, and a failover works after it', async () => {
    const before = await count(postgres, primary);
    await postgres.restart(primary);
    await sql(postgres, primary, 'insert into t values (6)');
    await postgres.restart(standby);
    await sql(postgres, primary, 'insert into t values (7)');
    await failOver();
    expect(await count(postgres, primary)).toBe(before + 2);
    await postgres.rejoin(standby);
  });

  test('a killed primary without a successor comes back as the primary', async () => {
    const before = await count(postgres, primary);
    await postgres.kill(primary);
    await postgres.rejoin(primary);
    await sql(postgres, primary, 'insert into t values (8)');
    expect(await count(postgres, primary)).toBe(before + 1);
  });

  test('a host that is killed while it rejoins stays dead and can be brought back', async () => {
    await postgres.kill(standby);
    const rejoining = postgres.rejoin(standby);
    await Promise.all([expect(rejoining).rejects.toThrow(), postgres.kill(standby)]);
    await postgres.rejoin(standby);
    await shows(standby, await count(postgres, primary));
  });

  test.each<[string, ClientConfig & { replication?: string }, { code?: string; message?: unknown }]>([
    ['with another password', { password: 'postgres' }, { code: '28P01' }],
    ['without a password', { password: '' }, { message: expect.stringContaining('password') }],
    ['to replicate, with another password', { password: 'postgres', replication: 'true' }, { code: '28P01' }],
    ['without TLS', { ssl: false }, { code: '28000' }],
    ['to replicate, without TLS', { ssl: false, replication: 'true' }, { code: '28000' }],
  ])('a login %s is refused, on this machine too', async (_, otherwise, error) => {
    for (const hostId of [primary, standby])
      await expect(sql(postgres, hostId, 'select 1', otherwise)).rejects.toMatchObject(error);
  });

  test('every user has a password that the server knows as SCRAM only, and there is no other way in than TLS', async () => {
    const users = await sql(
      postgres,
      primary,
      'select rolname, rolpassword from pg_authid where rolcanlogin order by 1',
    );
    const rolpassword = expect.stringMatching(/^SCRAM-SHA-256\$/);
    expect(users).toEqual(['postgres', 'rds_target_probe'].map((rolname) => ({ rolname, rolpassword })));
    for (const hostId of [primary, standby]) {
      const rules = await sql(postgres, hostId, 'select distinct type, auth_method from pg_hba_file_rules');
      expect(rules).toEqual([{ type: 'hostssl', auth_method: 'scram-sha-256' }]);
      const [sockets] = await sql(postgres, hostId, 'show unix_socket_directories');
      expect(sockets).toEqual({ unix_socket_directories: '' });
    }
  });

  test('the password is in a file of the engine alone, and in no argument, environment, log or journal', async () => {
    const { password, passwordFile, probe } = postgres.access();
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(readFileSync(passwordFile, 'utf8')).toBe(`*:*:*:postgres:${password}\n`);
    expect(statSync(passwordFile).mode & 0o077).toBe(0);
    const files = readdirSync(postgres.directory).map((name) => join(postgres.directory, name));
    for (const file of files.filter((one) => statSync(one).isFile() && one !== passwordFile))
      for (const secret of [password, probe.password]) expect(readFileSync(file, 'utf8'), file).not.toContain(secret);
    // Whatever lies deeper is closed to others.
    for (const folder of files.filter((one) => statSync(one).isDirectory()))
      expect(statSync(folder).mode & 0o077, folder).toBe(0);
    expect(JSON.stringify(journal.all())).not.toContain(password);
    const started = execFileSync('ps', ['axeww', '-o', 'command'], { encoding: 'utf8' }).split('\n');
    expect(started.filter((one) => one.includes(basename(postgres.directory))).length).toBeGreaterThan(2);
    expect(started.filter((one) => one.includes(password))).toEqual([]);
  });

  test('a stranger at the port of a dead host is not told the password', async () => {
    await postgres.kill(standby);
    let said = '';
    const { certificate: cert, key } = createAuthority().issue(endpoint);
    const stranger = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          socket.pause().write('S');
          new TLSSocket(socket, { isServer: true, cert, key })
            .on('error', () => {})
            .on('data', (text) => {
              said += text.toString('latin1');
            });
        });
    });
    stranger.listen(postgres.localPort(standby), '127.0.0.1');
    await once(stranger, 'listening');
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    });
    const waiting = sql(postgres, standby, 'select 1', { connectionTimeoutMillis: 10_000 });
    await expect(waiting).rejects.toMatchObject({ code: 'CERT_SIGNATURE_FAILURE' });
    expect(said).toBe('');
    stranger.close();
    await once(stranger, 'close');
    await postgres.rejoin(standby);
  });

  test('no server ended but by the will of a caller', () => {
    expect(journal.all().filter(({ what }) => what === 'ended-unexpectedly')).toEqual([]);
  });

  test('an unknown host is refused', async () => {
    await expect(postgres.kill('c')).rejects.toThrow('c');
    expect(() => postgres.localPort('c')).toThrow('c');
  });
});

test('of three hosts, the standby that is not promoted follows the new primary and can be the next', async () => {
  const { postgres, journal } = await begin('a', 'b', 'c');
  onTestFinished(() => postgres.close());
  await sql(postgres, 'a', 'create table t (n int)');
  await postgres.kill('a');
  await postgres.promote('b');
  await sql(postgres, 'b', 'insert into t values (1)');
  await vi.waitFor(() => expect(journal.all().some(({ what }) => what === 'following')).toBe(true), within);
  await sql(postgres, 'b', 'insert into t values (2)');
  await postgres.kill('b');
  await postgres.promote('c');
  expect(await count(postgres, 'c')).toBe(2);
  await postgres.rejoin('a');
  await postgres.rejoin('b');
  await vi.waitFor(async () => {
    expect([await count(postgres, 'a'), await count(postgres, 'b')]).toEqual([2, 2]);
  }, within);
}, 30_000);
