import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { endpointRefusal } from '../../../../cli/drill/checks.ts';
import { chooseClient, type Login } from '../../../../cli/drill/clients/choose.ts';
import { trustOf } from '../../../../cli/drill/clients/sql.ts';
import { createAuthority } from '../../../../sandbox/data-plane/postgres/access.ts';
import { type DatabaseServer, listenMysql, listenPostgres } from './database-server.ts';

/* Who is sent the drill's login: servers that are not the database, each of which would take it. */

const name = 'orders.c1example.eu-central-1.rds.amazonaws.com';

const authority = createAuthority();

const own = authority.issue(name);

/** All databases of a Region have their certificates from the same authorities. */
const anothers = authority.issue('theirs.c1example.eu-central-1.rds.amazonaws.com');

const selfMade = createAuthority().issue(name);

const folder = mkdtempSync(join(tmpdir(), 'trust-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const caFile = join(folder, 'ca.pem');

writeFileSync(caFile, authority.certificate);

const secretFile = join(folder, 'credentials');

writeFileSync(secretFile, 'aws_secret_access_key');

const limits = { timeoutMs: 20_000, holdMs: 0, cleanupTimeoutMs: 0 };

/** Logs in and makes the table. Resolves with the error, if any, as the operator reads it. */
async function logIn(server: DatabaseServer, url: string, login: Login = {}): Promise<string | undefined> {
  const client = await chooseClient({ url, caFile, ...login }, server.address, limits);
  try {
    await client.prepare(name);
    return undefined;
  } catch (error) {
    return endpointRefusal(error, client.kind);
  } finally {
    await client.close().catch(() => {});
  }
}

const kinds = [
  ['PostgreSQL', 'postgres://me:hunter2@elsewhere/orders', listenPostgres],
  ['MySQL', 'mysql://me:hunter2@elsewhere/orders', (certified) => listenMysql({ certified })],
] as const satisfies readonly [string, string, typeof listenPostgres][];

describe.each(kinds)('the login to %s', (_, url, listen) => {
  test('is sent over TLS to the server with the certificate for the name of the database, wherever it listens', async () => {
    const server = await listen(own);
    expect(await logIn(server, url)).toBeUndefined();
    expect(server.heard.withinTls).toContain('hunter2');
    expect(server.heard.plain).not.toContain('me');
  });

  test.each([
    ["with another database's certificate", anothers, /altnames/],
    ['with a certificate of its own making', selfMade, /certificate signature failure/],
    ['that has no TLS', undefined, /not support/],
  ])('is not sent to a server %s', async (_, certified, why) => {
    const server = await listen(certified);
    const refusal = await logIn(server, url);
    expect(refusal).toMatch(why);
    expect(refusal).toMatch(
      /^The endpoint does not prove that it is the database, so the login was not sent: .*--ca FILE/,
    );
    expect(server.heard.withinTls).toBe('');
    expect(server.heard.plain).not.toMatch(/me|hunter2/);
  });

  test.each([
    '?sslmode=disable',
    '?sslmode=no-verify',
    '?sslmode=require&uselibpqcompat=true',
    '?ssl=0',
    '?ssl={"rejectUnauthorized":false}',
    '?ssl={"verifyIdentity":false}',
    '?sslnegotiation=direct',
    '?enableCleartextPlugin=true&socketPath=',
  ])('is verified whatever the connection string says of TLS: %s', async (options) => {
    vi.stubEnv('PGSSLMODE', 'disable');
    vi.stubEnv('PGSSLNEGOTIATION', 'direct');
    // Node warns of it, once.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    for (const certified of [undefined, anothers]) {
      const server = await listen(certified);
      expect(await logIn(server, url + options)).toContain('the login was not sent');
      expect(server.heard.withinTls).toBe('');
      expect(server.heard.plain).not.toMatch(/me|hunter2/);
    }
    const right = await listen(own);
    expect(await logIn(right, url + options)).toBeUndefined();
  });

  test.each([
    '//me:hunter2@elsewhere/orders?host=127.0.0.1&port=1',
    '//me:hunter2@%2Fvar%2Frun/orders',
    'orders?user=me&password=hunter2',
  ])('goes to the endpoint, wherever the connection string and the environment lead: %s', async (rest) => {
    vi.stubEnv('PGHOST', '127.0.0.1');
    vi.stubEnv('PGPORT', '1');
    const server = await listen(own);
    expect(await logIn(server, url.replace(/\/\/.*/, rest))).toBeUndefined();
    expect(server.heard.withinTls).toContain('create table');
  });

  test('is sent to a server with another name, or from another authority, that was named', async () => {
    const renamed = await listen(anothers);
    const serverName = 'theirs.c1example.eu-central-1.rds.amazonaws.com';
    expect(await logIn(renamed, url, { serverName })).toBeUndefined();
    const wrong = await listen(own);
    expect(await logIn(wrong, url, { serverName })).toMatch(/altnames/);
    const byString = await listen(own);
    expect(await logIn(byString, `${url}?sslrootcert=${caFile}`, { caFile: undefined })).toBeUndefined();
    const byDefault = await listen(own);
    expect(await logIn(byDefault, url, { caFile: undefined, defaultCaFile: caFile })).toBeUndefined();
    const byNone = await listen(own);
    expect(await logIn(byNone, url, { caFile: undefined, defaultCaFile: '' })).toMatch(/unable to verify/);
  });

  test("without a CA of one's own, RDS's are the only ones", async () => {
    const server = await listen(own);
    const refusal = await logIn(server, url, { caFile: undefined });
    expect(refusal).toContain('the login was not sent: unable to verify the first certificate. Check');
    expect(server.heard.withinTls).toBe('');
  });

  test('is sent to any server once that was asked for', async () => {
    const server = await listen(undefined);
    expect(await logIn(server, url, { isUnverified: true })).toBeUndefined();
    expect(server.heard.plain).toContain('me\0');
  });
});

test("PostgreSQL's is sent by the client that verifies, whichever the environment asks for", () => {
  const script = "await import('./cli/drill/clients/postgres.ts')";
  const env = { ...process.env, NODE_PG_FORCE_NATIVE: '1' };
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { env });
});

describe('a server of MySQL', () => {
  const url = 'mysql://me:hunter2@elsewhere/orders';

  test('that asks for the password before TLS has begun does not get it', async () => {
    const server = await listenMysql({ certified: anothers, switchesTo: 'sha256_password' });
    expect(await logIn(server, url)).toContain('the login was not sent');
    expect(server.heard.withinTls).toBe('');
  });

  test.each([false, true])('that asks for a file of this machine gets none (unverified: %j)', async (isUnverified) => {
    const server = await listenMysql({ certified: isUnverified ? undefined : own, wants: secretFile });
    const login = isUnverified ? { isUnverified } : {};
    expect(await logIn(server, url, login)).toContain(secretFile);
    const heard = server.heard.plain + server.heard.withinTls;
    expect(heard).toContain('create table');
    expect(heard).not.toContain('aws_secret_access_key');
    // Nor is it offered: the capability (128) is in the first byte of flags.
    const flags = (isUnverified ? server.heard.plain : server.heard.withinTls).charCodeAt(4);
    expect(flags & 128).toBe(0);
  });
});

test("the CAs that come with the command are Amazon's, for 27 Regions", async () => {
  const { ca } = await trustOf(undefined, undefined);
  const subjects = [ca].flat().map((pem) => new X509Certificate(pem).subject);
  const strangers = subjects.filter(
    (one) => !/^O=(Amazon( Web Services\\, Inc\.)?|Starfield Technologies\\, Inc\.)$/m.test(one),
  );
  expect(strangers).toEqual([]);
  const regions = subjects.filter((one) => /^CN=Amazon RDS [a-z]+-[a-z]+-\d Root CA RSA2048 G1$/m.test(one));
  expect(regions).toHaveLength(27);
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/drill.md'), 'utf8');
  expect(page).toContain(`The CAs of ${regions.length} Regions come with the command`);
});

test.each(['', 'no certificate'])(
  'a CA file without a certificate is told before anything is sent: "%s"',
  async (text) => {
    const file = join(folder, 'empty.pem');
    writeFileSync(file, text);
    const login = { url: 'postgres://me:hunter2@elsewhere/orders', caFile: file };
    await expect(chooseClient(login, { host: '127.0.0.1', port: 1 }, limits)).rejects.toThrow(
      /no certificate can be read from .*empty\.pem, which --ca names .*\nNext: .*--ca/,
    );
  },
);

describe('the connection string', () => {
  const address = { host: '127.0.0.1', port: 1 };
  const limits = { timeoutMs: 100, holdMs: 0, cleanupTimeoutMs: 0 };

  test.each([
    [undefined, 'tcp'],
    ['postgres://me:secret@db/orders', 'postgres'],
    ['postgresql://me:secret@db/orders', 'postgres'],
    ['mysql://me:secret@db/orders', 'mysql'],
  ])('%s makes a client of kind %s', async (url, kind) => {
    expect((await chooseClient({ url }, address, limits)).kind).toBe(kind);
  });

  test.each(['oracle://me:secret@db/orders', 'me:secret@db', 'postgres//secret'])(
    'of another kind is refused with what is allowed, and its password is not told: %s',
    async (url) => {
      const error = await chooseClient({ url }, address, limits).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).toMatch(/DRILL_DATABASE_URL.*postgres:\/\//);
      expect(error?.message).not.toContain('secret');
    },
  );
});
