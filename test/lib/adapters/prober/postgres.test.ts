import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Probe } from '../../../../lib/settings/setting.ts';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { createPostgres, type Postgres } from '../../../../sandbox/data-plane/postgres/engine.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { freePort } from '../../../../sandbox/world/sockets.ts';
import { shared } from '../../../shared.ts';
import { host, probe, probing, secretsWith, whyOf } from './rig.ts';

const within = { timeout: 15_000, interval: 20 };
const writer = { kind: 'writer' };
const reader = { kind: 'reader' };

let postgres: Postgres;
let [primary, standby] = ['a', 'b'];

shared(
  async () => {
    [primary, standby] = ['a', 'b'];
    postgres = await createPostgres({ journal: createJournal() });
    const hosts = ['a', 'b'].map((id, at) => ({ id, ip: `10.0.${at}.10`, availabilityZone: 'eu-central-1a' }));
    await postgres.start(hosts, host);
  },
  () => postgres?.close(),
  60_000,
);

const member = (hostId: string, name = host) => ({ ip: '127.0.0.1', port: postgres.localPort(hostId), host: name });

function setUp(secret: { username?: string; password?: string } = {}) {
  const { password } = postgres.access().probe;
  const { kept, client, sent } = secretsWith({ password, ...secret });
  const options = { client, roots: async () => postgres.access().authority };
  return { kept, sent, options, prober: probing(options) };
}

async function sql(text: string, hostId = primary) {
  const client = new Client(postgres.connection(hostId));
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const sessions = async (hostId = primary) =>
  (await sql("select pid from pg_stat_activity where usename = 'rds_target_probe'", hostId)).map(({ pid }) => pid);

async function failOver() {
  await postgres.kill(primary);
  await postgres.promote(standby);
  [primary, standby] = [standby, primary];
}

describe('a login', () => {
  test('tells the writer from a reader, by the address, for the name in the certificate', async () => {
    const { prober } = setUp();
    const all = await Promise.all([primary, standby].map((id) => prober.ask(member(id))));
    expect(all).toEqual([writer, reader]);
  });

  test('is made once for a run, shared by concurrent questions, and ended with the run', async () => {
    const { prober, sent } = setUp();
    await Promise.all([1, 2, 3].map(() => prober.ask(member(primary))));
    const [session, ...others] = await sessions();
    expect(others).toEqual([]);
    expect(await prober.ask(member(primary))).toEqual(writer);
    expect(await sessions()).toEqual([session]);
    prober.close();
    await vi.waitFor(async () => expect(await sessions()).toEqual([]), within);
    expect(await prober.ask(member(primary))).toEqual(writer);
    expect(sent).toHaveLength(1);
  });

  test('sees a promotion in the session that it has, and the death of the writer as a refusal', async () => {
    const { prober } = setUp();
    const [old, next] = [primary, standby];
    expect(await prober.ask(member(old))).toEqual(writer);
    expect(await prober.ask(member(next))).toEqual(reader);
    const before = await sessions(next);
    await failOver();
    expect(await prober.ask(member(next))).toEqual(writer);
    expect(await sessions(next)).toEqual(before);
    await vi.waitFor(async () => expect(await prober.ask(member(old))).toEqual({ kind: 'refused' }), within);
    await postgres.rejoin(old);
    expect(await prober.ask(member(old))).toEqual(reader);
  });

  test('that the server has ended is made anew for the next question', async () => {
    const { prober } = setUp();
    expect(await prober.ask(member(primary))).toEqual(writer);
    await sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rds_target_probe'");
    await vi.waitFor(async () => expect(await sessions()).toEqual([]), within);
    expect(await prober.ask(member(primary))).toEqual(writer);
  });

  test('whose password is wrong is told with what to do and without the password, and made with the next one', async () => {
    const { prober, kept, sent } = setUp({ password: 'wr0ng' });
    const why = whyOf(await prober.ask(member(primary)));
    expect(why).toContain(`refuses the login of the user in the secret (28P01: password authentication failed`);
    expect(why).toContain('Next: write the user and the password of the probe into the secret');
    expect(why).not.toContain('wr0ng');
    kept.password = postgres.access().probe.password;
    await vi.waitFor(async () => expect(await prober.ask(member(primary))).toEqual(writer), within);
    expect(sent).toHaveLength(2);
  });

  test.each([
    {
      what: 'a user that is missing',
      secret: { username: 'stranger' },
      settings: {},
      code: '28P01',
      next: 'write the user and the password',
    },
    {
      what: 'a database that is missing',
      secret: {},
      settings: { database: 'orders' },
      code: '3D000',
      next: 'set PROBE_DATABASE to a database',
    },
  ])('with $what is told', async ({ secret, settings, code, next }) => {
    const { options } = setUp(secret);
    const prober = probing({ ...options, probe: { ...probe, ...settings } });
    const why = whyOf(await prober.ask(member(primary)));
    expect(why).toContain(`(${code}: `);
    expect(why).toContain(`Next: ${next}`);
  });

  test('that may not connect to the database is told', async () => {
    await sql('create database closed');
    await sql('revoke connect on database closed from public');
    const { options } = setUp();
    const prober = probing({ ...options, probe: { ...probe, database: 'closed' } });
    expect(whyOf(await prober.ask(member(primary)))).toMatch(/\(42501: .*Next: set PROBE_DATABASE to a database/);
  });

  test("by IAM's token at a server that takes it for a password names the role that is missing", async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: { login: 'iam', user: 'rds_target_probe' } });
    expect(whyOf(await prober.ask(member(primary)))).toContain('GRANT rds_iam TO rds_target_probe');
  });
});

/** A way to a server that counts what goes through it. */
async function counted(port: number) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const on = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [socket, on],
      [on, socket],
    ] as const)
      one.on('error', () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const logins: { readonly how: string; readonly login: Probe }[] = [
  { how: 'with a login', login: probe },
  { how: 'without a login', login: { login: 'connect', user: '' } },
];

describe.each(logins)('$how', ({ login }) => {
  test('a server with a certificate for another name is not asked, and left alone after three attempts, for this run', async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: login });
    const way = await counted(postgres.localPort(primary));
    const stranger = { ip: '127.0.0.1', port: way.port, host: 'other.rds.amazonaws.com' };
    const answers = [];
    for (let round = 0; round < 5; round += 1) answers.push(whyOf(await prober.ask(stranger)));
    expect(answers[1]).toMatch(/^the certificate is not for other.rds.amazonaws.com .* Next: check the endpoint/);
    expect(answers[4]).toBe(`${answers[1]} After 3 such failures this run leaves the member alone.`);
    expect(way.connections()).toBe(3);
    prober.close();
    await prober.ask(stranger);
    expect(way.connections()).toBe(4);
    expect(await sessions()).toEqual([]);
  });

  test("a server with a certificate of another authority's is not asked", async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: login, roots: async () => createAuthority().certificate });
    expect(whyOf(await prober.ask(member(primary)))).toMatch(/the certificate cannot be verified .*rds-roots.pem/);
  });

  test('without root certificates no server is asked', async () => {
    const { options } = setUp();
    const prober = probing({ client: options.client, probe: login });
    const way = await counted(postgres.localPort(primary));
    expect(whyOf(await prober.ask({ ...member(primary), port: way.port }))).toMatch(
      /^rds-roots.pem is missing beside index.mjs/,
    );
    expect(way.connections()).toBe(0);
  });

  test('a server that offers no TLS is sent nothing', async () => {
    const heard: Buffer[] = [];
    const server = createServer(
      (socket) => void socket.on('data', (said) => void socket.write(heard.push(said) > 0 ? 'N' : '')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { options } = setUp();
    const prober = probing({ ...options, probe: login });
    const why = whyOf(await prober.ask({ ip: '127.0.0.1', port: (server.address() as AddressInfo).port, host }));
    expect(why).toContain('it offers no TLS');
    expect(Buffer.concat(heard).toString('hex')).toBe('0000000804d2162f');
  });

  test('a server that hangs is told within the time, and asked again when it goes on', async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: login, timeoutMs: 300 });
    postgres.hang(standby);
    onTestFinished(() => postgres.resume(standby));
    const startedAt = performance.now();
    expect(whyOf(await prober.ask(member(standby)))).toBe(`it accepted the connection, and no login within 0.3 s`);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    postgres.resume(standby);
    await vi.waitFor(async () => expect((await prober.ask(member(standby))).kind).toMatch(/reader|up/), within);
  });

  test('a port without a listener refuses', async () => {
    const { options } = setUp();
    const prober = probing({ ...options, probe: login });
    expect(await prober.ask({ ...member(primary), port: await freePort(new Set()) })).toEqual({ kind: 'refused' });
  });

  test('an attempt ends with its run, and leaves no session', async () => {
    const { options } = setUp();
    postgres.hang(standby);
    onTestFinished(() => postgres.resume(standby));
    const answers = [new AbortController(), undefined].map((cut) => {
      const prober = probing({ ...options, probe: login, timeoutMs: 60_000 });
      const answer = prober.ask(member(standby), cut?.signal);
      setImmediate(() => (cut ? cut.abort() : prober.close()));
      return answer;
    });
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(['unknown', 'unknown']);
    postgres.resume(standby);
    await vi.waitFor(async () => expect(await sessions(standby)).toEqual([]), within);
  });
});

test('a session in which the server stops to answer is given up, and another one made', async () => {
  const { options } = setUp();
  const prober = probing({ ...options, timeoutMs: 300 });
  expect(await prober.ask(member(standby))).toEqual(reader);
  postgres.hang(standby);
  onTestFinished(() => postgres.resume(standby));
  expect(whyOf(await prober.ask(member(standby)))).toBe(`it did not answer within 0.3 s`);
  postgres.resume(standby);
  await vi.waitFor(async () => expect(await prober.ask(member(standby))).toEqual(reader), within);
});

test('without a login PostgreSQL says only that it is up, and logs no more of it than that it came', async () => {
  for (const setting of ["log_connections = 'all'", 'log_disconnections = on', "log_min_messages = 'info'"])
    await sql(`alter system set ${setting}`);
  await sql('select pg_reload_conf()');
  const log = () => ['0', '1'].map((at) => readFileSync(join(postgres.directory, `member-${at}.log`), 'utf8')).join('');
  await vi.waitFor(async () => {
    await sql('select 1');
    expect(log()).toContain('disconnection: ');
  }, within);
  const { options } = setUp();
  const prober = probing({ ...options, probe: { login: 'connect', user: '' } });
  const before = log().length;
  const way = await counted(postgres.localPort(primary));
  expect(await prober.ask({ ...member(primary), port: way.port })).toEqual({ kind: 'up' });
  await sql('select 1');
  /** Of sessions that have begun since: one of before may end late. */
  const told = () => {
    const lines = log().slice(before).split('\n');
    const processOf = (line: string) => /\[\d+\]/.exec(line)?.[0];
    const begun = new Set(lines.filter((line) => line.includes('connection received')).map(processOf));
    return lines
      .filter((line) => begun.has(processOf(line)))
      .filter((line) => !/connection authenticated|connection authorized|connection ready/.test(line))
      .map((line) => line.replace(/^.*LOG: {2}/, '').replace(/: .*/, ''));
  };
  await vi.waitFor(() => expect(told()).toContain('disconnection'), within);
  expect(told()).toEqual(['connection received', 'connection received', 'disconnection']);
});

test('an engine that has no query for it, and one that is not known yet, are told', async () => {
  const { options } = setUp();
  const of = (engine: string | undefined) => probing({ ...options, engine: () => engine });
  expect(whyOf(await of('sqlserver-se').ask(member(primary)))).toBe(
    'sqlserver-se does not tell a login whether it is the writer. Next: set PROBE to connect, or to off.',
  );
  expect(whyOf(await of(undefined).ask(member(primary)))).toBe('the RDS API has not said yet which engine it is');
  expect(await sessions()).toEqual([]);
});
