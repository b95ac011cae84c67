import { describe, expect, test } from 'vitest';
import {
  answering,
  dropping,
  greeting,
  mysqlError,
  mysqlGreeting,
  nameServer,
  postgresError,
  refusing,
  resetting,
  run,
  runBuilt,
  serve,
  silent,
} from '../connect-check/rig.ts';

const check = async (host: string, port: number, ...more: (string | number)[]) => {
  const { code, out, err } = await run(['connect-check', host, port, '--json', ...more]);
  expect(err).toBe('');
  return { code, ...(JSON.parse(out) as { outcome: string; cause?: string; detail: string; next?: string }) };
};
const local = '127.0.0.1';
const postgres = ['--protocol', 'postgres'];
const mysql = ['--protocol', 'mysql'];
const fast = ['--timeout', 0.7];

describe('connect-check ends well', () => {
  test.each(['S', 'N'])('where PostgreSQL answers the request for TLS with %s', async (answer) => {
    const port = await answering(answer);
    expect(await check(local, port, ...postgres)).toMatchObject({
      code: 0,
      outcome: 'ok',
      detail: expect.stringContaining('PostgreSQL'),
    });
  });

  test('where MySQL greets, also in pieces', async () => {
    const bytes = mysqlGreeting('8.0.39');
    const port = await serve((socket) => {
      socket.setNoDelay(true);
      socket.write(bytes.subarray(0, 3), () => setImmediate(() => socket.write(bytes.subarray(3))));
    });
    expect(await check(local, port, ...mysql)).toMatchObject({
      code: 0,
      detail: expect.stringContaining('MySQL 8.0.39'),
    });
  });

  test('where any TCP service keeps the connection, whether it speaks or not', async () => {
    for (const port of [await silent(), await greeting('220 mail.example.com\r\n')])
      expect(await check(local, port, '--protocol', 'tcp')).toMatchObject({ code: 0, outcome: 'ok' });
  });
});

describe('connect-check tells the causes apart:', () => {
  test('nothing comes back: not let in, or not accepted, or no zone in common', async () => {
    const port = await dropping();
    const found = await check(local, port, ...postgres, ...fast);
    expect(found).toMatchObject({ code: 1, cause: 'not-let-in', detail: expect.stringMatching(/did not answer/) });
    expect(found.next).toMatch(/security group.*acceptance.*zone/s);
  });

  test('a refusal: no healthy target', async () => {
    expect(await check(local, await refusing(), ...postgres)).toMatchObject({
      code: 1,
      cause: 'no-healthy-target',
      detail: expect.stringContaining('refused'),
      next: expect.stringContaining('no healthy target'),
    });
  });

  test.each(['postgres', 'mysql', 'tcp'])(
    'a reset right after the connection: no healthy target (%s)',
    async (name) => {
      expect(await check(local, await resetting(), '--protocol', name)).toMatchObject({
        code: 1,
        cause: 'no-healthy-target',
        detail: expect.stringContaining('ended it at once'),
      });
    },
  );

  test('an orderly end right after the connection: no healthy target', async () => {
    const port = await serve((socket) => socket.end());
    expect(await check(local, port, '--protocol', 'tcp')).toMatchObject({ code: 1, cause: 'no-healthy-target' });
  });

  test('a silence after the connection: the database does not answer', async () => {
    expect(await check(local, await silent(), ...postgres, ...fast)).toMatchObject({
      code: 1,
      cause: 'database-silent',
    });
  });

  test.each<[string, string[], () => Promise<number>]>([
    ['MySQL where PostgreSQL should be', postgres, () => greeting(mysqlGreeting())],
    ['a web server where PostgreSQL should be', postgres, () => answering('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a mail server where MySQL should be', mysql, () => greeting('220 mail.example.com ESMTP\r\n')],
  ])('another protocol, %s', async (_, protocol, start) => {
    expect(await check(local, await start(), ...protocol)).toMatchObject({
      code: 1,
      cause: 'other-protocol',
      next: expect.stringContaining('--protocol'),
    });
  });

  test.each<[string, string[], () => Promise<number>, RegExp]>([
    ['PostgreSQL', postgres, () => answering(postgresError('sorry, too many clients already')), /too many clients/],
    ['MySQL', mysql, () => greeting(mysqlError(1040, 'Too many connections')), /1040: Too many connections/],
  ])('%s itself turns the client away', async (_, protocol, start, said) => {
    expect(await check(local, await start(), ...protocol)).toMatchObject({
      code: 1,
      cause: 'turned-away',
      detail: expect.stringMatching(said),
    });
  });

  test.each(['mysql', 'tcp'])(
    'MySQL has locked the load balancer out (error 1129), asked with --protocol %s',
    async (protocol) => {
      const blocked = await greeting(mysqlError(1129, "Host '10.0.1.7' is blocked because of many connection errors"));
      expect(await check(local, blocked, '--protocol', protocol)).toMatchObject({
        code: 1,
        cause: 'host-blocked',
        detail: expect.stringContaining("1129: Host '10.0.1.7' is blocked"),
        next: expect.stringMatching(/max_connect_errors.*docs\/runbook\.md#nothing-connects-to-mysql-error-1129/),
      });
    },
  );
});

describe('connect-check looks at the name:', () => {
  const endpointName = 'vpce-0123456789abcdef0-abcdefgh.vpce-svc-0123456789abcdef0.eu-central-1.vpce.amazonaws.com';

  test('one that does not exist: private DNS, acceptance, or another VPC', async () => {
    const server = await nameServer(() => ({ kind: 'nxdomain' }));
    const found = await check('orders.db.example.com', 5432, '--dns-server', server);
    expect(found).toMatchObject({ code: 1, cause: 'name-not-found' });
    expect(found.next).toMatch(/private DNS on and after the provider has accepted/);
    const endpoint = await check(endpointName, 5432, '--dns-server', server);
    expect(endpoint.next).toMatch(/spelling.*deleting/);
  });

  test('one that leads to a public address is not that of an endpoint', async () => {
    // TEST-NET-3; and it is not even tried.
    const server = await nameServer((_, type) =>
      type === 'A' ? { kind: 'records', a: ['203.0.113.7'] } : { kind: 'no-data' },
    );
    const host = 'orders.c0ffee.eu-central-1.rds.amazonaws.com';
    expect(await check(host, 5432, '--dns-server', server)).toMatchObject({
      probes: [],
      code: 1,
      cause: 'not-the-endpoint',
      detail: expect.stringContaining('203.0.113.7, a public address'),
      next: expect.stringContaining("the provider's name"),
    });
  });

  test('a name server that fails is no absence', async () => {
    const server = await nameServer(() => ({ kind: 'servfail' }));
    expect(await check('orders.db.example.com', 5432, '--dns-server', server)).toMatchObject({
      code: 1,
      cause: 'name-service-failed',
      detail: expect.stringContaining('ESERVFAIL'),
    });
  });

  test("an endpoint's own name is recognised, and its port decides the protocol", async () => {
    const port = await answering('S');
    const server = await nameServer((_, type) =>
      type === 'A' ? { kind: 'records', a: [local] } : { kind: 'no-data' },
    );
    const { code, out } = await runBuilt(['connect-check', endpointName, port, ...postgres, '--dns-server', server]);
    expect(code).toBe(0);
    expect(out).toMatch(/the name of an endpoint: 127\.0\.0\.1/);
    expect(out).toMatch(/PostgreSQL, with TLS/);
  });
});

test('what is thrown where the command does not expect it is no stack trace, and moves no cursor', async () => {
  const thrown = 'setTimeout(() => { throw new Error("evil\\u009b2J\\nFORGED"); }, 100)';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrown)}` };
  const args = ['connect-check', local, await silent(), ...postgres, '--timeout', '20'];
  expect(await runBuilt(args, env)).toEqual({ code: 1, out: '', err: 'error: evil\\u009b2J\\nFORGED\n' });
});

test('a usage error says what is allowed', async () => {
  const rows: [string[], RegExp][] = [
    [['connect-check'], /host/],
    [['connect-check', 'db.example.com'], /port/],
    [['connect-check', 'db.example.com', '0'], /1\s+to\s+65535/],
    [['connect-check', 'postgres://db.example.com/x', '5432'], /without scheme/],
    [['connect-check', 'db.example.com', '5432', '--protocol', 'oracle'], /postgres,\s+mysql,\s+tcp/],
    [['connect-check', 'db.example.com', '5432', '--endpoint-id', 'vpce-1'], /vpce- and 8 or 17/],
    [['connect-check', 'db.example.com', '5432', '--dns-server', 'ns1'], /IP address/],
  ];
  const all = await Promise.all(rows.map(([args]) => run(args)));
  expect(all.map(({ code }) => code)).toEqual(rows.map(() => 2));
  for (const [index, [, allowed]] of rows.entries()) expect(all[index]?.err).toMatch(allowed);
});
